mod access;
mod steps;
