//! Requests and cron runs at random, and the check of every answer.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use edge_presigner::instant::{amz_date, floor_to, left_until, parse_rfc3339};
use http::Response;

use super::world::{Faults, Isolate, Runtime, World};
use crate::support::{bindings_with, json, secs, sign};

/// How large the world is.
#[derive(Clone, Copy)]
pub struct Scale {
    pub edges: usize,
    pub isolates_an_edge: usize,
    pub requests_a_tick: u64,
    /// An isolate lives for some hours.
    pub evictions_a_tick: u64,
    /// Whether all isolates have as many requests, or some none for hours.
    pub evenly: bool,
}

/// Days of many idle isolates.
const DAYS: Scale = Scale {
    edges: 200,
    isolates_an_edge: 5,
    requests_a_tick: 4,
    evictions_a_tick: 1,
    evenly: false,
};

/// The Cron Trigger's pace in wrangler.toml.
const CRON: Duration = secs(120);

/// How often some of the isolates get requests.
const TICK: Duration = secs(10);

const LONGEST_SECS: u64 = 900;
const WINDOW_SECS: u64 = 300;

/// What one simulation was like, as far as no URL or answer by itself shows it.
#[derive(Default)]
pub struct Report {
    pub urls: u32,
    /// When, with which status, and how long after STS last failed.
    pub failures: Vec<Failure>,
    pub longest_wait: Duration,
    /// Requests that waited for a call to STS.
    pub waits: usize,
    /// The URL of the same thing in the same window, and whether anybody got another.
    pub windows: BTreeMap<String, (String, bool)>,
    /// The sessions that signed.
    pub used: BTreeSet<usize>,
}

impl Report {
    pub fn differing_windows(&self) -> usize {
        self.windows
            .values()
            .filter(|(_, differs)| *differs)
            .count()
    }
}

/// A request without a URL.
#[derive(Debug)]
pub struct Failure {
    pub at: SystemTime,
    pub status: u16,
    /// When STS last failed, or granted less than it was asked for.
    pub sts_failed_at: Option<SystemTime>,
}

pub struct Simulation {
    scale: Scale,
    pub world: Rc<World>,
    bindings: RefCell<BTreeMap<String, String>>,
    isolates: RefCell<Vec<Rc<Isolate>>>,
    pub report: RefCell<Report>,
}

impl Simulation {
    pub fn new(seed: u64) -> Rc<Self> {
        Self::of(DAYS, seed)
    }

