//! The documents of the worker as an OIDC issuer: `GET /.well-known/openid-configuration` and `GET /.well-known/jwks.json`,
//! below the path of `OIDC_ISSUER`. STS and IAM fetch them.

use http::Response;

use crate::api::{Error, RequestError, response};
use crate::config::{Config, ConfigError};
use crate::oidc::documents::is_document_path;

/// A document of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerDocument {
    /// Its metadata.
    Metadata,
    /// Its public keys.
    Keys,
}

/// `path` as it stands in the table of routes: without the issuer's path, if it is that of one of the documents.
///
/// # Errors
/// [`RequestError::NoSuchRoute`] where a document would be if the issuer were another one, or if there were one;
/// [`Error::Misconfigured`] when nobody knows whether there is.
pub fn path_in_table<'p>(
    config: &Result<Config, ConfigError>,
    path: &'p str,
) -> Result<&'p str, Error> {
    let issuer = config.as_ref().map(|config| config.issuer.as_ref());
    if let Ok(Some(issuer)) = issuer
        && let Some(document) = issuer.document_path(path)
    {
        return Ok(document);
    }
    match issuer {
        _ if !is_document_path(path) => Ok(path),
        Ok(_) => Err(RequestError::NoSuchRoute.into()),
        Err(_) => Err(Error::Misconfigured),
    }
}

/// `200` with the `document`.
///
/// # Errors
/// [`RequestError::NoSuchRoute`] without an issuer.
pub fn document(config: &Config, document: IssuerDocument) -> Result<Response<String>, Error> {
    let issuer = config.issuer.as_ref().ok_or(RequestError::NoSuchRoute)?;
    Ok(response::public(match document {
        IssuerDocument::Metadata => issuer.metadata(),
        IssuerDocument::Keys => issuer.jwk_set(),
    }))
}
