use std::{error::Error as _, time::Duration};

use crate::{
    Error, ErrorKind, Retry,
    model::{BrokerText, Price, ValueError},
    test_support::apple,
};

fn full() -> Error {
    let cause = "x".parse::<Price>().unwrap_err();
    Error::new(ErrorKind::Ambiguous, "2 instruments fit")
        .in_operation("resolve")
        .at_field("instrument")
        .with_broker(BrokerText::new("200", "no security definition"))
        .with_candidates(vec![apple(), apple()])
        .with_retry(Retry::Safe {
            after: Duration::from_millis(1_500),
        })
        .with_source(cause)
}

#[test]
fn an_error_is_one_line_for_logs() {
    assert_eq!(
        full().to_string(),
        "resolve: ambiguous at instrument: 2 instruments fit \
         (broker: [200] no security definition); candidates: AAPL.XNAS, AAPL.XNAS"
    );
    assert_eq!(Error::unsupported("no").to_string(), "unsupported: no");
}

#[test]
fn an_error_is_a_block_for_people() {
    let expected = r#"ambiguous error: 2 instruments fit
  operation  resolve
  field      instrument
  broker     [200] no security definition
  candidate  AAPL.XNAS
  candidate  AAPL.XNAS
  retry      after 1.5s
  source     "x" is not a valid Price: expected a decimal number such as 187.50, at most 28 digits
"#;
    assert_eq!(format!("{:?}", full()), expected);
    assert_eq!(
        format!("{:?}", Error::unsupported("no")),
        "unsupported error: no\n"
    );
}

#[test]
fn an_error_says_what_it_knows() {
    let error = full();
    assert_eq!(
        (error.broker_code(), error.operation()),
        (Some("200"), "resolve")
    );
    assert_eq!(error.candidates().len(), 2);
    assert!(
        error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<ValueError>)
    );
    assert_eq!(
        error.clone().in_operation("submit").operation(),
        "resolve",
        "the first is kept"
    );
}

#[test]
fn only_trouble_that_passes_may_be_tried_again() {
    for kind in ErrorKind::ALL {
        let error = Error::new(*kind, "x");
        let passes = matches!(
            kind,
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Disconnected
        );
        assert_eq!(error.retry() != Retry::Never, passes, "{kind}");
        let connection = matches!(
            kind,
            ErrorKind::Timeout | ErrorKind::Disconnected | ErrorKind::Io
        );
        assert_eq!(error.is_connection(), connection, "{kind}");
    }
}

#[test]
fn a_value_error_becomes_an_invalid_request() {
    let error = Error::from("x".parse::<Price>().unwrap_err());
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidRequest, Some("Price"))
    );
}
