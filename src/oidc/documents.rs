//! What an issuer publishes: its [metadata][discovery] and its keys. STS fetches both.
//!
//! [discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html

use super::OwnIssuer;
use crate::sorted;

/// Path of the [metadata](OwnIssuer::metadata) below the issuer, [as the standard has it][path].
///
/// [path]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
pub const METADATA_PATH: &str = "/.well-known/openid-configuration";

/// Path of the [keys](OwnIssuer::jwk_set) below the issuer.
pub const KEYS_PATH: &str = "/.well-known/jwks.json";

impl OwnIssuer {
    /// The path in the table of routes when `path` is that of one of the documents.
    pub fn document_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.path.as_str());
        below.filter(|below| is_document_path(below))
    }

    /// Its [metadata][fields], in JSON: those fields that [AWS requires][aws], and the names of the claims.
    ///
    /// [fields]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
    /// [aws]: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    pub fn metadata(&self) -> String {
        let algorithms = sorted::set(self.keys().map(|key| key.alg));
        let (url, algorithms) = (&self.url, algorithms.join(r#"",""#));
        format!(
            r#"{{"issuer":"{url}","jwks_uri":"{url}{KEYS_PATH}","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["{algorithms}"],"claims_supported":["iss","sub","aud","iat","nbf","exp","jti"]}}"#
        )
    }

    /// The public halves of all keys as a [JWK Set](https://www.rfc-editor.org/rfc/rfc7517#section-5).
    pub fn jwk_set(&self) -> String {
        let keys = self.keys().map(|key| {
            let members = key.public.json.trim_start_matches('{');
            let (alg, id) = (key.alg, &key.id);
            format!(r#"{{"alg":"{alg}","kid":"{id}","use":"sig",{members}"#)
        });
        let keys: Vec<String> = keys.collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

/// Whether `path` is that of a document of an issuer without a path.
pub fn is_document_path(path: &str) -> bool {
    path == METADATA_PATH || path == KEYS_PATH
}
