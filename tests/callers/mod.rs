mod issuer;
mod jwt;
mod link;
