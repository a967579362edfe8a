#![allow(clippy::unwrap_used, reason = "tests")]

use super::Call;

#[test]
fn what_is_signed_is_sorted_and_raw() {
    let body =
        br#"{"version": "2.0", "method": "m", "biz_content": "{\"a\":\"\u6d4b&=\"}", "sign": "x"}"#;
    let call = Call::read(body).unwrap();
    assert_eq!(
        call.signed_text(),
        "biz_content={\"a\":\"测&=\"}&method=m&version=2.0"
    );
}

#[test]
fn parameters_may_be_missing_an_object_or_an_array() {
    let read = |body: &[u8]| Call::read(body).unwrap().parameters();
    assert!(read(b"{}").unwrap().is_object());
    assert!(read(br#"{"biz_content":"{}"}"#).unwrap().is_object());
    assert!(read(br#"{"biz_content":"[]"}"#).unwrap().is_array());
    assert!(read(br#"{"biz_content":"{"}"#).is_err());
}

#[test]
fn a_body_that_is_no_object_is_a_common_error() {
    for body in ["", "[]", "{", "null", "\u{0}"] {
        assert_eq!(
            Call::read(body.as_bytes()).unwrap_err().code,
            1000,
            "{body}"
        );
    }
}
