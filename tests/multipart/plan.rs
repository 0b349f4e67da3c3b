//! Plans: into which parts an object is cut.

use edge_presigner::multipart::{Plan, plan};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MIB: u64 = 1024 * 1024;

#[test]
fn a_plan_has_parts_of_a_size_that_suits() {
    for (size, part_size, parts) in [
        (0, 8 * MIB, 1),
        (1, 8 * MIB, 1),
        (8 * MIB, 8 * MIB, 1),
        (8 * MIB + 1, 8 * MIB, 2),
        (30_000_000, 8 * MIB, 4),
        (80_000 * MIB, 8 * MIB, 10_000),
        (80_000 * MIB + 1, 9 * MIB, 8889),
        (plan::MAX_OBJECT_BYTES, 5120 * MIB, 10_000),
    ] {
        let plan = Plan::with_default_parts(size).unwrap();
        assert_eq!(
            (plan.part_size_bytes(), plan.parts()),
            (part_size, parts),
            "{size}"
        );
    }
    assert_eq!(Plan::with_default_parts(plan::MAX_OBJECT_BYTES + 1), None);
    assert_eq!(Plan::with_default_parts(u64::MAX), None);
}

#[test]
fn a_plan_that_s3_would_not_take_is_none() {
    assert!(Plan::new(10 * MIB, 5 * MIB).is_some());
    assert!(Plan::new(50_000 * MIB, 5 * MIB).is_some());
    for (size, part_size) in [
        (10 * MIB, 5 * MIB - 1),
        (10 * MIB, 5120 * MIB + 1),
        (10 * MIB, 0),
        (50_000 * MIB + 1, 5 * MIB),
        (u64::MAX, 5120 * MIB),
    ] {
        assert_eq!(Plan::new(size, part_size), None, "{size} {part_size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn the_parts_of_a_plan_add_up_to_the_object(
        size in prop_oneof![0_u64..200 * MIB, 0_u64..=plan::MAX_OBJECT_BYTES],
        part_size in prop::option::of(plan::MIN_PART_BYTES..=plan::MAX_PART_BYTES),
    ) {
        let plan = match part_size {
            None => Plan::with_default_parts(size),
            Some(part_size) => Plan::new(size, part_size),
        };
        if let Some(plan) = plan {
            prop_assert!((1..=10_000).contains(&plan.parts()));
            let lengths: Vec<u64> = (1..=plan.parts()).map(|n| plan.length_bytes(n).unwrap()).collect();
            prop_assert_eq!(lengths.iter().sum::<u64>(), size);
            let (last, others) = lengths.split_last().unwrap();
            prop_assert!(others.iter().all(|length| *length == plan.part_size_bytes()));
            prop_assert!((1..=plan.part_size_bytes()).contains(last) || size == 0);
            prop_assert_eq!(plan.length_bytes(0), None);
            prop_assert_eq!(plan.length_bytes(plan.parts() + 1), None);
        } else {
            prop_assert!(part_size.is_some());
        }
    }
}