    pub fn of(scale: Scale, seed: u64) -> Rc<Self> {
        let profile = |window_secs| {
            format!(
                r#"{{"bucket":"bucket","keyPrefix":"","callers":["app"],"operations":["getObject"],
                    "maxLifetimeSecs":{LONGEST_SECS},"windowSecs":{window_secs}}}"#
            )
        };
        let (plain, windowed) = (profile(0), profile(WINDOW_SECS));
        let profiles = format!(r#"{{"plain":{plain},"windowed":{windowed}}}"#);
        let bindings = bindings_with(&[("PROFILES", &profiles)]);
        let isolates = (0..scale.edges * scale.isolates_an_edge)
            .map(|n| Isolate::new(n / scale.isolates_an_edge, &bindings))
            .collect();
        Rc::new(Self {
            scale,
            world: World::new(seed),
            bindings: bindings.into(),
            isolates: RefCell::new(isolates),
            report: RefCell::default(),
        })
    }

    fn runtime(&self, isolate: usize) -> Runtime {
        Runtime {
            world: Rc::clone(&self.world),
            isolate: Rc::clone(&self.isolates.borrow()[isolate]),
        }
    }

    /// Another version of the worker, with these `changes` of its configuration: all isolates and objects start anew.
    pub fn deploy(&self, changes: &[(&str, &str)]) {
        let mut bindings = self.bindings.borrow_mut();
        bindings.extend(
            changes
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        for isolate in &mut *self.isolates.borrow_mut() {
            *isolate = Isolate::new(isolate.edge, &bindings);
        }
        self.world.restart_objects();
    }

    /// A deployment whose first renewal has reached every edge.
    pub fn deployed(self: Rc<Self>) -> Rc<Self> {
        let simulation = self;
        simulation.cron();
        let reached = simulation.world.clock.now() + CRON;
        simulation.world.clock.run_until(reached);
        simulation
    }

    /// Lets `time` pass, with what `faults` says is wrong at each instant.
    pub fn run(self: &Rc<Self>, time: Duration, cron: bool, faults: impl Fn(Duration) -> Faults) {
        let begun = self.world.clock.now();
        let mut next_cron = begun;
        while self.world.clock.now() < begun + time {
            let now = self.world.clock.now();
            self.world.faults.set(faults(left_until(now, begun)));
            if cron && now >= next_cron {
                next_cron += CRON;
                self.cron();
            }
            for _ in 0..self.scale.requests_a_tick {
                self.request();
            }
            for _ in 0..self.scale.evictions_a_tick {
                let evicted = self.somewhere();
                let mut isolates = self.isolates.borrow_mut();
                isolates[evicted] = Isolate::new(isolates[evicted].edge, &self.bindings.borrow());
            }
            self.world.clock.run_until(now + TICK);
        }
        // What is under way comes to its end.
        self.world.clock.run_until(begun + time + secs(60));
    }

    /// Some isolates have requests every few seconds, others none for hours, where they are not shared out evenly.
    fn somewhere(&self) -> usize {
        let all = self.isolates.borrow().len() as u64;
        let (a, b) = (self.world.below(all), self.world.below(all));
        let chosen = if self.scale.evenly { a } else { a * b / all };
        usize::try_from(chosen).unwrap()
    }

    pub fn cron(self: &Rc<Self>) {
        let runtime = self.runtime(self.world.below(self.isolates.borrow().len() as u64) as usize);
        self.world.clock.spawn(async move {
            runtime.isolate.service.scheduled(&runtime).await;
        });
    }

    fn request(self: &Rc<Self>) {
        let profile = ["plain", "windowed"][self.world.below(2) as usize];
        let asked = [None, Some(60), Some(LONGEST_SECS)][self.world.below(3) as usize];
        let life = asked
            .map(|secs| format!(r#","expiresIn":{secs}"#))
            .unwrap_or_default();
        let body = format!(r#"{{"profile":"{profile}","operation":"getObject","key":"k"{life}}}"#);
        let (simulation, runtime) = (Rc::clone(self), self.runtime(self.somewhere()));
        let within_tick = Duration::from_millis(self.world.below(TICK.as_millis() as u64));
        self.world.clock.spawn(async move {
            if simulation.scale.evenly {
                simulation.world.clock.sleep(within_tick).await;
            }
            let asked_at = simulation.world.clock.now();
            let response = runtime.isolate.service.handle(sign(&body), &runtime).await;
            simulation.check(&runtime.isolate, &body, asked, asked_at, &response);
        });
    }

    /// Checks an answer that `isolate` gave to `body`, asked at `asked_at` for a life of `asked`.
    fn check(
        &self,
        isolate: &Isolate,
        body: &str,
        asked: Option<u64>,
        asked_at: SystemTime,
        got: &Response<String>,
    ) {
        let now = self.world.clock.now();
        let mut report = self.report.borrow_mut();
        let waited = left_until(now, asked_at);
        report.longest_wait = report.longest_wait.max(waited);
        report.waits += usize::from(waited >= super::NO_CALL);
        if !got.status().is_success() {
            let status = got.status().as_u16();
            if status >= 500 {
                // Requests without a life of their own take what there is.
                let needed = now
                    + secs(asked.map_or(1, |asked| {
                        asked
                            + if body.contains("windowed") {
                                WINDOW_SECS
                            } else {
                                0
                            }
                    }));
                let held = isolate.held_until.get();
                assert!(
                    held.is_none_or(|until| until < needed),
                    "{status} although a session is fit"
                );
            }
            report.failures.push(Failure {
                at: now,
                status,
                sts_failed_at: self.world.sts_failed_at.get(),
            });
            return;
        }
        report.urls += 1;
        let answer = json(got);
        let url = answer["url"].as_str().unwrap();
        let expires_at = parse_rfc3339(answer["expiresAt"].as_str().unwrap()).unwrap();
        let part = |name: &str| {
            let value = url.split(&format!("{name}=")).nth(1).unwrap();
            value.split('&').next().unwrap().to_owned()
        };
        let session = part("X-Amz-Credential")
            .strip_prefix("ASIA")
            .and_then(|rest| rest.split_once("%2F")?.0.parse::<usize>().ok())
            .unwrap();
        let ends_at = self.world.sessions.borrow()[session - 1];
        assert!(ends_at >= expires_at, "the URL outlives its session: {url}");
        let lifetime = secs(part("X-Amz-Expires").parse().unwrap());
        let signed_at = expires_at - lifetime;
        assert_eq!(part("X-Amz-Date"), amz_date(signed_at), "expiresAt is true");
        assert!(signed_at <= now);
        match asked {
            Some(asked) => assert!(
                // A signature tells full seconds.
                expires_at >= floor_to(Duration::ZERO, asked_at) + secs(asked),
                "all that was asked for"
            ),
            None => assert!(expires_at > now),
        }
        let held = isolate.held_until.get();
        isolate.held_until.set(held.max(Some(ends_at)));
        report.used.insert(session);
        if body.contains("windowed") {
            let window = format!("{body} {}", part("X-Amz-Date"));
            let first = report
                .windows
                .entry(window)
                .or_insert((url.to_owned(), false));
            first.1 |= first.0 != url;
        }
    }

    pub fn calls_a_session(&self) -> f64 {
        f64::from(self.world.sts_calls.get()) / self.report.borrow().used.len() as f64
    }

    pub fn print(&self, what: &str) {
        let report = self.report.borrow();
        println!(
            "{what}: {} URLs, {} failures, {} sessions, {} calls to STS ({:.3} a session), {} reads and {} writes of KV, {} calls to objects, \
             longest wait {:?}, {} of {} windows with more than one URL",
            report.urls,
            report.failures.len(),
            report.used.len(),
            self.world.sts_calls.get(),
            self.calls_a_session(),
            self.world.reads.get(),
            self.world.writes.get(),
            self.world.object_calls(),
            report.longest_wait,
            report.differing_windows(),
            report.windows.len(),
        );
    }
}
