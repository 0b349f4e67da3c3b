//! What each route does with each of its methods.

use http::Method;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Value, json};

use edge_presigner::api::ProblemType;
use edge_presigner::api::error::GitLfsError;
use edge_presigner::callers::MAX_JWT_BYTES;
use edge_presigner::presign::Operation;
use edge_presigner::routes::batch::{Batch, BatchRequest};
use edge_presigner::routes::credentials::VendedCredentials;
use edge_presigner::routes::doctor::Report;
use edge_presigner::routes::health::Health;
use edge_presigner::routes::issuer::IssuerDocument;
use edge_presigner::routes::lfs::{LfsBatch, LfsBatchRequest};
use edge_presigner::routes::links::{LinkCreated, LinkRequest};
use edge_presigner::routes::multipart::{
    AbortUpload, CompleteUpload, CreateUpload, ListParts, PartsListed, PartsSigned, SignParts,
    UploadCompleted, UploadCreated,
};
use edge_presigner::routes::post_policy::{PostForm, PostPolicyRequest};
use edge_presigner::routes::readyz::Readiness;
use edge_presigner::routes::sign::{SignRequest, Signed, accepts};
use edge_presigner::routes::token::MAX_TOKEN_BYTES;
use edge_presigner::routes::uploads::{ConfirmUpload, UploadConfirmed};
use edge_presigner::routes::{ProtectedRoute, PublicRoute, Route, Step};

use super::answers::{
    GIT_LFS, JSON, PROBLEM, Stage, answer, git_lfs_errors_at, problem, problems_at, references,
};
use super::schemas::Schemas;
use super::uppy;

