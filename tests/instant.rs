//! Instants as text, against what `date -u` prints.

use std::time::{Duration, UNIX_EPOCH};

use crate::support::secs;
use edge_presigner::instant::{amz_date, floor_to, parse_http_date, parse_rfc3339, rfc3339};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn instants_are_written_as_aws_and_rfc_3339_want_them() {
    for (unix_secs, amz, rfc) in [
        (0, "19700101T000000Z", "1970-01-01T00:00:00Z"),
        (1_369_353_600, "20130524T000000Z", "2013-05-24T00:00:00Z"),
        (1_709_251_199, "20240229T235959Z", "2024-02-29T23:59:59Z"),
        (4_102_444_799, "20991231T235959Z", "2099-12-31T23:59:59Z"),
    ] {
        let instant = UNIX_EPOCH + secs(unix_secs);
        assert_eq!(
            (amz_date(instant).as_str(), rfc3339(instant).as_str()),
            (amz, rfc)
        );
        assert_eq!(parse_rfc3339(rfc), Some(instant));
    }
}

#[test]
fn every_form_of_rfc_3339_is_read() {
    let noon = UNIX_EPOCH + secs(1_772_366_400);
    for text in [
        "2026-03-01T12:00:00Z",
        "2026-03-01t12:00:00z",
        "2026-03-01 12:00:00Z",
        " 2026-03-01T12:00:00Z\n",
        "2026-03-01T12:00:00.999999999Z",
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:00:00-00:00",
        "2026-03-01T13:30:00.5+01:30",
        "2026-02-28T23:00:00-13:00",
    ] {
        assert_eq!(parse_rfc3339(text), Some(noon), "{text}");
    }
    let leap = parse_rfc3339("2016-12-31T23:59:60Z");
    assert_eq!(leap, Some(UNIX_EPOCH + secs(1_483_228_799)));
}

#[test]
fn anything_else_is_no_instant() {
    for text in [
        "",
        "tomorrow",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01T12:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-3-1T12:00:00Z",
        "+026-03-01T12:00:00Z",
        "2026-03-01T12:00:00+1:00",
        "2026-03-01T12:00:00+01:60",
        "2026-03-01T12:00:00 Z",
        "2026-03-01T12:00:00Zulu",
        "2026-03-01T12:00:é0Z",
        "1969-12-31T23:59:59Z",
        "1772366400",
    ] {
        assert_eq!(parse_rfc3339(text), None, "{text}");
    }
}

/// The example of <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>, and what `date -u` says it is.
#[test]
fn the_date_of_a_response_is_read_in_its_one_form() {
    let date = UNIX_EPOCH + secs(784_111_777);
    assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(date));
    let new_year = UNIX_EPOCH + secs(1_767_225_600);
    assert_eq!(
        parse_http_date("Thu, 01 Jan 2026 00:00:00 GMT"),
        Some(new_year)
    );
    for text in [
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 1 GMT",
        "1994-11-06T08:49:37Z",
    ] {
        assert_eq!(parse_http_date(text), None, "{text}");
    }
}

#[test]
fn signing_times_lose_their_fraction() {
    let instant = UNIX_EPOCH + secs(7);
    assert_eq!(
        floor_to(Duration::ZERO, instant + Duration::from_millis(999)),
        instant
    );
}
