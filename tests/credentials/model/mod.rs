//! Sessions over days: hundreds of edges, a KV that is up to a minute late, an STS with bad days. What
//! must hold for every URL is checked for every URL, in simulation.rs.

mod executor;
mod limits;
mod objects;
mod one_call;
mod simulation;
mod stampedes;
mod world;

use std::time::Duration;

use self::simulation::Simulation;
use self::world::{Faults, StsFault};
use crate::support::secs;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OUTAGES: [StsFault; 4] = [
    StsFault::Down,
    StsFault::Throttles,
    StsFault::Hangs,
    StsFault::Garbage,
];

const HOUR: Duration = secs(3600);
const DAY: Duration = secs(24 * 3600);

/// No call to STS is as quick as this, and no look into KV as slow.
const NO_CALL: Duration = Duration::from_millis(200);

#[test]
fn in_calm_sts_is_called_once_a_session_nobody_waits_for_it_and_every_edge_gives_the_same_url() {
    let simulation = Simulation::new(1).deployed();
    simulation.run(3 * DAY, true, |_| Faults::default());
    simulation.print("calm");
    let report = simulation.report.borrow();
    assert!(report.urls > 90_000);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(report.differing_windows(), 0);
    assert!(report.longest_wait < NO_CALL);
    assert!(report.used.len() > 100);
    assert!(simulation.calls_a_session() <= 1.05);
    assert_eq!(simulation.world.hasty_writes.get(), 0);
}

#[test]
fn an_outage_of_sts_that_is_shorter_than_the_margin_is_seen_by_nobody() {
    let simulation = Simulation::new(2).deployed();
    simulation.run(2 * DAY, true, |at| {
        let (n, into) = (at.as_secs() / 1200, at.as_secs() % 1200);
        Faults {
            sts: (n > 0 && into < 170).then(|| OUTAGES[n as usize % OUTAGES.len()]),
            ..Faults::default()
        }
    });
    simulation.print("short outages");
    let report = simulation.report.borrow();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert!(report.longest_wait < NO_CALL);
}

#[test]
fn on_bad_days_no_url_is_untrue_and_requests_fail_only_for_want_of_a_session() {
    let simulation = Simulation::new(3).deployed();
    simulation.run(2 * DAY, true, |at| {
        let (hour, into) = (at.as_secs() / 3600, at.as_secs() % 3600);
        let kind = OUTAGES[hour as usize % OUTAGES.len()];
        Faults {
            // From minutes to four hours.
            sts: match hour % 12 {
                1 => (into < 600).then_some(kind),
                3 => (into < 1800).then_some(kind),
                5..=8 => Some(kind),
                10 => Some(StsFault::Short(900)),
                _ => None,
            },
            kv_reads_fail: hour % 5 == 1 && into < 1200,
            kv_reads_garbage: hour % 7 == 2 && into < 600,
            kv_writes_fail: hour % 5 == 3 && into > 1800,
            ..Faults::default()
        }
    });
    simulation.print("bad days");
    let report = simulation.report.borrow();
    for failure in &report.failures {
        let just_now = failure
            .sts_failed_at
            .is_some_and(|at| failure.at < at + secs(60));
        match failure.status {
            502 | 503 => assert!(just_now, "{failure:?}: STS works"),
            // Sessions of 900 s serve for a quarter of their life before the next.
            422 => assert!(
                failure
                    .sts_failed_at
                    .is_some_and(|at| failure.at < at + secs(900)),
                "{failure:?}"
            ),
            status => panic!("{status}"),
        }
    }
    assert!(report.urls > 45_000);
    let failures = u32::try_from(report.failures.len()).unwrap();
    assert!(
        simulation.world.sts_calls.get() < 4 * failures,
        "three for each request in vain"
    );
    assert_eq!(simulation.world.hasty_writes.get(), 0);
}

#[test]
fn without_the_cron_trigger_few_of_many_isolates_renew_and_hardly_anybody_waits() {
    let simulation = Simulation::new(4).deployed();
    simulation.run(DAY, false, |_| Faults::default());
    simulation.print("no cron");
    let report = simulation.report.borrow();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    // An isolate that was idle for long may find in KV what is a minute old.
    assert!(report.waits <= 2, "{} of {}", report.waits, report.urls);
    // Sessions of competing isolates sign too, so it is the time that says how many were needed.
    let needed = DAY.as_secs() / (3600 - 900 - 300 - 300);
    let calls = u64::from(simulation.world.sts_calls.get());
    assert!(2 * calls < 5 * needed, "{calls} calls, {needed} sessions");
}

#[test]
fn a_cold_start_of_the_world_costs_a_call_for_each_isolate_at_most_and_settles_in_minutes() {
    let simulation = Simulation::new(5);
    simulation.run(secs(300), true, |_| Faults::default());
    simulation.print("cold start");
    let calls = simulation.world.sts_calls.get();
    simulation.report.take();
    simulation.run(HOUR / 2, true, |_| Faults::default());
    simulation.print("after it");
    let report = simulation.report.borrow();
    assert_eq!(report.differing_windows(), 0);
    assert!(simulation.world.sts_calls.get() <= calls + 2);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
}
