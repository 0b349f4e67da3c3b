//! What an isolate makes of its object's answers, and what the object makes of questions.

use std::rc::Rc;

use super::{Isolate, record_key};
use crate::support::{Fake, noon, ready, secs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::aws::Credentials;
use edge_presigner::credentials::kv_record;
use edge_presigner::credentials::lifetime::Lifetime;
use edge_presigner::credentials::session_object::answer;
use edge_presigner::credentials::{CredentialsError, Session};
use edge_presigner::platform::ObjectError;
use edge_presigner::secret::Secret;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The platform of an object at the same time as `fake`.
fn object(fake: &Fake) -> Fake {
    let object = Fake::new();
    object.now.set(fake.now.get());
    object.in_object.set(true);
    object
}

/// Asks for a URL in an isolate whose object answers like this.
fn ask(fake: &Fake, answers: impl IntoIterator<Item = Result<String, ObjectError>>) -> String {
    fake.object_answers.borrow_mut().extend(answers);
    Isolate::new().ask(secs(60), fake)
}

/// The session that the object would have obtained, sealed.
fn record(isolate: &Isolate, fake: &Fake) -> String {
    let session = Session {
        credentials: Credentials {
            access_key_id: "ASIAOBJECT".to_owned(),
            secret_access_key: Secret::new("secret".to_owned()),
            session_token: Some(Secret::new("token".to_owned())),
        },
        issued_at: noon(),
        active_from: noon(),
        expires_at: noon() + secs(3600),
    };
    let (sessions, kv_key) = ([Rc::new(session)], isolate.kv_key());
    let record = ready(kv_record::seal(&sessions, &record_key(), &kv_key, fake));
    STANDARD.encode(record.unwrap())
}

fn failed(message: &str) -> Result<String, ObjectError> {
    Err(ObjectError::Failed(message.to_owned()))
}

#[test]
fn what_one_object_obtains_signs_in_the_isolate_that_asked_and_only_the_object_writes_to_kv() {
    let fake = Fake::new();
    let isolate = Isolate::new();
    let answered = format!("obtained\n{}\n3600\n0", record(&isolate, &fake));
    assert_eq!(ask(&fake, [Ok(answered)]), "ASIAOBJECT");
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.kv_writes.borrow().is_empty());
    let question = format!("{}\nexactly\n60\n0", isolate.kv_key());
    assert_eq!(*fake.object_questions.borrow(), [question]);
}

#[test]
fn a_call_that_a_restart_of_the_object_broke_off_is_repeated_once() {
    let fake = Fake::new();
    let answered = format!("obtained\n{}\n0\n0", record(&Isolate::new(), &fake));
    assert_eq!(
        ask(&fake, [failed("restarted"), Ok(answered)]),
        "ASIAOBJECT"
    );
    assert!(!fake.logged("sessionObjectFailed"));

    let fake = Fake::new();
    assert_ne!(
        ask(&fake, [failed("a"), failed("b"), failed("c")]),
        "ASIAOBJECT"
    );
    assert_eq!(fake.object_questions.borrow().len(), 2);
    assert_eq!(fake.sts_calls(), 1);
}

#[test]
fn an_object_that_is_overloaded_or_silent_is_not_asked_again_at_once() {
    let overloaded = ObjectError::Overloaded("too many requests queued".to_owned());
    for error in [overloaded, ObjectError::Timeout] {
        let fake = Fake::new();
        ask(&fake, [Err(error.clone()), Err(error)]);
        assert_eq!(fake.object_questions.borrow().len(), 1);
        assert_eq!(fake.sts_calls(), 1);
        assert!(fake.logged("sessionObjectFailed"));
    }
}

#[test]
fn an_answer_that_cannot_be_used_makes_the_isolate_call_sts() {
    let record = record(&Isolate::new(), &Fake::new());
    let damaged = format!("Z{}", &record[1..]);
    for text in [
        String::new(),
        "x".to_owned(),
        "obtained".to_owned(),
        format!("obtained\n{record}"),
        format!("obtained\n{record}\n-1\n0"),
        format!("obtained\n{record}\n3600\n18446744073709551615"),
        format!("obtained\n{damaged}\n3600\n0"),
        format!("unheard-of\n{record}\n3600\n0"),
        format!("failed\n{record}\n3600\n0"),
        "unable\n\n0\n0".to_owned(),
    ] {
        let fake = Fake::new();
        ask(&fake, [Ok(text.clone())]);
        assert_eq!(fake.sts_calls(), 1, "{text}");
    }
}

#[test]
fn an_object_that_is_never_done_is_asked_eight_times_and_sts_is_not_called() {
    let fake = Fake::new();
    let pending = || Ok("pending\n\n0\n0".to_owned());
    fake.object_answers
        .borrow_mut()
        .extend((0..20).map(|_| pending()));
    let obtained = Isolate::new().obtain(Lifetime::Exactly(secs(60)), &fake);
    let error = obtained.unwrap_err();
    assert!(matches!(error, CredentialsError::Sts(_)), "{error:?}");
    // By the first of the two renewals that a request may wait for: its failure keeps off the second one.
    assert_eq!(fake.object_questions.borrow().len(), 8);
    assert_eq!(fake.sts_calls(), 0);
}

#[test]
fn an_object_whose_kv_cannot_be_read_renews_ahead_of_need_all_the_same() {
    let fake = object(&Fake::new());
    fake.kv_reads_fail.set(true);
    let isolate = Isolate::new();
    let question = format!("{}\nnext\n0\n0", isolate.kv_key());
    let providers = [Rc::clone(&isolate.provider)];
    for _ in 0..3 {
        let text = ready(answer(&providers, &question, &fake));
        assert!(text.starts_with("obtained\n"), "{text}");
    }
    assert_eq!(fake.sts_calls(), 1);
    assert!(fake.object_record.borrow().is_some());
}

#[test]
fn an_object_takes_over_what_isolates_published_while_it_was_gone() {
    let fake = Fake::new();
    Isolate::new().ask(secs(60), &fake);
    let object = object(&fake);
    object.kv.replace(fake.kv.borrow().clone());
    let isolate = Isolate::new();
    let question = format!("{}\nupTo\n900\n0", isolate.kv_key());
    let text = ready(answer(&[Rc::clone(&isolate.provider)], &question, &object));
    assert!(text.starts_with("obtained\n"), "{text}");
    assert_eq!(object.sts_calls(), 0);
}
