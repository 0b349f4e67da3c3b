mod model;
mod obtain;
mod renew;
