//! A platform moved by hand: its clock, its KV, an STS that answers what the test says, and a log
//! that can be read.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::jose::{self};
use super::{granted, noon, ready, secs, token};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use edge_presigner::platform::{
    Background, Clock, Crypto, Entropy, Http, HttpError, KEY_BYTES, Kv, KvError, Level, Limits,
    NONCE_BYTES, ObjectError, PublicKey, RateLimiter, SecretError, Secrets, SessionObject,
    SignatureAlgorithm, Slot, Telemetry,
};
use http::{Method, Request, Response, header};

type Answer = Result<Response<String>, HttpError>;

/// The platform of one test; its clones are the same platform.
#[derive(Clone)]
pub struct Fake(Rc<State>);

impl Deref for Fake {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Fake {
    pub fn new() -> Self {
        Self(Rc::new(State {
            now: Cell::new(noon()),
            token: RefCell::new(Some(token(secs(24 * 3600)))),
            token_read_fails: Cell::default(),
            token_after_first_call: RefCell::default(),
            answers: RefCell::default(),
            grants: Cell::new(secs(3600)),
            sites: RefCell::default(),
            fetched: RefCell::default(),
            counted: RefCell::default(),
            lets_through: Cell::new(Some(usize::MAX)),
            send_takes: Cell::default(),
            points: RefCell::default(),
            verifications: Cell::default(),
            imports: Cell::default(),
            signed_with: RefCell::default(),
            requests: RefCell::default(),
            s3_answers: RefCell::default(),
            s3_requests: RefCell::default(),
            s3_limits: RefCell::default(),
            kv: RefCell::default(),
            kv_reads_fail: Cell::new(false),
            kv_writes_fail: Cell::new(false),
            kv_reads: Cell::new(0),
            kv_writes: RefCell::default(),
            object_answers: RefCell::default(),
            object_questions: RefCell::default(),
            in_object: Cell::default(),
            object_record: RefCell::default(),
            pauses: RefCell::default(),
            renewals_hang: Cell::default(),
            background_lags: Cell::default(),
            log: RefCell::default(),
            random: Cell::new(0),
        }))
    }

    /// The same with an issuer of the key `k1`, the pair of `jose::ed25519(1)`.
    pub fn with_issuer() -> Self {
        let fake = Self::new();
        fake.publishes(&[jose::ed25519(1).jwk("k1")]);
        fake
    }

    pub fn sts_calls(&self) -> usize {
        self.requests.borrow().len()
    }

    pub fn will_answer(&self, answer: Answer) {
        self.answers.borrow_mut().push_back(answer);
    }

    pub fn s3_will_answer(&self, answer: Answer) {
        self.s3_answers.borrow_mut().push_back(answer);
    }

    pub fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// The issuer of [`jose`] publishes `keys` from now on.
    pub fn publishes(&self, keys: &[serde_json::Value]) {
        let document = serde_json::json!({"issuer": jose::ISSUER, "jwks_uri": jose::JWKS});
        let keys = serde_json::json!({"keys": keys});
        let mut sites = self.sites.borrow_mut();
        sites.insert(
            jose::DISCOVERY.to_owned(),
            Ok(Response::new(document.to_string())),
        );
        sites.insert(jose::JWKS.to_owned(), Ok(Response::new(keys.to_string())));
    }

    pub fn logged(&self, event: &str) -> bool {
        let name = format!(r#""event":"{event}""#);
        self.log.borrow().iter().any(|line| line.contains(&name))
    }
}

impl Clock for Fake {
    fn now(&self) -> SystemTime {
        self.now.get()
    }

    async fn sleep(&self, pause: Duration) {
        self.pauses.borrow_mut().push(pause);
    }
}

impl Entropy for Fake {
    fn random<const N: usize>(&self) -> Option<[u8; N]> {
        self.random.set(self.random.get().wrapping_add(1));
        Some([self.random.get(); N])
    }
}

impl Telemetry for Fake {
    fn request_id(&self) -> &'static str {
        "request-1"
    }

    fn log(&self, _: Level, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }

