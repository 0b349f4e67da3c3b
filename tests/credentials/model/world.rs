//! Edges with isolates, a Workers KV that is late, and an STS that can fail.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use edge_presigner::platform::{
    Background, Clock, Crypto, Entropy, Http, HttpError, KEY_BYTES, Kv, KvError, Level, Limits,
    NONCE_BYTES, PublicKey, RateLimiter, SecretError, Secrets, SignatureAlgorithm, Slot, Telemetry,
};
use edge_presigner::service::Service;
use http::{Request, Response};

use super::executor::{Executor, Signal};
use super::objects::{OBJECTS_EDGE, Objects};
use crate::support::{answer, granted, noon, secs, token};

/// How long an edge keeps what it has read from KV, or that there was nothing.
const KV_CACHE: Duration = secs(30);
/// How old the value can be that it then reads: together a write takes up to 60 s.
const KV_LAG_SECS: u64 = 30;

/// What is wrong at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub sts: Option<StsFault>,
    pub kv_reads_fail: bool,
    pub kv_reads_garbage: bool,
    pub kv_writes_fail: bool,
    pub object: Option<ObjectFault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFault {
    /// Calls fail at once.
    Unreachable,
    /// Calls are not answered.
    Hangs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StsFault {
    Down,
    Throttles,
    Hangs,
    Garbage,
    /// It takes this many milliseconds.
    Slow(u64),
    /// It grants no more than this.
    Short(u64),
}

/// What was written under a key, and when.
type Versions = Vec<(SystemTime, Vec<u8>)>;

/// What an edge has read, and when.
type Cached = (SystemTime, Option<Vec<u8>>);

pub struct World {
    pub clock: Rc<Executor>,
    pub faults: Cell<Faults>,
    /// When STS last refused, failed or granted less.
    pub sts_failed_at: Cell<Option<SystemTime>>,
    pub sts_calls: Cell<u32>,
    /// When each session ends, by its number.
    pub sessions: RefCell<Vec<SystemTime>>,
    /// Pairs of writes of one isolate to a key that lie less than a second apart.
    pub hasty_writes: Cell<u32>,
    /// Writes that KV refuses, because it took another one of the same key within the second before.
    pub refused_writes: Cell<u32>,
    pub writes: Cell<u32>,
    pub reads: Cell<u32>,
    /// The Durable Objects, where they are bound.
    pub objects: RefCell<Option<Objects>>,
    /// What is written to KV is never found.
    pub kv_loses: Cell<bool>,
    kv: RefCell<BTreeMap<String, Versions>>,
    edges: RefCell<BTreeMap<(usize, String), Cached>>,
    /// When KV last took a write, by key.
    accepted: RefCell<BTreeMap<String, SystemTime>>,
    random: Cell<u64>,
}

impl World {
    pub fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            clock: Executor::new(noon()),
            faults: Cell::default(),
            sts_failed_at: Cell::default(),
            sts_calls: Cell::default(),
            sessions: RefCell::default(),
            hasty_writes: Cell::default(),
            refused_writes: Cell::default(),
            reads: Cell::default(),
            objects: RefCell::default(),
            kv_loses: Cell::default(),
            writes: Cell::default(),
            accepted: RefCell::default(),
            kv: RefCell::default(),
            edges: RefCell::default(),
            random: Cell::new(seed),
        })
    }

    /// SplitMix64.
    pub fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.random() % bound
    }

    pub async fn take(&self, from_millis: u64, to_millis: u64) {
        let millis = from_millis + self.below(to_millis - from_millis);
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    fn stored(&self, key: &str, at: SystemTime) -> Option<Vec<u8>> {
        let kv = self.kv.borrow();
        let (_, value) = kv
            .get(key)?
            .iter()
            .rev()
            .find(|(written, _)| *written <= at)?;
        Some(value.clone())
    }

    fn read(&self, edge: usize, key: &str) -> Option<Vec<u8>> {
        let now = self.clock.now();
        let place = (edge, key.to_owned());
        if let Some((read, value)) = self.edges.borrow().get(&place)
            && now < *read + KV_CACHE
        {
            return value.clone();
        }
        let value = self.stored(key, now - secs(self.below(KV_LAG_SECS + 1)));
        self.edges.borrow_mut().insert(place, (now, value.clone()));
        value
    }

    /// Whether KV takes a write of `key`: of one key it takes one a second.
    fn accepts(&self, key: &str) -> bool {
        let now = self.clock.now();
        self.writes.set(self.writes.get() + 1);
        let mut accepted = self.accepted.borrow_mut();
        if accepted.get(key).is_some_and(|last| now < *last + secs(1)) {
            self.refused_writes.set(self.refused_writes.get() + 1);
            return false;
        }
        accepted.insert(key.to_owned(), now);
        true
    }

    /// STS's answer to a call that asks for `asked` seconds.
    fn grant(&self, asked: u64) -> Response<String> {
        let lifetime = match self.faults.get().sts {
            Some(StsFault::Short(most)) => asked.min(most),
            _ => asked,
        };
        let expires_at = self.clock.now() + secs(lifetime);
        let mut sessions = self.sessions.borrow_mut();
        sessions.push(edge_presigner::instant::floor_to(
            Duration::ZERO,
            expires_at,
        ));
        granted(u32::try_from(sessions.len()).unwrap(), expires_at)
    }
}

