//! Issuers that sign tokens for everybody who has an account there.

/// Issuers whose tokens strangers can get with an audience of their own choice, so that neither `iss` nor `aud` says
/// whose token it is. With a slash at the end: all issuers below, too.
///
/// Not here, because the issuer itself sets `aud` to the application that a user signs in to: Apple, Facebook,
/// Microsoft and Amazon. Google does so for users, but its service accounts choose the audience of their tokens.
const SHARED: [&str; 19] = [
    "https://accounts.google.com",
    "https://agent.buildkite.com",
    "https://api.pulumi.com",
    "https://api.pulumi.com/oidc",
    "https://app.eu.terraform.io",
    "https://app.terraform.io",
    "https://federation.namespaceapis.com",
    "https://gitlab.com",
    "https://identity.depot.dev",
    "https://issuer.enforce.dev",
    "https://login.app.env0.com",
    "https://oidc.codefresh.io",
    "https://oidc.modal.com",
    "https://oidc.vercel.com",
    "https://proidc.upbound.io",
    "https://scalr.io",
    "https://token.actions.githubusercontent.com/",
    "https://token.builds.bitrise.io",
    "https://vstoken.actions.githubusercontent.com/",
];

/// Whether `issuer` is known to sign such tokens.
pub fn is_shared(issuer: &str) -> bool {
    let issuer = issuer.trim_end_matches('/').to_ascii_lowercase();
    SHARED.iter().any(|shared| match shared.strip_suffix('/') {
        Some(host) => issuer
            .strip_prefix(host)
            .is_some_and(|below| below.is_empty() || below.starts_with('/')),
        None => issuer == *shared,
    })
}