/// One method of a path, as an
/// [Operation Object](https://spec.openapis.org/oas/v3.1.1.html#operation-object) has it.
pub(super) struct Described {
    pub(super) id: String,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Schema>,
    /// The media type of bodies and answers.
    pub(super) media_type: &'static str,
    /// By status.
    pub(super) answers: Vec<(&'static str, Value)>,
    /// What a request goes through.
    pub(super) stages: Vec<Stage>,
}

pub(super) const CALLED: &[Stage] = &[Stage::Request, Stage::Configuration, Stage::Caller];
pub(super) const POSTED: &[Stage] = &[Stage::Body];
pub(super) const SIGNED: &[Stage] = &[Stage::Permission, Stage::Session];

/// What `method` of `route` does.
pub(super) fn describe(route: &Route<'_>, method: &Method, schemas: &mut Schemas) -> Described {
    match route {
        Route::Protected(ProtectedRoute::Sign) => Described {
            summary: "A presigned URL",
            ..posted::<SignRequest, Signed<'_>>("sign", schemas)
        },
        Route::Protected(ProtectedRoute::SignBatch) => Described {
            summary: "Many presigned URLs",
            description: "Each item succeeds or fails on its own, including one that cannot be read.",
            stages: [CALLED, POSTED].concat(),
            ..posted::<BatchRequest, Batch<'_>>("signBatch", schemas)
        },
        Route::Protected(ProtectedRoute::PostPolicy) => Described {
            summary: "A browser form for an upload",
            ..posted::<PostPolicyRequest, PostForm<'_>>("postPolicy", schemas)
        },
        Route::Protected(ProtectedRoute::Multipart(step)) => step_of_upload(*step, schemas),
        Route::Protected(ProtectedRoute::Object(object)) => redirect(object.operation),
        Route::Protected(ProtectedRoute::Credentials(_)) => Described {
            summary: "AWS credentials of the caller's own",
            description: "As containers get them and as `credential_process` prints them, for what the profile opens to the \
                          caller. Only where the profile's `operations` have `credentials`. Errors have `Code` and \
                          `Message`, which AWS's SDKs show.",
            parameters: vec![
                json!({"name": "profile", "in": "path", "required": true, "schema": {"type": "string"}}),
            ],
            stages: [CALLED, SIGNED].concat(),
            ..fetched(
                "credentials",
                method,
                &schemas.of_answer::<VendedCredentials<'_>>(),
            )
        },
        Route::Protected(ProtectedRoute::LfsBatch { .. }) => lfs_batch(schemas),
        Route::Protected(ProtectedRoute::Uppy(route)) => uppy::describe(route.step, schemas),
        Route::Protected(ProtectedRoute::ConfirmUpload) => Described {
            summary: "A receipt for an object, which the worker signs",
            description: "Only where the profile names a `receiptAudience`. The receipt is a JWT that others verify with the \
                          keys at `/.well-known/jwks.json`.",
            stages: [CALLED, POSTED, SIGNED, &[Stage::S3, Stage::Receipt]].concat(),
            ..posted::<ConfirmUpload, UploadConfirmed<'_>>("confirmUpload", schemas)
        },
        Route::Protected(ProtectedRoute::Links) => Described {
            summary: "A signed link, which grants at most what its creator may do",
            stages: [CALLED, POSTED, &[Stage::Permission, Stage::Link]].concat(),
            ..posted::<LinkRequest, LinkCreated<'_>>("createLink", schemas)
        },
        Route::Protected(ProtectedRoute::Doctor) => {
            let report = schemas.of_answer::<Report<'_>>();
            let mut described = Described {
                summary: "What is wrong between the configuration and the bucket, and how to fix it",
                description: "Only for a caller that is marked `admin`. It exchanges the token once for each role, and sends \
                              S3 requests that change nothing. An `Accept` that prefers `text/plain` to JSON gets the \
                              report as text.",
                stages: [CALLED, &[Stage::Permission]].concat(),
                ..fetched("doctor", method, &report)
            };
            for (_, answer) in &mut described.answers {
                answer["content"]["text/plain"] = json!({"schema": {"type": "string"}});
            }
            described
        }
        Route::Public(PublicRoute::Health) => Described {
            summary: "Whether the worker runs",
            ..fetched("health", method, &schemas.of_answer::<Health>())
        },
        Route::Public(PublicRoute::Ready) => {
            let readiness = schemas.of_answer::<Readiness<'_>>();
            let mut described = Described {
                summary: "Whether the worker can sign",
                description: "Only a caller that is marked `admin` gets more than the status.",
                stages: CALLED.to_vec(),
                ..fetched("ready", method, &readiness)
            };
            let description = "A role cannot sign, or the caller cannot be authenticated.";
            let mut unready = answer(description, &["Retry-After"], &readiness);
            let unreachable = ProblemType::IssuerUnreachable;
            unready["content"][PROBLEM] = problem(unreachable.status(), &[unreachable.urn()]);
            described.answers.push(("503", unready));
            described
        }
        Route::Public(PublicRoute::OpenApi) => Described {
            summary: "This document",
            ..fetched("openApi", method, &json_schema!({"type": "object"}))
        },
        Route::Public(PublicRoute::Issuer(document)) => of_issuer(*document, method),
        Route::Public(PublicRoute::Token) => push(),
        Route::Public(PublicRoute::Sts) => sts(),
    }
}

/// `/sts`.
fn sts() -> Described {
    let xml = |description: &str| {
        json!({
            "description": description,
            "headers": references(&[]),
            "content": {"text/xml": {"schema": {"type": "string"}}},
        })
    };
    let failures = ["400", "403", "404", "413", "429", "500", "502", "503"];
    let failures = failures.map(|status| (status, xml("An error of STS.")));
    Described {
        id: "sts".to_owned(),
        summary: "AssumeRoleWithWebIdentity of STS, with a caller's token",
        description: "For SDKs and tools that know STS alone. Only where a profile's `operations` have `credentials`; 404 \
                      without one. The role is `arn:aws:iam::000000000000:role/` and the name of the profile. Parameters \
                      may be in the query too.",
        parameters: Vec::new(),
        media_type: JSON,
        body: None,
        answers: [vec![("200", xml("The credentials."))], failures.to_vec()].concat(),
        stages: vec![Stage::Request, Stage::Sts],
    }
}

/// `/v1/token`.
fn push() -> Described {
    let done = json!({"description": "The token is used from now on, or was before.", "headers": references(&[])});
    let by_status = |status| json!({"$ref": format!("#/components/responses/{status}")});
    Described {
        id: "pushToken".to_owned(),
        summary: "A rotated OIDC token, which proves itself",
        description: "Only where `PUSHED_TOKEN_ISSUER` is configured; 404 without it. The token is used if its issuer has \
                      signed it, it is of the configured issuer, audience and subject, and it expires later than the one \
                      that is used. Every other token gets the same 403.",
        parameters: Vec::new(),
        body: None,
        media_type: JSON,
        answers: vec![
            ("204", done),
            ("404", by_status("404")),
            ("429", by_status("429")),
            ("503", by_status("503")),
        ],
        stages: vec![Stage::Request, Stage::Configuration, Stage::Push],
    }
}

/// The documents of an issuer are made of text that needs no escapes, and not of types.
fn of_issuer(document: IssuerDocument, method: &Method) -> Described {
    let texts = json!({"type": "array", "items": {"type": "string"}, "minItems": 1});
    let url = json!({"type": "string", "format": "uri"});
    let (id, summary, schema) = match document {
        IssuerDocument::Metadata => (
            "issuerMetadata",
            "The metadata of the worker as an OIDC issuer",
            json_schema!({
                "type": "object",
                "properties": {
                    "issuer": url, "jwks_uri": url, "response_types_supported": texts, "subject_types_supported": texts,
                    "id_token_signing_alg_values_supported": texts, "claims_supported": texts,
                },
                "required": [
                    "issuer", "jwks_uri", "response_types_supported", "subject_types_supported",
                    "id_token_signing_alg_values_supported", "claims_supported",
                ],
                "additionalProperties": false,
            }),
        ),
        IssuerDocument::Keys => {
            let text = json!({"type": "string"});
            let key = json!({
                "type": "object",
                "properties": {
                    "alg": {"enum": ["ES256", "RS256"]}, "kid": text, "use": {"const": "sig"}, "kty": {"enum": ["EC", "RSA"]},
                    "crv": {"const": "P-256"}, "x": text, "y": text, "e": text, "n": text,
                },
                "required": ["alg", "kid", "use", "kty"],
                "additionalProperties": false,
            });
            let keys = json!({"type": "array", "items": key, "minItems": 1});
            let schema = json_schema!({"type": "object", "properties": {"keys": keys}, "required": ["keys"]});
            (
                "issuerKeys",
                "The public keys of the worker as an OIDC issuer",
                schema,
            )
        }
    };
    let mut described = Described {
        summary,
        description: "Below the path of `OIDC_ISSUER`, and only there; 404 without it.",
        stages: vec![Stage::Request, Stage::Configuration],
        ..fetched(id, method, &schema)
    };
    let absent = json!({"$ref": "#/components/responses/404"});
    described.answers.push(("404", absent));
    described
}

fn step_of_upload(step: Step, schemas: &mut Schemas) -> Described {
    let described = match step {
        Step::Create => {
            let mut described = Described {
                summary: "Create a multipart upload",
                ..posted::<CreateUpload, UploadCreated<'_>>("createUpload", schemas)
            };
            for (_, answer) in &mut described.answers {
                if let Value::Object(answer) = answer {
                    answer.insert("links".to_owned(), steps_with_handle());
                }
            }
            described
        }
        Step::Sign => Described {
            summary: "Presigned URLs for parts",
            ..posted::<SignParts, PartsSigned<'_>>("signParts", schemas)
        },
        Step::List => Described {
            summary: "The uploaded parts",
            ..posted::<ListParts, PartsListed<'_>>("listParts", schemas)
        },
        Step::Complete => Described {
            summary: "Assemble the object from its parts",
            ..posted::<CompleteUpload, UploadCompleted<'_>>("completeUpload", schemas)
        },
        Step::Abort => {
            let headers = references(&[]);
            let done = json!({"description": "S3 has aborted it.", "headers": headers});
            Described {
                summary: "Abort the upload",
                answers: vec![("204", done)],
                ..posted::<AbortUpload, ()>("abortUpload", schemas)
            }
        }
    };
    let more: &[Stage] = match step {
        Step::Create => &[Stage::Sealing, Stage::S3],
        Step::Sign => &[Stage::Sealing, Stage::Handle],
        Step::List | Step::Complete | Step::Abort => &[Stage::Sealing, Stage::Handle, Stage::S3],
    };
    Described {
        stages: [CALLED, POSTED, SIGNED, more].concat(),
        ..described
    }
}

/// `/o/{profile}/{key}`.
fn redirect(operation: Operation) -> Described {
    let parameter = |name: &str, place: &str, field: &str| {
        let schema = format!("#/components/schemas/SignRequest/properties/{field}");
        let required = place == "path";
        json!({"name": name, "in": place, "required": required, "schema": {"$ref": schema}})
    };
    let mut parameters = vec![
        parameter("profile", "path", "profile"),
        parameter("key", "path", "key"),
        parameter("expires", "query", "expiresIn"),
    ];
    let optional = ["download", "requestPayer", "versionId"].into_iter();
    let optional = optional.filter(|field| accepts(operation, field));
    parameters.extend(optional.map(|field| parameter(field, "query", field)));
    let status = if operation.method().is_safe() {
        "302"
    } else {
        "307"
    };
    let headers = references(&["Location", "Cache-Control", "Referrer-Policy"]);
    let redirect = json!({"description": "To the presigned URL.", "headers": headers});
    let signed = json_schema!({"$ref": "#/components/schemas/Signed"});
    let mut answers = vec![(status, redirect)];
    let reads = operation.method().is_safe();
    if reads {
        let headers = references(&["Cache-Control", "Referrer-Policy"]);
        let unchanged = json!({"description": "The object has not changed.", "headers": headers});
        answers.extend([
            (
                "200",
                object("The object, where the profile answers with it; or the URL, in JSON."),
            ),
            ("206", object("The part of the object that `Range` names.")),
            ("304", unchanged),
            ("404", json!({"$ref": "#/components/responses/404"})),
        ]);
    } else {
        answers.push(("200", answer("The URL.", &[], &signed)));
    }
    Described {
        id: operation.name().to_owned(),
        summary: "A redirect to the presigned URL for the same method",
        description: "The key is percent-encoded once; slashes may be encoded or not, except that one at the beginning or \
                      behind another must be, because Cloudflare merges slashes. A profile may name one more \
                      parameter, which has no meaning. An `Accept` that prefers JSON to anything that the file could \
                      be, such as `application/json`, gets the response of `POST /v1/sign`. The body is not read; \
                      clients send it to S3. Where the profile says so, GET and HEAD are answered with the object \
                      itself.",
        parameters,
        body: None,
        media_type: JSON,
        answers,
        stages: [CALLED, SIGNED].concat(),
    }
}

/// An object of any type, or JSON.
fn object(description: &str) -> Value {
    let signed = json_schema!({"$ref": "#/components/schemas/Signed"});
    let mut answer = answer(description, &["Cache-Control"], &signed);
    answer["content"]["*/*"] = json!({});
    answer
}

/// `/lfs/{profile}/objects/batch`.
fn lfs_batch(schemas: &mut Schemas) -> Described {
    schemas.of_answer::<GitLfsError<'_>>();
    let profile = json!({"$ref": "#/components/schemas/SignRequest/properties/profile"});
    let described = posted::<LfsBatchRequest, LfsBatch>("lfsBatch", schemas);
    let answers = described.answers.into_iter().map(|(status, mut answer)| {
        answer["content"] = json!({GIT_LFS: answer["content"][JSON].take()});
        (status, answer)
    });
    Described {
        summary: "What git-lfs sends to S3, or gets from it, and how",
        description: "The Batch API of git-lfs. Each object succeeds or fails on its own. `application/json` is read as well. \
                      Everything else below `/lfs/{profile}/`, such as locks, is answered 404.",
        parameters: vec![
            json!({"name": "profile", "in": "path", "required": true, "schema": profile}),
        ],
        media_type: GIT_LFS,
        answers: answers.collect(),
        ..described
    }
}

/// A route that reads JSON as a `Q` and answers with an `A`.
fn posted<Q: JsonSchema, A: JsonSchema>(id: &str, schemas: &mut Schemas) -> Described {
    Described {
        id: id.to_owned(),
        summary: "",
        description: "",
        parameters: Vec::new(),
        body: Some(schemas.of_request::<Q>()),
        media_type: JSON,
        answers: vec![("200", answer("Success.", &[], &schemas.of_answer::<A>()))],
        stages: [CALLED, POSTED, SIGNED].concat(),
    }
}

/// A public route without input.
fn fetched(id: &str, method: &Method, schema: &Schema) -> Described {
    let id = match *method {
        Method::HEAD => format!("{id}Head"),
        _ => id.to_owned(),
    };
    Described {
        id,
        summary: "",
        description: "",
        parameters: Vec::new(),
        body: None,
        media_type: JSON,
        answers: vec![("200", answer("Success.", &[], schema))],
        stages: vec![Stage::Request],
    }
}

/// [Where the handle goes](https://spec.openapis.org/oas/v3.1.1.html#link-object).
fn steps_with_handle() -> Value {
    let step = |id: &str| json!({"operationId": id, "requestBody": {"handle": "{$response.body#/handle}"}});
    json!({
        "sign": step("signParts"),
        "list": step("listParts"),
        "complete": step("completeUpload"),
        "abort": step("abortUpload"),
    })
}

impl Described {
    /// The Operation Object.
    pub(super) fn into_object(self) -> Value {
        let mut responses = match self.media_type {
            GIT_LFS => git_lfs_errors_at(&self.stages),
            _ => problems_at(&self.stages),
        };
        for (status, answer) in self.answers {
            responses.insert(status.to_owned(), answer);
        }
        let security = if self.stages.contains(&Stage::Caller) {
            json!([{"bearer": []}, {"basic": []}, {"cloudflareAccess": []}, {}])
        } else {
            json!([])
        };
        let is_sts = self.stages.contains(&Stage::Sts);
        let form = || {
            json!({"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
                "type": "object",
                "properties": {
                    "Action": {"const": "AssumeRoleWithWebIdentity"},
                    "Version": {"const": "2011-06-15"},
                    "RoleArn": {"type": "string", "pattern": "^arn:[^:]+:iam::[0-9]{12}:role/.+$"},
                    "RoleSessionName": {"type": "string", "pattern": "^[\\w+=,.@-]{2,64}$"},
                    "WebIdentityToken": {"type": "string", "maxLength": MAX_JWT_BYTES},
                    "DurationSeconds": {"type": "integer", "minimum": 900, "maximum": 43200},
                },
                "required": ["Action", "RoleArn", "RoleSessionName", "WebIdentityToken"],
            }}}})
        };
        let is_push = self.stages.contains(&Stage::Push);
        let token = || json!({"required": true, "content": {"text/plain": {"schema": {"type": "string", "maxLength": MAX_TOKEN_BYTES}}}});
        let body =
            |schema| json!({"required": true, "content": {self.media_type: {"schema": schema}}});
        let given = |text: &'static str| (!text.is_empty()).then(|| text.into());
        let members = [
            ("operationId", Some(self.id.into())),
            ("summary", given(self.summary)),
            ("description", given(self.description)),
            ("security", Some(security)),
            (
                "parameters",
                (!self.parameters.is_empty()).then(|| self.parameters.into()),
            ),
            (
                "requestBody",
                (self.body.map(body))
                    .or_else(|| is_push.then(token))
                    .or_else(|| is_sts.then(form)),
            ),
            ("responses", Some(responses.into())),
        ];
        let members = members.into_iter();
        let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(members.collect())
    }
}