/// An isolate at one of the edges.
pub struct Isolate {
    pub edge: usize,
    pub service: Service,
    bindings: BTreeMap<String, String>,
    /// The name of the Durable Object that this is.
    pub object: Option<String>,
    /// The end of the longest-lived session that it has signed with.
    pub held_until: Cell<Option<SystemTime>>,
    running: RefCell<BTreeMap<u32, Rc<Signal>>>,
    written: RefCell<BTreeMap<String, SystemTime>>,
}

impl Isolate {
    pub fn new(edge: usize, bindings: &BTreeMap<String, String>) -> Rc<Self> {
        Rc::new(Self::of(edge, bindings, None))
    }

    pub fn of(edge: usize, bindings: &BTreeMap<String, String>, object: Option<String>) -> Self {
        Self {
            edge,
            object,
            bindings: bindings.clone(),
            service: Service::new(|name| bindings.get(name).cloned()),
            held_until: Cell::default(),
            running: RefCell::default(),
            written: RefCell::default(),
        }
    }
}

/// What an event in an isolate sees of the world.
#[derive(Clone)]
pub struct Runtime {
    pub world: Rc<World>,
    pub isolate: Rc<Isolate>,
}

impl Runtime {
    /// The same in the object `name`, which is started where it does not run.
    pub fn object(&self, name: &str) -> Self {
        let mut objects = self.world.objects.borrow_mut();
        let objects = objects.as_mut().unwrap();
        let started = || {
            let name = Some(name.to_owned());
            Rc::new(Isolate::of(OBJECTS_EDGE, &self.isolate.bindings, name))
        };
        let isolate = objects.running.entry(name.to_owned());
        Self {
            world: Rc::clone(&self.world),
            isolate: Rc::clone(isolate.or_insert_with(started)),
        }
    }

    /// The renewal that runs in `slot`, started now if there is none.
    fn running<F: Future<Output = ()> + 'static>(
        &self,
        slot: u32,
        renewal: impl FnOnce(Self) -> F,
    ) -> Rc<Signal> {
        if let Some(running) = self.isolate.running.borrow().get(&slot) {
            return Rc::clone(running);
        }
        let ended = Rc::new(Signal::default());
        let running = Rc::clone(&ended);
        self.isolate.running.borrow_mut().insert(slot, running);
        let (renewal, runtime, signal) = (renewal(self.clone()), self.clone(), Rc::clone(&ended));
        self.world.clock.spawn(async move {
            renewal.await;
            runtime.isolate.running.borrow_mut().remove(&slot);
            runtime.world.clock.happen(&signal);
        });
        ended
    }
}

impl Clock for Runtime {
    fn now(&self) -> SystemTime {
        self.world.clock.now()
    }

    async fn sleep(&self, pause: Duration) {
        self.world.clock.sleep(pause).await;
    }
}

impl Entropy for Runtime {
    fn random<const N: usize>(&self) -> Option<[u8; N]> {
        Some(std::array::from_fn(|_| self.world.random() as u8))
    }
}

impl Telemetry for Runtime {
    fn request_id(&self) -> &'static str {
        "request"
    }

    fn log(&self, _: Level, _: &str) {}

    fn write_data_point(&self, _: &str) {}
}

/// The real cipher is another test's matter.
impl Crypto for Runtime {
    async fn aes_gcm_encrypt(
        &self,
        _: &[u8; KEY_BYTES],
        _: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        Some([associated, plain].concat())
    }

