use core::time::Duration;

use broker_core::{ErrorKind, dec};
use prost::Message as _;

use super::{
    frame,
    heartbeat::Heartbeat,
    message::{Command, Connect, DataType, Payload, Request, Response, Subscribe},
    pushed::double,
    talk::not_taken,
    topic::Market,
};

/// The recorded frames: name, direction, bytes, and what they say.
fn all_frames() -> Vec<(String, String, Vec<u8>, serde_json::Value)> {
    #[derive(serde::Deserialize)]
    struct Frame {
        name: String,
        direction: String,
        frame_hex: String,
        decoded: serde_json::Value,
    }
    let frames: Vec<Frame> =
        serde_json::from_str(include_str!("../../tests/vectors/push_frames.json")).unwrap();
    let bytes = |hex: &str| {
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
            .collect()
    };
    frames
        .into_iter()
        .map(|frame| {
            (
                frame.name,
                frame.direction,
                bytes(&frame.frame_hex),
                frame.decoded,
            )
        })
        .collect()
}

/// The recorded frames: name and bytes.
pub(crate) fn frames() -> Vec<(String, Vec<u8>)> {
    let all = all_frames().into_iter();
    all.map(|(name, _, bytes, _)| (name, bytes)).collect()
}

/// The recorded frames of one direction: name, bytes, and what they say.
pub(super) fn frames_with_what_they_say(
    direction: &str,
) -> Vec<(String, Vec<u8>, serde_json::Value)> {
    let all = all_frames().into_iter();
    all.filter(|(_, is, _, _)| is == direction)
        .map(|(name, _, bytes, told)| (name, bytes, told))
        .collect()
}

fn named(name: &str) -> Vec<u8> {
    let all = frames();
    all.into_iter().find(|(is, _)| is == name).unwrap().1
}

pub(super) fn response(name: &str) -> Response {
    Response::decode(frame::first(&named(name)).unwrap().unwrap().0).unwrap()
}

/// Hands the recorded push of this name to somebody.
pub(crate) fn recorded(name: &str, take: impl FnOnce(Market<'_>)) {
    let response = response(name);
    let (_, _, market) = Market::of(response.body.as_ref().unwrap()).unwrap();
    take(market);
}

#[test]
fn a_subscription_is_the_recorded_one() {
    let theirs = named("subscribe_order");
    let theirs = Request::decode(frame::first(&theirs).unwrap().unwrap().0).unwrap();
    let ours = Request {
        command: Command::Subscribe.into(),
        id: theirs.id,
        subscribe: Some(Subscribe {
            data_type: DataType::OrderStatus.into(),
            account: Some("12345678".to_owned()),
            ..Subscribe::default()
        }),
        connect: None,
    };
    assert_eq!(frame::frame(&ours), named("subscribe_order"));
}

#[test]
fn the_greeting_is_the_recorded_one_with_another_name() {
    let theirs = named("connect");
    let theirs = Request::decode(frame::first(&theirs).unwrap().unwrap().0).unwrap();
    let connect: Connect = theirs.connect.unwrap();
    assert_eq!(connect.tiger_id, "20150001");
    assert_eq!(connect.accept_version.as_deref(), Some("3"));
    assert_eq!(connect.use_full_tick, Some(false));
}

#[test]
fn every_recorded_frame_is_a_frame_also_when_it_comes_in_pieces() {
    let mut all = Vec::new();
    let frames = frames();
    for (_, bytes) in &frames {
        all.extend_from_slice(bytes);
    }
    let mut buffer = Vec::new();
    let mut count = 0;
    for byte in all {
        buffer.push(byte);
        while let Some((_, taken)) = frame::first(&buffer).unwrap() {
            buffer.drain(..taken);
            count += 1;
        }
    }
    assert_eq!(count, frames.len());
    assert!(buffer.is_empty());
}

#[test]
fn a_frame_without_an_end_and_one_of_gigabytes_are_refused() {
    for bytes in [&[0xFF; 16][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1][..]] {
        let error = frame::first(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
    assert!(frame::first(&[0x83]).unwrap().is_none());
}

#[test]
fn a_pushed_position_is_exact_and_an_order_is_a_reason_to_look() {
    let position = response("push_position").body.unwrap();
    let Some(Payload::Position(position)) = position.payload else {
        panic!("no position");
    };
    assert!(!position.symbol.is_empty());
    for name in ["push_order_Submitted_filled4", "push_order_Filled_filled10"] {
        let order = response(name).body.unwrap();
        let Some(Payload::OrderStatus(order)) = order.payload else {
            panic!("no order");
        };
        assert!(order.id > 0);
        assert_eq!(order.account, "12345678");
    }
    // What is not read is passed over, not stumbled over.
    assert!(response("push_stock_top").body.unwrap().payload.is_none());
}

#[test]
fn the_farewell_of_a_displaced_connection_is_known_by_its_code() {
    let farewell = response("error_kickout_4001");
    assert_eq!(Command::try_from(farewell.command), Ok(Command::Error));
    assert_eq!(farewell.code, Some(4001));
}

#[test]
fn what_was_agreed_about_heartbeats_counts() {
    let seconds = Duration::from_secs;
    let agreed = Heartbeat::agreed(r#"{"version":"3","heart-beat":"2000,4000"}"#);
    assert_eq!(agreed.send, Some(seconds(2)));
    assert_eq!(agreed.hear, Some(seconds(6)));
    let none = Heartbeat::agreed(r#"{"version":"2","heart-beat":"0,0"}"#);
    assert_eq!((none.send, none.hear), (None, None));
    let unread = Heartbeat::agreed("hello");
    assert_eq!(unread.send, Some(seconds(10)));
    assert_eq!(unread.hear, Some(seconds(15)));
}

#[test]
fn a_subscription_that_was_not_taken_is_told_from_one_that_was() {
    let taken = response("subscribe_ack_112").msg.unwrap();
    for words in [
        &*taken,
        "",
        "ok",
        "{}",
        r#"{"success":"AAPL","fail":""}"#,
        "[1]",
    ] {
        assert_eq!(not_taken(words), None, "{words}");
    }
    for words in [
        r#"{"success":"","fail":"NOSUCH"}"#,
        r#"{"failed":["NOSUCH"]}"#,
    ] {
        let why = not_taken(words).unwrap();
        let error = crate::error::line_refusal(&why);
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string().matches("NOSUCH").count(), 1, "{error}");
    }
}

#[test]
fn doubles_are_what_they_mean() {
    assert_eq!(double(0.1).get(), Some(dec!(0.1)));
    assert_eq!(double(190.5).get(), Some(dec!(190.5)));
    assert_eq!(double(f64::NAN).get(), None);
    assert_eq!(double(f64::INFINITY).get(), None);
    assert_eq!(double(f64::MAX).get(), None);
}
