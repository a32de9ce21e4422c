//! The policy's numbers: what they are by default, and which are refused.

use evertoken::{Code, Machine, Policy, trace::Alias};
use serde_json::{Map, Value, json};

const TEN_YEARS: u64 = 315_360_000_000;

/// Name, default, least, most: numbers that applications rely on.
const FIELDS: [(&str, u64, u64, u64); 50] = [
    ("window_divisor", 4, 2, 1_000_000),
    ("window_max_ms", 3_600_000, 0, TEN_YEARS),
    ("window_spread_divisor", 5, 1, 1_000_000),
    ("leeway_max_ms", 60_000, 0, TEN_YEARS),
    ("leeway_divisor", 10, 1, 1_000_000),
    ("leeway_window_percent", 80, 0, 100),
    ("hard_wait_max_ms", 2_000, 0, TEN_YEARS),
    ("hard_wait_divisor", 4, 1, 1_000_000),
    ("min_valid_divisor", 2, 2, 1_000_000),
    ("min_valid_wait_divisor", 40, 1, 1_000_000),
    ("refresh_pause_ms", 5_000, 1, TEN_YEARS),
    ("refresh_pause_divisor", 16, 1, 1_000_000),
    ("refresh_pause_life_divisor", 16, 1, 1_000_000),
    ("refresh_pause_cap_divisor", 4, 1, 1_000_000),
    ("refresh_pause_floor_ms", 250, 1, TEN_YEARS),
    ("last_try_ms", 250, 0, TEN_YEARS),
    ("fetch_attempts", 3, 1, 100),
    ("fetch_budget_ms", 14_000, 1, TEN_YEARS),
    ("fetch_delay_ms", 500, 0, TEN_YEARS),
    ("fetch_pause_ms", 2_000, 1, TEN_YEARS),
    ("fetch_pause_cap_ms", 15_000, 1, TEN_YEARS),
    ("terminal_pause_ms", 5_000, 1, TEN_YEARS),
    ("terminal_pause_cap_ms", 300_000, 1, TEN_YEARS),
    ("retry_after_cap_ms", 3_600_000, 1, TEN_YEARS),
    ("paused_wait_margin_ms", 1_000, 0, TEN_YEARS),
    ("abandoned_pause_ms", 250, 1, TEN_YEARS),
    ("abandoned_pause_cap_ms", 5_000, 1, TEN_YEARS),
    ("retry_min_ms", 1_000, 0, TEN_YEARS),
    ("invalidate_min_ms", 1_000, 0, TEN_YEARS),
    ("attempt_deadline_ms", 10_000, 1, TEN_YEARS),
    ("attempt_abort_ms", 30_000, 1, TEN_YEARS),
    ("patience_ms", 15_000, 0, TEN_YEARS),
    ("body_limit_bytes", 1_048_576, 1, 1_073_741_824),
    ("grace_max_ms", 10_000, 0, TEN_YEARS),
    ("grace_divisor", 10, 1, 1_000_000),
    ("grace_delay_max_ms", 1_000, 0, TEN_YEARS),
    ("grace_delay_divisor", 10, 1, 1_000_000),
    ("rejected_pause_ms", 15_000, 1, TEN_YEARS),
    ("hold_ms", 60_000, 1, TEN_YEARS),
    ("hold_cap_ms", 300_000, 1, TEN_YEARS),
    ("hold_cap_divisor", 4, 1, 1_000_000),
    ("withhold_floor_ms", 250, 1, TEN_YEARS),
    ("rejected_memory", 8, 1, 1_000),
    ("same_token_divisor", 2, 1, 1_000_000),
    ("same_token_floor_ms", 1_000, 1, TEN_YEARS),
    ("same_token_floor_divisor", 4, 1, 1_000_000),
    ("single_use_interval_ms", 1_000, 1, TEN_YEARS),
    ("default_lifetime_ms", 300_000, 1, TEN_YEARS),
    ("lifetime_max_ms", 31_536_000_000, 1, TEN_YEARS),
    ("wake_max_ms", 3_600_000, 1_000, 2_147_483_647),
];

