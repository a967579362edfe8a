use broker_core::{ErrorKind, Retry};

use super::error::{Meaning, from_code, kind, line_refusal, meaning, stated_limit};

const RATE: &str =
    "rate limit error(current limiting interface:active_orders, up to 120 times per minute)";

#[test]
fn the_table_of_codes() {
    let table = [
        (5, RATE, Meaning::RateLimited, ErrorKind::RateLimited),
        (4, RATE, Meaning::RateLimited, ErrorKind::RateLimited),
        (
            4,
            "4000:permission denied(no US quote)",
            Meaning::Permission,
            ErrorKind::PermissionDenied,
        ),
        (
            4,
            "access forbidden(ip)",
            Meaning::Forbidden,
            ErrorKind::PermissionDenied,
        ),
        (
            1,
            "server error",
            Meaning::ServerTrouble,
            ErrorKind::Rejected,
        ),
        (
            2,
            "network read time-out",
            Meaning::ServerTrouble,
            ErrorKind::Timeout,
        ),
        (
            3,
            "client exception",
            Meaning::ServerTrouble,
            ErrorKind::Rejected,
        ),
        (
            1000,
            "common param error(signature verification failed)",
            Meaning::Unrecognised,
            ErrorKind::Authentication,
        ),
        (
            1000,
            "common param error(developer information error)",
            Meaning::Unrecognised,
            ErrorKind::Authentication,
        ),
        (
            1000,
            "common param error(time parse error)",
            Meaning::BadRequest,
            ErrorKind::InvalidRequest,
        ),
        (
            1010,
            "biz param error(symbol)",
            Meaning::BadRequest,
            ErrorKind::InvalidRequest,
        ),
        (
            1100,
            "TRADE DUPLICATE ORDER ID",
            Meaning::DuplicateOrder,
            ErrorKind::Duplicate,
        ),
        (
            1100,
            "TRADE ORDER NOT ALLOWED",
            Meaning::OrderRefused,
            ErrorKind::Rejected,
        ),
        (
            1200,
            "bad_request:insufficient buying power",
            Meaning::OrderRefused,
            ErrorKind::InsufficientFunds,
        ),
        (
            1300,
            "bad_request:market is closed",
            Meaning::OrderRefused,
            ErrorKind::MarketClosed,
        ),
        (
            2100,
            "stock quote error",
            Meaning::Data,
            ErrorKind::Rejected,
        ),
        (
            2400,
            "user token expired invalid",
            Meaning::Token,
            ErrorKind::TokenExpired,
        ),
        (
            3002,
            "symbol limit",
            Meaning::Subscription,
            ErrorKind::Rejected,
        ),
        (
            4000,
            "permission denied",
            Meaning::Permission,
            ErrorKind::PermissionDenied,
        ),
        (
            4001,
            "kicked out by a new connection",
            Meaning::KickedOut,
            ErrorKind::SessionConflict,
        ),
        (77, "something new", Meaning::Other, ErrorKind::Rejected),
    ];
    for (code, text, expected, expected_kind) in table {
        assert_eq!(meaning(code, text), expected, "{code} {text}");
        assert_eq!(kind(code, text), expected_kind, "{code} {text}");
    }
}

#[test]
fn only_a_clear_no_proves_that_nothing_happened() {
    for code in [1, 2, 3, 77, -1, 500, 40013] {
        assert!(!meaning(code, "words").proves_no_effect(), "{code}");
    }
    // There is an order under the number, and it may be this one.
    assert!(!meaning(1100, "TRADE DUPLICATE ORDER ID").proves_no_effect());
    for code in [4, 5, 1000, 1010, 1100, 1200, 1300, 2400, 4000] {
        assert!(meaning(code, "words").proves_no_effect(), "{code}");
    }
}

#[test]
fn code_and_words_arrive_verbatim() {
    let error = from_code(1200, "bad_request:The market is closed");
    assert_eq!(error.broker_code(), Some("1200"));
    assert_eq!(
        &*error.broker().unwrap().text,
        "bad_request:The market is closed"
    );
    assert_eq!(error.retry(), Retry::Never);
    for error in [error, line_refusal("The market is closed")] {
        let said = error.to_string();
        assert_eq!(said.matches("market is closed").count(), 1, "{said}");
    }
    assert!(matches!(from_code(5, RATE).retry(), Retry::Safe { .. }));
}

#[test]
fn the_limit_is_read_from_the_words() {
    assert_eq!(stated_limit(RATE), Some(120));
    assert_eq!(stated_limit("rate limit error"), None);
}
