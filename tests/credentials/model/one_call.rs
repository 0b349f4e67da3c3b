//! A world with Durable Objects: one call to STS, as long as the object answers.

use std::rc::Rc;
use std::time::Duration;

use super::HOUR;
use super::simulation::{Scale, Simulation};
use super::world::{Faults, ObjectFault, StsFault};
use crate::support::secs;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// 600 isolates, each of which has a request in 10 s on average.
const BUSY: Scale = Scale {
    edges: 200,
    isolates_an_edge: 3,
    requests_a_tick: 600,
    evictions_a_tick: 0,
    evenly: true,
};

/// As long as this, and as a call to STS may take, requests may fail after STS is back.
const RECOVERY: Duration = secs(30);

fn with_objects(seed: u64) -> Rc<Simulation> {
    let simulation = Simulation::of(BUSY, seed);
    simulation.world.bind_objects();
    simulation
}

fn calm(simulation: &Rc<Simulation>, time: Duration) {
    simulation.run(time, true, |_| Faults::default());
}

/// Nobody's request has failed.
fn assert_served(simulation: &Simulation) {
    let report = simulation.report.borrow();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!(report.differing_windows(), 0);
}

fn sts_calls(simulation: &Simulation) -> u32 {
    simulation.world.sts_calls.get()
}

/// Most isolates get several requests in the first seconds.
const RUSH: Scale = Scale {
    requests_a_tick: 3000,
    ..BUSY
};

#[test]
fn a_first_deployment_costs_one_call_and_one_write_for_the_whole_world() {
    let without = Simulation::of(RUSH, 31);
    calm(&without, secs(60));
    without.print("first deployment");
    assert!(sts_calls(&without) > 500);
    assert!(without.world.writes.get() > 500);

    let simulation = Simulation::of(RUSH, 31);
    simulation.world.bind_objects();
    calm(&simulation, secs(60));
    simulation.print("first deployment with objects");
    assert_served(&simulation);
    assert_eq!(sts_calls(&simulation), 1);
    assert_eq!(simulation.world.writes.get(), 1);
    // One for each isolate, and some more by the first, which have to ask again.
    assert!(simulation.world.object_calls() <= 700);
}

#[test]
fn another_role_costs_one_call_although_the_object_is_restarted_meanwhile() {
    let simulation = with_objects(32);
    calm(&simulation, secs(300));
    simulation.deploy(&[("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/another")]);
    simulation.run(secs(10), true, |_| Faults::default());
    simulation.world.restart_objects();
    calm(&simulation, secs(300));
    simulation.print("another role with objects");
    assert_served(&simulation);
    assert_eq!(sts_calls(&simulation), 2);
    assert_eq!(simulation.world.writes.get(), 2);
}

// KV may show a restarted object nothing, but its storage does.
#[test]
fn an_object_that_restarts_every_few_seconds_calls_sts_once_all_the_same() {
    let simulation = with_objects(33);
    simulation.world.kv_loses.set(true);
    for _ in 0..20 {
        calm(&simulation, secs(10));
        simulation.world.restart_objects();
    }
    simulation.print("an object that restarts");
    assert_served(&simulation);
    assert_eq!(sts_calls(&simulation), 1);
}

#[test]
fn a_day_costs_a_call_for_each_session_with_the_cron_trigger_or_without() {
    for cron in [true, false] {
        let scale = Scale {
            requests_a_tick: 20,
            ..BUSY
        };
        let simulation = Simulation::of(scale, 34);
        simulation.world.bind_objects();
        simulation.run(24 * HOUR, cron, |_| Faults::default());
        simulation.print(&format!("a day with objects, cron: {cron}"));
        assert!(simulation.report.borrow().failures.is_empty());
        // Without it, an isolate that was idle for long may find in KV what is a minute old.
        let differing = simulation.report.borrow().differing_windows();
        assert!(differing <= if cron { 0 } else { 10 }, "{differing}");
        let (calls, sessions) = (
            sts_calls(&simulation),
            simulation.report.borrow().used.len(),
        );
        // The last session may not sign yet.
        assert!(
            (calls as usize) <= sessions + 1,
            "{calls} calls for {sessions} sessions"
        );
        assert!(calls <= 24 * 3600 / (3600 - 900 - 300 - 300) + 1);
        assert_eq!(simulation.world.writes.get(), calls);
        // docs/operations/load.md says some 60.
        let asked = simulation.world.object_calls();
        let most = if cron { 100 } else { 300 };
        assert!(asked <= most, "{asked} questions, cron: {cron}");
    }
}

