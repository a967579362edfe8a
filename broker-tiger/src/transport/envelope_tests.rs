use broker_core::{ErrorKind, UnconfirmedCause};
use proptest::prelude::*;

use super::{
    Data, Method,
    envelope::{Failure, Proving, read},
    http::Reply,
};
use crate::{
    signing::{AnswerKey, AnswerPolicy},
    vectors,
};

const STAMP: &str = "2025-08-13 10:30:00";

fn proving(policy: AnswerPolicy) -> Proving {
    let key = AnswerKey::from_text(vectors::SERVER_PUBLIC_KEY).unwrap();
    Proving { key, policy }
}

fn reply(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    let body = body.into();
    Reply { status, body }
}

fn told(status: u16, body: &str, method: Method) -> Result<Data, Failure> {
    read(
        &reply(status, body),
        method,
        &proving(AnswerPolicy::WhenPresent),
        STAMP,
    )
}

fn order(status: u16, body: &str) -> Result<Data, Failure> {
    told(status, body, Method::PLACE_ORDER)
}

#[track_caller]
fn is_unknown(told: Result<Data, Failure>) -> UnconfirmedCause {
    match told {
        Err(Failure::Unknown { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_refused(told: Result<Data, Failure>) -> (i64, ErrorKind) {
    match told {
        Err(Failure::Refused { code, error }) => (code, error.kind()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_recorded_answer_is_read_as_the_sdk_reads_it() {
    for vector in vectors::http() {
        let Some(members) = vector.members else {
            continue;
        };
        let method = Method::named(&members["method"]).unwrap();
        let told = told(vector.response.status, &vector.response.body, method);
        match vector.number {
            23 => assert_eq!(is_refused(told).0, 1200),
            // An order is there under the number, and it may be the one of this request.
            24 | 108 => assert_eq!(is_unknown(told), UnconfirmedCause::UnreadableAnswer),
            109 => assert_eq!(is_refused(told), (5, ErrorKind::RateLimited)),
            110 => assert_eq!(is_refused(told), (4, ErrorKind::RateLimited)),
            111 => assert_eq!(is_refused(told), (4, ErrorKind::PermissionDenied)),
            112 => assert_eq!(is_refused(told), (2400, ErrorKind::TokenExpired)),
            113 => assert_eq!(is_refused(told), (1000, ErrorKind::Authentication)),
            115 => {
                is_unknown(told);
            }
            _ => assert!(told.is_ok(), "{}: {told:?}", vector.name),
        }
    }
}

#[test]
fn data_come_as_an_object_and_as_a_text() {
    for data in [r#"{"id":1}"#, r#""{\"id\":1}""#] {
        let body = format!(r#"{{"code":0,"message":"success","data":{data}}}"#);
        assert_eq!(order(200, &body).unwrap().json(), r#"{"id":1}"#);
    }
    assert!(order(200, r#"{"code":0}"#).unwrap().is_null());
    assert!(order(200, r#"{"code":0,"data":null}"#).unwrap().is_null());
    assert!(order(200, r#"{"code":0,"data":""}"#).unwrap().is_null());
    assert_eq!(
        order(200, r#"{"code":0,"data":"plain words"}"#)
            .unwrap()
            .json(),
        "\"plain words\""
    );
    assert_eq!(
        order(200, r#"{"code":"0","data":[]}"#).unwrap().json(),
        "[]"
    );
}

#[test]
fn a_refusal_inside_the_data_of_an_order_is_a_refusal() {
    let inner = r#"{"code":0,"data":"{\"code\":\"1200\",\"message\":\"bad_request:no\"}"}"#;
    assert_eq!(is_refused(order(200, inner)), (1200, ErrorKind::Rejected));
    assert!(
        told(200, inner, Method::POSITIONS).is_ok(),
        "only order methods do that"
    );
    assert!(order(200, r#"{"code":0,"data":{"code":"0","id":1}}"#).is_ok());
    let trouble = r#"{"code":0,"data":{"code":"1","message":"server error"}}"#;
    is_unknown(order(200, trouble));
}

#[test]
fn an_order_is_known_to_have_failed_only_by_a_clear_no() {
    for (status, body) in [
        (500, r#"{"code":0,"data":{"id":1}}"#),
        (500, r#"{"code":1200,"message":"bad_request:no"}"#),
        (502, "<html>bad gateway</html>"),
        (200, "<html>welcome</html>"),
        (404, "<html>not found</html>"),
        (200, r#"{"code":0,"data":{"id":4100000"#),
        (200, ""),
        (200, "[]"),
        (200, r#"{"message":"no code"}"#),
        (200, r#"{"code":1,"message":"server error"}"#),
        (200, r#"{"code":2,"message":"network read time-out"}"#),
        (200, r#"{"code":424242,"message":"something new"}"#),
        (302, r#"{"code":0,"data":{"id":1}}"#),
    ] {
        is_unknown(order(status, body));
    }
    assert_eq!(
        is_unknown(order(200, r#"{"code":2}"#)),
        UnconfirmedCause::Timeout
    );
}

#[test]
fn too_many_requests_have_three_forms_and_never_had_an_effect() {
    assert_eq!(is_refused(order(429, "")).1, ErrorKind::RateLimited);
    assert_eq!(
        is_refused(order(429, r#"{"code":0}"#)).1,
        ErrorKind::RateLimited
    );
    assert_eq!(
        is_refused(order(200, r#"{"code":5,"message":"x"}"#)).1,
        ErrorKind::RateLimited
    );
    let words = r#"{"code":4,"message":"rate limit error(x)"}"#;
    assert_eq!(is_refused(order(200, words)).1, ErrorKind::RateLimited);
}

#[test]
fn an_unsigned_answer_is_believed_unless_signatures_are_required() {
    let unsigned = vectors::numbered(107).response.body;
    let strict = |status, body: &str| {
        read(
            &reply(status, body),
            Method::CANCEL_ORDER,
            &proving(AnswerPolicy::Required),
            STAMP,
        )
    };
    assert!(told(200, &unsigned, Method::CANCEL_ORDER).is_ok());
    is_unknown(strict(200, &unsigned));
    is_unknown(strict(200, r#"{"code":1200,"message":"bad_request"}"#));
    is_refused(strict(429, r#"{"code":5,"message":"rate limit error"}"#));
    assert!(strict(200, &vectors::numbered(26).response.body).is_ok());
}

#[test]
fn bytes_that_are_no_text_are_no_answer() {
    let told = read(
        &reply(200, [0xff, 0xfe, 0x00]),
        Method::POSITIONS,
        &proving(AnswerPolicy::WhenPresent),
        STAMP,
    );
    is_unknown(told);
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200), status in 100_u16..600) {
        let told = read(&reply(status, body), Method::PLACE_ORDER, &proving(AnswerPolicy::WhenPresent), STAMP);
        // A body of chance is never an order that is known to be placed or refused.
        let known_refusal = matches!(told, Err(Failure::Refused { .. }));
        prop_assert!(told.is_err());
        prop_assert_eq!(known_refusal, status == 429);
    }
}
