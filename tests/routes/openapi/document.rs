//! Makes the whole document.

use http::Method;
use serde_json::{Map, Value, json};

use super::answers;
use super::operations::describe;
use super::schemas::Schemas;
use edge_presigner::api::error::Problem;
use edge_presigner::routes::table::{LFS_TEMPLATE, OBJECT_TEMPLATE, PATHS, Route};
use edge_presigner::routes::uppy::UPPY_TEMPLATES;

/// Makes the document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    schemas.of_answer::<Problem<'_>>();
    let mut paths = Map::new();
    let fixed = PATHS.iter().map(|(path, _)| *path);
    let with_profile = [OBJECT_TEMPLATE, LFS_TEMPLATE]
        .into_iter()
        .chain(UPPY_TEMPLATES);
    for path in fixed.chain(with_profile) {
        let mut item = Map::new();
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
        ] {
            if let Ok(route) = Route::of(&method, path) {
                let operation = describe(&route, &method, &mut schemas).into_object();
                item.insert(method.as_str().to_ascii_lowercase(), operation);
            }
        }
        paths.insert(path.to_owned(), item.into());
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "edge-presigner",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": {"name": "Apache License 2.0", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [
            {"url": "/"},
            {
                "url": "/c/{capability}",
                "description": "With a signed link, which is the credential.",
                "variables": {"capability": {
                    "default": "1.grant.mac",
                    "description": "What POST /v1/links returned, or the application signed.",
                }},
            },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "responses": answers::problems(),
            "headers": answers::headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A bearer key, or a JWT of the application's own issuer.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The same as the password, with any user name.",
                },
                "cloudflareAccess": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Cf-Access-Jwt-Assertion",
                    "description": "A JWT that Cloudflare Access adds, or another in a configured header.",
                },
            },
        },
    })
}
