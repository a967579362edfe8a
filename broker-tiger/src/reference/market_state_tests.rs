use chrono::{DateTime, Utc};

use super::market_state::nearest;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn an_opening_without_a_year_is_the_nearest_one() {
    let cases = [
        (
            "08-13 09:30:00 EDT",
            "US",
            "2025-08-13T12:00:00Z",
            Some("2025-08-13T13:30:00Z"),
        ),
        // Daylight saving has ended since.
        (
            "11-03 09:30:00 EST",
            "US",
            "2025-11-02T12:00:00Z",
            Some("2025-11-03T14:30:00Z"),
        ),
        (
            "01-02 09:30:00 EST",
            "US",
            "2025-12-31T22:00:00Z",
            Some("2026-01-02T14:30:00Z"),
        ),
        (
            "12-31 09:30:00 EST",
            "US",
            "2026-01-01T02:00:00Z",
            Some("2025-12-31T14:30:00Z"),
        ),
        (
            "01-02 09:30:00 HKT",
            "HK",
            "2026-01-02T00:00:00Z",
            Some("2026-01-02T01:30:00Z"),
        ),
        ("soon", "US", "2026-01-02T00:00:00Z", None),
        ("02-30 09:30:00 EST", "US", "2026-01-02T00:00:00Z", None),
    ];
    for (text, market, now, expected) in cases {
        assert_eq!(
            nearest(text, market, at(now)),
            expected.map(at),
            "{text} at {now}"
        );
    }
}