/// STS fails for ten minutes after a first deployment, and is back then.
fn calls_of_an_outage(fault: StsFault) -> u32 {
    let simulation = with_objects(35);
    let (begun, down) = (simulation.world.clock.now(), secs(600));
    simulation.run(down + secs(120), true, |at| Faults {
        sts: (at < down).then_some(fault),
        ..Faults::default()
    });
    let calls = sts_calls(&simulation);
    simulation.print(&format!("{fault:?} with objects, {calls} calls"));
    let report = simulation.report.borrow();
    let last = report.failures.iter().map(|it| it.at).max().unwrap();
    assert!(
        last <= begun + down + RECOVERY,
        "{:?}",
        last.duration_since(begun + down)
    );
    assert_eq!(simulation.world.writes.get(), 1);
    assert_eq!(report.used.len(), 1);
    calls
}

#[test]
fn an_outage_of_sts_costs_the_calls_of_one_isolate() {
    // One every 13 to 27 s, after three at first.
    assert!(calls_of_an_outage(StsFault::Down) <= 60);
    assert!(calls_of_an_outage(StsFault::Hangs) <= 60);
    assert!(calls_of_an_outage(StsFault::Throttles) <= 60);
}

#[test]
fn a_slow_sts_is_called_once_and_nobody_mistakes_it_for_an_object_that_is_gone() {
    let simulation = with_objects(36);
    simulation.run(secs(60), true, |_| Faults {
        sts: Some(StsFault::Slow(2_900)),
        ..Faults::default()
    });
    simulation.print("a slow STS with objects");
    assert_served(&simulation);
    assert_eq!(sts_calls(&simulation), 1);
}

#[test]
fn an_sts_that_grants_less_than_it_is_asked_for_is_called_rarely() {
    let simulation = with_objects(37);
    simulation.run(HOUR / 2, true, |_| Faults {
        sts: Some(StsFault::Short(600)),
        ..Faults::default()
    });
    simulation.print("short grants with objects");
    let report = simulation.report.borrow();
    assert!(report.failures.iter().all(|it| it.status == 422));
    assert!(sts_calls(&simulation) <= 12, "{}", sts_calls(&simulation));
}

/// As without objects, each isolate calls STS at most once, and every request is served.
#[test]
fn without_an_object_that_answers_isolates_help_themselves() {
    for fault in [ObjectFault::Unreachable, ObjectFault::Hangs] {
        let simulation = with_objects(38);
        simulation.run(secs(300), true, |_| Faults {
            object: Some(fault),
            ..Faults::default()
        });
        simulation.print(&format!("{fault:?} objects"));
        let report = simulation.report.borrow();
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        assert!(sts_calls(&simulation) <= 600);
        // Patience with the object, and a call.
        assert!(report.longest_wait < secs(5), "{:?}", report.longest_wait);
    }
}

#[test]
fn after_an_object_was_gone_it_takes_over_again() {
    let scale = Scale {
        requests_a_tick: 200,
        ..BUSY
    };
    let simulation = Simulation::of(scale, 39);
    simulation.world.bind_objects();
    simulation.run(secs(300), true, |_| Faults {
        object: Some(ObjectFault::Unreachable),
        ..Faults::default()
    });
    let before = sts_calls(&simulation);
    calm(&simulation, 3 * HOUR);
    simulation.print("objects that are back");
    assert!(simulation.report.borrow().failures.is_empty());
    assert!(sts_calls(&simulation) <= before + 5);
}
