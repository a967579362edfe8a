use broker_core::{ErrorKind, Retry};

use super::error::{Meaning, from_ibapi, meaning, refusal, refusal_kind};

fn notice(code: i32, message: &str) -> ibapi::Error {
    ibapi::Error::Notice(ibapi::Notice {
        request_id: Some(1),
        code,
        message: message.to_owned(),
        error_time: None,
        advanced_order_reject_json: String::new(),
    })
}

#[test]
fn every_code_of_the_table_has_its_meaning() {
    let table: &[(i32, &str, Meaning)] = &[
        (
            0,
            "approaching max rate of 50 messages per second",
            Meaning::Notice,
        ),
        (2137, "larger than the position", Meaning::Notice),
        (
            2109,
            "outside regular trading hours ignored",
            Meaning::Notice,
        ),
        (
            165,
            "HMDS server connection was successful",
            Meaning::Notice,
        ),
        (
            399,
            "Order Message:\nWarning: held until 09:30",
            Meaning::Notice,
        ),
        (
            10_349,
            "Order TIF was set to DAY based on order preset",
            Meaning::Notice,
        ),
        (
            317,
            "Market depth data has been RESET",
            Meaning::DataAdvisory,
        ),
        (
            10_167,
            "Displaying delayed market data",
            Meaning::DataAdvisory,
        ),
        (
            10_090,
            "Part of requested market data is not subscribed",
            Meaning::DataAdvisory,
        ),
        (1100, "", Meaning::LinkLost),
        (2110, "", Meaning::LinkLost),
        (1101, "", Meaning::LinkBackWithoutData),
        (1102, "", Meaning::LinkBack),
        (1300, "", Meaning::PortChanged),
        (2103, "", Meaning::FarmBroken),
        (2105, "", Meaning::FarmBroken),
        (2157, "", Meaning::FarmBroken),
        (2104, "", Meaning::FarmOk),
        (2107, "", Meaning::FarmIdle),
        (2108, "", Meaning::FarmIdle),
        (354, "", Meaning::DataPermission),
        (10_168, "", Meaning::DataPermission),
        (10_189, "", Meaning::DataPermission),
        (10_197, "", Meaning::CompetingSession),
        (
            200,
            "No security definition has been found",
            Meaning::UnknownInstrument,
        ),
        (320, "", Meaning::Invalid),
        (
            321,
            "Error validating request: wrong account",
            Meaning::Invalid,
        ),
        (
            321,
            "The API interface is currently in Read-Only mode.",
            Meaning::ReadOnly,
        ),
        (
            162,
            "Historical Market Data Service error message:HMDS query returned no data",
            Meaning::NoData,
        ),
        (
            162,
            "Historical data request pacing violation",
            Meaning::Pacing,
        ),
        (
            162,
            "No market data permissions for NYSE STK",
            Meaning::DataPermission,
        ),
        (165, "no items retrieved", Meaning::NoData),
        (300, "", Meaning::AlreadyGone),
        (366, "", Meaning::AlreadyGone),
        (
            100,
            "Max rate of messages per second has been exceeded",
            Meaning::Pacing,
        ),
        (101, "", Meaning::Pacing),
        (309, "", Meaning::Pacing),
        (420, "", Meaning::Pacing),
        (10_190, "", Meaning::Pacing),
        (
            322,
            "Maximum number of account summary requests exceeded",
            Meaning::Pacing,
        ),
        (103, "Duplicate order id", Meaning::DuplicateId),
        (201, "Order rejected - reason: no", Meaning::OrderRefused),
        (203, "", Meaning::OrderRefused),
        (
            110,
            "price does not conform to the minimum price variation",
            Meaning::OrderRefused,
        ),
        (105, "", Meaning::OrderRefused),
        (
            104,
            "Cannot modify a filled order",
            Meaning::TooLateToChange,
        ),
        (10_052, "invalid", Meaning::OrderRefused),
        (
            404,
            "Order held while securities are located",
            Meaning::Held,
        ),
        (202, "Order Canceled - reason:", Meaning::CancelAcknowledged),
        (
            202,
            "Order rejected - reason: margin",
            Meaning::OrderRefused,
        ),
        (135, "Can't find order", Meaning::CancelUnknown),
        (
            10_147,
            "OrderId 7 that needs to be cancelled is not found.",
            Meaning::CancelUnknown,
        ),
        (10_147, "Refused: limit price", Meaning::OrderRefused),
        (136, "", Meaning::CancelTooLate),
        (161, "", Meaning::CancelTooLate),
        (
            10_148,
            "OrderId 7 cannot be cancelled, state: Filled.",
            Meaning::CancelTooLate,
        ),
        (326, "", Meaning::ClientIdInUse),
        (10_182, "", Meaning::SubscriptionLost),
        (10_225, "", Meaning::TradeBusted),
        (9_999_999, "new", Meaning::Other),
    ];
    for (code, text, expected) in table {
        assert_eq!(meaning(*code, text), *expected, "{code} {text:?}");
    }
}

#[test]
fn a_refused_order_says_in_which_way() {
    let table: &[(i32, &str, ErrorKind)] = &[
        (201, "Order rejected - reason: drill", ErrorKind::Rejected),
        (
            201,
            "YOUR ORDER IS NOT ACCEPTED. AVAILABLE FUNDS are insufficient",
            ErrorKind::InsufficientFunds,
        ),
        (201, "the exchange is closed", ErrorKind::MarketClosed),
        (201, "No trading permissions", ErrorKind::PermissionDenied),
        (110, "minimum price variation", ErrorKind::InvalidRequest),
        (100, "Max rate", ErrorKind::RateLimited),
        (103, "Duplicate order id", ErrorKind::Duplicate),
        (104, "filled", ErrorKind::TooLate),
        (10_148, "state: Filled", ErrorKind::TooLate),
        (10_147, "is not found", ErrorKind::NotFound),
        (321, "Read-Only mode", ErrorKind::PermissionDenied),
    ];
    for (code, text, kind) in table {
        assert_eq!(refusal_kind(*code, text), *kind, "{code} {text:?}");
    }
}

#[test]
fn the_brokers_words_arrive_verbatim() {
    let error = refusal("submit", 201, "Order rejected - reason: <drill> 100%");
    assert_eq!(error.broker_code(), Some("201"));
    assert_eq!(
        error.broker().map(|told| &*told.text),
        Some("Order rejected - reason: <drill> 100%")
    );
    assert_eq!(error.operation(), "submit");
}

#[test]
fn an_answer_with_a_code_becomes_a_typed_error() {
    assert_eq!(
        from_ibapi("contract", &notice(200, "no")).kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        from_ibapi("quotes", &notice(10_197, "")).kind(),
        ErrorKind::SessionConflict
    );
    let limited = from_ibapi("bars", &notice(162, "pacing violation"));
    assert_eq!(limited.kind(), ErrorKind::RateLimited);
    assert!(matches!(limited.retry(), Retry::Safe { after } if !after.is_zero()));
}

#[test]
fn a_lost_connection_is_told_from_an_unreadable_answer() {
    assert_eq!(
        from_ibapi("ask", &ibapi::Error::ConnectionReset).kind(),
        ErrorKind::Disconnected
    );
    assert_eq!(
        from_ibapi("ask", &ibapi::Error::Timeout).kind(),
        ErrorKind::Timeout
    );
    let parse = ibapi::Error::Parse(0, "x".into(), "y".into());
    assert_eq!(from_ibapi("ask", &parse).kind(), ErrorKind::Protocol);
}
