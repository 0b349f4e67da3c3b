//! The AWS side of the configuration: the policies and CORS rules that the profiles need, and no more. AWS calls
//! permissions like these [least privilege][least].
//!
//! [least]: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

mod actions;
mod cors;
mod guardrails;
mod permissions;
mod policy;
mod resource;
mod setup;
mod trust;

pub use cors::{CorsConfiguration, CorsRule, cors_rules};
pub use guardrails::guardrails;
pub use permissions::{permission_policy, session_policy};
pub use policy::{Condition, Effect, Policy, Principal, Statement};
pub use resource::NoArn;
pub use setup::{AwsSetup, BucketSetup, RoleSetup};
pub use trust::Trust;