    fn write_data_point(&self, json: &str) {
        self.points.borrow_mut().push(json.to_owned());
    }
}

impl RateLimiter for Fake {
    async fn count(&self, key: &str) -> Option<bool> {
        self.counted.borrow_mut().push(key.to_owned());
        let same = self.counted.borrow().iter().filter(|it| *it == key).count();
        Some(same <= self.lets_through.get()?)
    }
}

impl Crypto for Fake {
    async fn verify_signature(
        &self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.verifications.set(self.verifications.get() + 1);
        let jwk = key.imported(algorithm).unwrap_or_else(|| {
            self.imports.set(self.imports.get() + 1);
            key.keep(algorithm, key.jwk.clone());
            key.jwk.clone()
        });
        jose::verify(algorithm, &jwk, message, signature)
    }

    async fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key_id: &str,
        jwk: &str,
        message: &[u8],
    ) -> Option<Vec<u8>> {
        let key = (algorithm, key_id.to_owned(), jwk.to_owned());
        self.signed_with.borrow_mut().push(key);
        jose::sign(algorithm, jwk, message)
    }

    async fn aes_gcm_encrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: plain,
            aad: associated,
        };
        cipher(key).encrypt(&Nonce::from(*nonce), payload).ok()
    }

    async fn aes_gcm_decrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        encrypted: &[u8],
    ) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: encrypted,
            aad: associated,
        };
        cipher(key).decrypt(&Nonce::from(*nonce), payload).ok()
    }
}

impl Secrets for Fake {
    async fn web_identity_token(&self) -> Result<Option<String>, SecretError> {
        if let Some(error) = self.token_read_fails.get() {
            return Err(error);
        }
        let rotated = self.token_after_first_call.borrow().clone();
        let rotated = rotated
            .filter(|_| self.sts_calls() > 0)
            .or_else(|| self.token.borrow().clone());
        Ok(rotated)
    }
}

impl Kv for Fake {
    async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        self.kv_reads.set(self.kv_reads.get() + 1);
        if self.kv_reads_fail.get() {
            return Err(KvError("KV GET failed".to_owned()));
        }
        Ok(self.kv.borrow().get(key).map(|(record, _)| record.clone()))
    }

    fn kv_put(&self, key: &str, value: &[u8], expiration_secs: u64) {
        self.kv_writes.borrow_mut().push(self.now.get());
        if !self.kv_writes_fail.get() {
            let kept = (value.to_vec(), expiration_secs);
            self.kv.borrow_mut().insert(key.to_owned(), kept);
        }
    }

    async fn kv_write(&self, key: &str, value: &[u8], expiration_secs: u64) -> Result<(), KvError> {
        self.kv_put(key, value, expiration_secs);
        if self.kv_writes_fail.get() {
            return Err(KvError("KV PUT failed".to_owned()));
        }
        Ok(())
    }
}

impl SessionObject for Fake {
    async fn ask_object(
        &self,
        _: &str,
        question: &str,
        limit: Duration,
    ) -> Option<Result<String, ObjectError>> {
        let answer = self.object_answers.borrow_mut().pop_front()?;
        self.object_questions.borrow_mut().push(question.to_owned());
        if answer == Err(ObjectError::Timeout) {
            self.pass(limit);
        }
        Some(answer)
    }

    fn is_in_object(&self) -> bool {
        self.in_object.get()
    }

    async fn object_record(&self) -> Option<Vec<u8>> {
        self.object_record.borrow().clone()
    }

    fn keep_in_object(&self, record: &[u8], _: u64) {
        if self.in_object.get() {
            self.object_record.replace(Some(record.to_vec()));
        }
    }
}

