//! What a profile says of objects.

use super::faults;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn what_a_profile_says_of_objects_is_checked_field_by_field() {
    let found = |more: &str| {
        let profiles = format!(
            r#"{{"p":{{"bucket":"bucket","keyPrefix":"","operations":["putObject"],"callers":["app"],
            "maxLifetimeSecs":900,{more}}}}}"#
        );
        faults(&[("PROFILES", &profiles)])
    };
    for more in [
        r#""upload":{"maxBytes":1}"#,
        r#""upload":{"minBytes":0,"maxBytes":5000000000,"contentTypes":[]}"#,
        r#""upload":{"minBytes":1,"maxBytes":1,"contentTypes":["image/*","application/vnd.a+json"]}"#,
        r#""upload":{"maxBytes":1,"requireChecksum":true}"#,
        r#""responseCacheControl":"private, max-age=1","cacheBuster":"v""#,
        r#""responseOverrides":[]"#,
        r#""downloadAs":"attachment""#,
        r#""downloadAs":"attachment","responseOverrides":["contentType"]"#,
        r#""headers":[],"versions":false"#,
        r#""keyTemplate":"{uuid}""#,
        r#""keyTemplate":"in/{uuid}-{filename}""#,
        r#""headers":["x-amz-acl","X-Amz-Tagging","success_action_redirect"],"versions":true"#,
        r#""responseOverrides":["contentType","download"]"#,
        r#""uppy":false"#,
        r#""uppy":true,"keyTemplate":"{uuid}""#,
        r#""uppy":true,"keyTemplate":"{uuid}","uppyMetadata":["name","album-Id.v2_"],"upload":{"maxBytes":1}"#,
    ] {
        assert_eq!(found(more), Vec::<String>::new(), "{more}");
    }
    for (more, field) in [
        (r#""uppy":true"#, "uppy"),
        (r#""uppy":1,"keyTemplate":"{uuid}""#, "uppy"),
        (r#""uppyMetadata":[]"#, "uppyMetadata"),
        (
            r#""uppy":true,"keyTemplate":"{uuid}","uppyMetadata":["name","album id"]"#,
            "uppyMetadata[1]",
        ),
        (
            r#""uppy":true,"keyTemplate":"{uuid}","uppyMetadata":["name","Name"]"#,
            "uppyMetadata[1]",
        ),
        (
            r#""uppy":true,"keyTemplate":"{uuid}","uppyMetadata":[""]"#,
            "uppyMetadata[0]",
        ),
        (r#""upload":1"#, "upload"),
        (r#""upload":{}"#, "upload"),
        (r#""upload":{"maxBytes":"1"}"#, "upload"),
        (r#""upload":{"minBytes":2,"maxBytes":1}"#, "upload"),
        (r#""upload":{"maxBytes":1,"minbytes":1}"#, "upload.minbytes"),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["image"]}"#,
            "upload",
        ),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["*/*"]}"#,
            "upload",
        ),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["a/b; c=d"]}"#,
            "upload",
        ),
        (
            r#""upload":{"maxBytes":1,"requireChecksum":1}"#,
            "upload.requireChecksum",
        ),
        (r#""responseCacheControl":"""#, "responseCacheControl"),
        (r#""responseCacheControl":"a\nb""#, "responseCacheControl"),
        (r#""responseOverrides":"expires""#, "responseOverrides"),
        (
            r#""responseOverrides":["content-type"]"#,
            "responseOverrides",
        ),
        (r#""keyTemplate":"in/{filename}""#, "keyTemplate"),
        (r#""keyTemplate":"{sub}/{uuid}""#, "keyTemplate"),
        (r#""keyTemplate":7"#, "keyTemplate"),
        (r#""downloadAs":"inline""#, "downloadAs"),
        (
            r#""downloadAs":"attachment","responseOverrides":["contentDisposition"]"#,
            "downloadAs",
        ),
        (r#""headers":"x-amz-acl""#, "headers"),
        (r#""headers":["x-amz-acl","x-amz-acls"]"#, "headers[1]"),
        (r#""headers":["host"]"#, "headers[0]"),
        (r#""headers":["content-type"]"#, "headers[0]"),
        (r#""headers":["x-amz-meta-a"]"#, "headers[0]"),
        (r#""headers":["x-amz-mfa"]"#, "headers[0]"),
        (r#""versions":"true""#, "versions"),
        (r#""cacheBuster":"""#, "cacheBuster"),
        (r#""cacheBuster":"expires""#, "cacheBuster"),
        (r#""cacheBuster":"download""#, "cacheBuster"),
        (r#""cacheBuster":"versionId""#, "cacheBuster"),
        (r#""cacheBuster":"versionid""#, "cacheBuster"),
        (r#""cacheBuster":"Expires""#, "cacheBuster"),
        (r#""cacheBuster":"a=b""#, "cacheBuster"),
    ] {
        let found = found(more);
        let [fault] = found.as_slice() else {
            panic!("{more}: {found:?}")
        };
        assert!(
            fault.starts_with(&format!("PROFILES.p.{field}")),
            "{more}: {fault}"
        );
    }
}