    async fn aes_gcm_decrypt(
        &self,
        _: &[u8; KEY_BYTES],
        _: &[u8; NONCE_BYTES],
        associated: &[u8],
        encrypted: &[u8],
    ) -> Option<Vec<u8>> {
        encrypted.strip_prefix(associated).map(<[u8]>::to_vec)
    }

    async fn verify_signature(
        &self,
        _: SignatureAlgorithm,
        _: &PublicKey,
        _: &[u8],
        _: &[u8],
    ) -> bool {
        false
    }

    async fn sign(&self, _: SignatureAlgorithm, _: &str, _: &str, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

impl RateLimiter for Runtime {
    async fn count(&self, _: &str) -> Option<bool> {
        None
    }
}

impl Secrets for Runtime {
    async fn web_identity_token(&self) -> Result<Option<String>, SecretError> {
        Ok(Some(token(secs(30 * 24 * 3600))))
    }
}

impl Kv for Runtime {
    async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        if !key.starts_with("session/") {
            // The Cron Trigger's sign of life is no part of this model.
            return Err(KvError(String::new()));
        }
        self.world.reads.set(self.world.reads.get() + 1);
        self.world.take(1, 90).await;
        let faults = self.world.faults.get();
        if faults.kv_reads_fail {
            return Err(KvError("KV GET failed".to_owned()));
        }
        let record = self.world.read(self.isolate.edge, key);
        let record = record.filter(|_| !self.world.kv_loses.get());
        Ok(record.map(|mut record| {
            if faults.kv_reads_garbage {
                record.truncate(record.len() / 2);
            }
            record
        }))
    }

    async fn kv_write(
        &self,
        key: &str,
        record: &[u8],
        expiration_secs: u64,
    ) -> Result<(), KvError> {
        self.kv_put(key, record, expiration_secs);
        Ok(())
    }

    fn kv_put(&self, key: &str, record: &[u8], expiration_secs: u64) {
        let now = self.now();
        let expires_at = edge_presigner::instant::from_unix_secs(expiration_secs).unwrap();
        assert!(expires_at >= now + secs(60), "KV takes no shorter life");
        let last = self
            .isolate
            .written
            .borrow_mut()
            .insert(key.to_owned(), now);
        if last.is_some_and(|last| now < last + secs(1)) {
            self.world
                .hasty_writes
                .set(self.world.hasty_writes.get() + 1);
        }
        if !self.world.accepts(key) {
            return;
        }
        if !self.world.faults.get().kv_writes_fail {
            let mut kv = self.world.kv.borrow_mut();
            let versions = kv.entry(key.to_owned()).or_default();
            versions.push((now, record.to_vec()));
        }
    }
}

impl Http for Runtime {
    async fn send(
        &self,
        request: Request<String>,
        limits: Limits,
    ) -> Result<Response<String>, HttpError> {
        let world = &self.world;
        world.sts_calls.set(world.sts_calls.get() + 1);
        let fault = world.faults.get().sts;
        match fault {
            Some(StsFault::Hangs) => world.clock.sleep(limits.timeout).await,
            Some(StsFault::Slow(millis)) => world.take(millis, millis + 1).await,
            _ => world.take(200, 600).await,
        }
        if fault.is_some() {
            world.sts_failed_at.set(Some(self.now()));
        }
        match fault {
            Some(StsFault::Down) => Ok(answer(500, "")),
            Some(StsFault::Throttles) => Ok(answer(429, "")),
            Some(StsFault::Hangs) => Err(HttpError::Timeout),
            Some(StsFault::Garbage) => Ok(answer(200, "<html>")),
            Some(StsFault::Short(_) | StsFault::Slow(_)) | None => {
                let asked = request.body().split("DurationSeconds=").nth(1).unwrap();
                let asked = asked.split('&').next().unwrap().parse().unwrap();
                Ok(world.grant(asked))
            }
        }
    }
}

impl Background for Runtime {
    type Detached = Self;

    async fn single_flight<F: Future<Output = ()> + 'static>(
        &self,
        Slot(slot): Slot,
        _: Duration,
        patience: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        let running = self.running(slot, work);
        self.world.clock.wait(&running, patience).await;
    }

    fn single_flight_in_background<F: Future<Output = ()> + 'static>(
        &self,
        Slot(slot): Slot,
        _: Duration,
        work: impl FnOnce(Self) -> F,
    ) {
        self.running(slot, work);
    }
}
