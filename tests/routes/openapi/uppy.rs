//! What the routes of Uppy do.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use edge_presigner::routes::uppy::{
    UppyAborted, UppyComplete, UppyCompleted, UppyCreate, UppyCreated, UppyCredentials,
    UppyListedPart, UppyPartUrl, UppySign, UppyStep, UppyUpload,
};

use super::answers::{JSON, Stage, answer};
use super::operations::{CALLED, Described, POSTED, SIGNED};
use super::schemas::Schemas;

const STEPS: &[Stage] = &[Stage::Sealing, Stage::Handle, Stage::S3];

/// What `step` does.
pub(super) fn describe(step: UppyStep<'_>, schemas: &mut Schemas) -> Described {
    let of_upload = [CALLED, SIGNED, STEPS].concat();
    match step {
        UppyStep::Params => Described {
            parameters: vec![
                profile(),
                query("filename", true),
                query("type", false),
                json!({
                    "name": "metadata", "in": "query", "style": "deepObject", "explode": true,
                    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
                }),
            ],
            ..described::<UppyUpload<'_>>("uppyParams", "A form for a file of Uppy", schemas)
        },
        UppyStep::Create => Described {
            body: Some(schemas.of_request::<UppyCreate>()),
            stages: [CALLED, POSTED, SIGNED, &[Stage::Sealing, Stage::S3]].concat(),
            ..described::<UppyCreated<'_>>(
                "uppyCreate",
                "Create an upload of Uppy in parts",
                schemas,
            )
        },
        UppyStep::List(_) => Described {
            parameters: vec![profile(), upload_id(), query("key", true)],
            stages: of_upload,
            ..described::<Vec<UppyListedPart>>("uppyList", "The uploaded parts", schemas)
        },
        UppyStep::Part(..) => Described {
            parameters: vec![
                profile(),
                upload_id(),
                path(
                    "partNumber",
                    &json!({"type": "integer", "minimum": 1, "maximum": 10_000}),
                ),
                query("key", true),
            ],
            stages: [CALLED, SIGNED, &[Stage::Sealing, Stage::Handle]].concat(),
            ..described::<UppyPartUrl<'_>>("uppyPart", "A presigned URL for a part", schemas)
        },
        UppyStep::Complete(_) => Described {
            parameters: vec![profile(), upload_id(), query("key", true)],
            body: Some(schemas.of_request::<UppyComplete>()),
            stages: [CALLED, POSTED, SIGNED, STEPS].concat(),
            ..described::<UppyCompleted<'_>>(
                "uppyComplete",
                "Assemble the object from its parts",
                schemas,
            )
        },
        UppyStep::Abort(_) => Described {
            parameters: vec![profile(), upload_id(), query("key", true)],
            stages: of_upload,
            ..described::<UppyAborted>("uppyAbort", "Abort the upload", schemas)
        },
        UppyStep::Credentials => Described {
            description: "Only for a profile whose `operations` have `credentials`; it needs no `uppy`. The document of an error has \
                          `message` and `error` too, which are the same as `detail`.",
            ..described::<UppyCredentials<'_>>(
                "uppyCredentials",
                "AWS credentials for Uppy's getCredentials",
                schemas,
            )
        },
        UppyStep::Sign => Described {
            body: Some(schemas.of_request::<UppySign>()),
            stages: [CALLED, POSTED, SIGNED].concat(),
            ..described::<UppyUpload<'_>>(
                "uppySign",
                "A URL or form for Uppy's signRequest",
                schemas,
            )
        },
    }
}

fn described<A: JsonSchema>(id: &str, summary: &'static str, schemas: &mut Schemas) -> Described {
    let schema: Schema = schemas.of_answer::<A>();
    Described {
        id: id.to_owned(),
        summary,
        description: "Only for a profile with `uppy`. The document of an error has `message` and `error` too, which are the \
                      same as `detail`.",
        parameters: vec![profile()],
        media_type: JSON,
        body: None,
        answers: vec![("200", answer("Success.", &[], &schema))],
        stages: [CALLED, SIGNED].concat(),
    }
}

fn profile() -> Value {
    path("profile", &json!({"type": "string"}))
}

fn upload_id() -> Value {
    path(
        "uploadId",
        &json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
    )
}

fn path(name: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn query(name: &str, required: bool) -> Value {
    json!({"name": name, "in": "query", "required": required, "schema": {"type": "string"}})
}