impl Http for Fake {
    async fn send(&self, request: Request<String>, limits: Limits) -> Answer {
        self.pass(self.send_takes.get());
        if request.headers().contains_key(header::AUTHORIZATION)
            || request.method() == Method::OPTIONS
        {
            self.s3_requests.borrow_mut().push(request);
            self.s3_limits.borrow_mut().push(limits);
            let scripted = self.s3_answers.borrow_mut().pop_front();
            return scripted.unwrap_or(Err(HttpError::Timeout));
        }
        if request.method() == Method::GET {
            let url = request.uri().to_string();
            let answer = self.sites.borrow().get(&url).cloned();
            self.fetched.borrow_mut().push(url);
            return answer.unwrap_or(Err(HttpError::Connection));
        }
        self.requests.borrow_mut().push(request);
        let n = u32::try_from(self.sts_calls()).unwrap();
        let scripted = self.answers.borrow_mut().pop_front();
        scripted.unwrap_or_else(|| Ok(granted(n, self.now.get() + self.grants.get())))
    }
}

impl Background for Fake {
    type Detached = Self;

    async fn single_flight<F: Future<Output = ()> + 'static>(
        &self,
        _: Slot,
        _: Duration,
        patience: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        if self.renewals_hang.get() {
            self.pass(patience);
        } else {
            work(self.clone()).await;
        }
    }

    fn single_flight_in_background<F: Future<Output = ()> + 'static>(
        &self,
        _: Slot,
        _: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        if !self.renewals_hang.get() && !self.background_lags.get() {
            ready(work(self.clone()));
        }
    }
}

pub struct State {
    pub now: Cell<SystemTime>,
    pub token: RefCell<Option<String>>,
    /// Why the token cannot be read.
    pub token_read_fails: Cell<Option<SecretError>>,
    /// What is bound instead once STS has been asked.
    pub token_after_first_call: RefCell<Option<String>>,
    /// Answers of STS in order; after the last one it grants sessions of `grants`.
    pub answers: RefCell<VecDeque<Answer>>,
    pub grants: Cell<Duration>,
    /// What other servers than STS answer to a GET, by URL; nothing answers where there is none.
    pub sites: RefCell<BTreeMap<String, Answer>>,
    /// The URLs that were fetched from them.
    pub fetched: RefCell<Vec<String>>,
    /// What was counted by the rate limiter, which lets `lets_through` requests through; `None` for one that
    /// fails.
    pub counted: RefCell<Vec<String>>,
    pub lets_through: Cell<Option<usize>>,
    /// How long another server takes to answer.
    pub send_takes: Cell<Duration>,
    /// The data points of Analytics Engine.
    pub points: RefCell<Vec<String>>,
    /// How often a signature was verified.
    pub verifications: Cell<u32>,
    /// How often a key was imported to verify signatures.
    pub imports: Cell<u32>,
    /// What was to be signed with: algorithm, key id and key.
    pub signed_with: RefCell<Vec<(SignatureAlgorithm, String, String)>>,
    /// What STS was asked.
    pub requests: RefCell<Vec<Request<String>>>,
    /// Answers of S3 in order; after the last one it does not answer.
    pub s3_answers: RefCell<VecDeque<Answer>>,
    /// What S3 was asked.
    pub s3_requests: RefCell<Vec<Request<String>>>,
    /// What each of these calls might take.
    pub s3_limits: RefCell<Vec<Limits>>,
    pub kv: RefCell<BTreeMap<String, (Vec<u8>, u64)>>,
    pub kv_reads_fail: Cell<bool>,
    pub kv_writes_fail: Cell<bool>,
    pub kv_reads: Cell<u32>,
    /// When something was written to KV, or was to be.
    pub kv_writes: RefCell<Vec<SystemTime>>,
    /// What a Durable Object answers, in order; without any left, none is bound.
    pub object_answers: RefCell<VecDeque<Result<String, ObjectError>>>,
    /// What it was asked.
    pub object_questions: RefCell<Vec<String>>,
    /// Whether this is the platform of an object, and what that keeps.
    pub in_object: Cell<bool>,
    pub object_record: RefCell<Option<Vec<u8>>>,
    pub pauses: RefCell<Vec<Duration>>,
    /// Whether renewals never end: requests wait for them as long as they are patient.
    pub renewals_hang: Cell<bool>,
    /// Whether work that nobody waits for has not even begun by the time that a request ends.
    pub background_lags: Cell<bool>,
    pub log: RefCell<Vec<String>>,
    random: Cell<u8>,
}

fn cipher(key: &[u8; KEY_BYTES]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}
