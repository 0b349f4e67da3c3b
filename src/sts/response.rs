//! The answer: a session, or a refusal with AWS's own code.
//!
//! Elements are found by local name wherever a server puts its namespace, and the expiry is
//! read, never computed: a server may grant less than it was asked for.

use std::time::SystemTime;

use http::{HeaderName, Response};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::failure::{Refusal, StsFailure};
use crate::credentials::{Credentials, Session};
use crate::instant::parse_rfc3339;
use crate::secret::Secret;

/// Where AWS puts its id of the call, besides the body.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The texts that matter, wherever they stand; absent ones are empty. Errors come as
/// `<ErrorResponse><Error>…</Error><RequestId/></ErrorResponse>` or as `<Error>…</Error>` alone.
#[derive(Default)]
struct Texts {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
    code: String,
    message: String,
    request_id: String,
}

impl Texts {
    /// Reads a whole, well-formed document: half an access key must not pass for one.
    fn read(body: &str) -> Option<Self> {
        let mut texts = Self::default();
        let mut reader = Reader::from_str(body);
        let mut open = Vec::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) => open.push(element.local_name().as_ref().to_owned()),
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => texts.append(open.last(), &text),
                Event::CData(text) => texts.append(open.last(), &text),
                Event::GeneralRef(entity) => {
                    let text = match entity.resolve_char_ref().ok()? {
                        Some(char) => char.to_string(),
                        None => resolve_predefined_entity(&entity)?.to_owned(),
                    };
                    texts.append(open.last(), &text);
                }
                Event::Eof => return open.is_empty().then_some(texts),
                Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    /// Adds `text` to the element it stands in.
    fn append(&mut self, element: Option<&String>, text: &str) {
        let field = match element.map(String::as_str) {
            Some("AccessKeyId") => &mut self.access_key_id,
            Some("SecretAccessKey") => &mut self.secret_access_key,
            Some("SessionToken") => &mut self.session_token,
            Some("Expiration") => &mut self.expiration,
            Some("Code") => &mut self.code,
            Some("Message") => &mut self.message,
            Some("RequestId") => &mut self.request_id,
            _ => return,
        };
        field.push_str(text);
    }
}

/// Reads STS's answer, received at `now`.
///
/// # Errors
/// [`StsFailure::Refused`] for an error answer, [`StsFailure::Garbled`] for anything that is neither
/// that nor four filled-in fields with an expiry to come.
pub fn read(response: &Response<String>, now: SystemTime) -> Result<Session, StsFailure> {
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    session(response.body(), now).ok_or(StsFailure::Garbled {
        status: response.status(),
    })
}

fn session(body: &str, now: SystemTime) -> Option<Session> {
    let texts = Texts::read(body)?;
    let complete = !texts.access_key_id.is_empty()
        && !texts.secret_access_key.is_empty()
        && !texts.session_token.is_empty();
    let expires_at = parse_rfc3339(&texts.expiration).filter(|at| *at > now)?;
    complete.then(|| Session {
        credentials: Credentials {
            access_key_id: texts.access_key_id,
            secret_access_key: Secret::new(texts.secret_access_key),
            session_token: Some(Secret::new(texts.session_token)),
        },
        issued_at: now,
        active_from: now,
        expires_at,
    })
}

fn refusal(response: &Response<String>) -> StsFailure {
    let status = response.status();
    let texts = Texts::read(response.body()).unwrap_or_default();
    let request_id = response
        .headers()
        .get(REQUEST_ID_HEADER)
        .and_then(|value| value.to_str().ok().map(str::to_owned))
        .unwrap_or(texts.request_id);
    Refusal::new(status, &texts.code, &texts.message, request_id)
        .map_or(StsFailure::Garbled { status }, StsFailure::Refused)
}
