//! The document as a whole.

use http::Method;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answers;
use super::operations::describe;
use crate::api::problem::Problem;
use crate::api::route::{OBJECT_TEMPLATE, PATHS, Route};

/// Makes the document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    schemas.of_answer::<Problem<'_>>();
    let mut paths = Map::new();
    let fixed = PATHS.iter().map(|(path, _)| *path);
    for path in fixed.chain([OBJECT_TEMPLATE]) {
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
                "description": "By a signed link, which is the proof of who asks.",
                "variables": {"capability": {
                    "default": "1.grant.mac",
                    "description": "What POST /v1/links or the application signed.",
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
                "cloudflareAccess": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Cf-Access-Jwt-Assertion",
                    "description": "A JWT that Cloudflare Access adds, or any other in a header that is configured.",
                },
            },
        },
    })
}

/// The schemas of the types that bodies are made of.
pub(super) struct Schemas {
    /// Of what is read.
    requests: SchemaGenerator,
    /// Of what is written.
    answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|it| it.definitions_path = "/components/schemas".into())
            .with_transform(without_null);
        Self {
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
        }
    }

    /// A reference to the schema of what is read as a `T`.
    pub(super) fn of_request<T: JsonSchema>(&mut self) -> Schema {
        self.requests.subschema_for::<T>()
    }

    /// A reference to the schema of what a `T` is written as.
    pub(super) fn of_answer<T: JsonSchema>(&mut self) -> Schema {
        self.answers.subschema_for::<T>()
    }

    fn finish(mut self) -> Map<String, Value> {
        let mut all = self.requests.take_definitions(true);
        all.extend(self.answers.take_definitions(true));
        all
    }
}

/// No member is ever `null`: what is not there is left out, by both sides.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = schema.get_mut("anyOf") {
        any.retain(|it| it.get("type").is_none_or(|it| it != "null"));
        if let [Value::Object(only)] = any.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (name, value) in only {
                schema.insert(name, value);
            }
        }
    }
    transform_subschemas(&mut without_null, schema);
}
