mod authorization;
mod operation;
mod post_policy;
mod signer;
mod upload_limit;