/// The first may not be more than the second.
const PAIRS: [(&str, &str); 6] = [
    ("attempt_deadline_ms", "attempt_abort_ms"),
    ("fetch_pause_ms", "fetch_pause_cap_ms"),
    ("terminal_pause_ms", "terminal_pause_cap_ms"),
    ("abandoned_pause_ms", "abandoned_pause_cap_ms"),
    ("default_lifetime_ms", "lifetime_max_ms"),
    ("fetch_delay_ms", "fetch_budget_ms"),
];

fn defaults() -> Map<String, Value> {
    serde_json::to_value(Policy::default()).unwrap().as_object().unwrap().clone()
}

fn with(changes: &[(&str, u64)]) -> Policy {
    let changes: Map<_, _> = changes.iter().map(|(name, value)| ((*name).to_string(), json!(value))).collect();
    serde_json::from_value(Value::Object(changes)).unwrap()
}

/// Changes one field, and with it the other of its pair so that only this field can be at fault.
fn alone(name: &str, value: u64) -> Policy {
    let mut changes = vec![(name, value)];
    for (less, more) in PAIRS {
        if name == less {
            changes.push((more, value.clamp(1, TEN_YEARS)));
        }
        if name == more {
            changes.push((less, value.clamp(1, TEN_YEARS)));
        }
    }
    with(&changes)
}

#[test]
fn the_defaults_are_the_documented_numbers() {
    let mut found = defaults();
    // Its boundaries are shown beside the clocks.
    found.remove("clock_step_ms");
    let expected: Map<_, _> = FIELDS.iter().map(|(name, default, ..)| ((*name).to_string(), json!(default))).collect();
    assert_eq!(found, expected);
    assert_eq!(Policy::default().clock_step_ms, 30_000);
    assert_eq!(Policy::default().validate(), Ok(()));
}

#[test]
fn each_number_is_refused_just_outside_of_its_range_and_named() {
    for (name, _, least, most) in FIELDS {
        for value in [least, least + 1, most - 1, most] {
            assert_eq!(alone(name, value).validate(), Ok(()), "{name} = {value}");
        }
        for value in [least.checked_sub(1), Some(most + 1), (most > 1_000).then_some(u64::from(u32::MAX) * 1_000)] {
            let Some(value) = value.filter(|value| !(least..=most).contains(value)) else { continue };
            let error = alone(name, value).validate().unwrap_err();
            assert_eq!(error.code, Code::InvalidOption);
            let description = error.description().unwrap();
            assert!(description.starts_with(&format!("policy.{name}: {value} is not between {least} and {most}")), "{description}");
        }
    }
}

#[test]
fn numbers_that_contradict_each_other_are_refused_and_both_are_named() {
    for (less, more) in PAIRS {
        let limit = defaults()[more].as_u64().unwrap();
        assert_eq!(with(&[(less, limit)]).validate(), Ok(()), "{less}");
        let error = with(&[(less, limit + 1)]).validate().unwrap_err();
        assert_eq!(error.code, Code::InvalidOption);
        assert_eq!(error.description().unwrap(), format!("policy.{less}: {} is more than {more} ({limit})", limit + 1));
    }
}

#[test]
fn a_machine_is_not_made_with_numbers_that_are_refused() {
    let refused = Machine::<Alias>::new(Policy { window_divisor: 0, ..Policy::default() }).unwrap_err();
    assert_eq!(refused.code, Code::InvalidOption);
}

#[test]
fn a_policy_is_read_from_the_numbers_that_differ_and_unknown_ones_are_refused() {
    let read: Policy = serde_json::from_value(json!({ "patience_ms": 5_000 })).unwrap();
    assert_eq!(read, Policy { patience_ms: 5_000, ..Policy::default() });
    assert!(serde_json::from_value::<Policy>(json!({ "patience": 5_000 })).is_err());
    assert!(serde_json::from_value::<Policy>(json!({ "patience_ms": -1 })).is_err());
}
