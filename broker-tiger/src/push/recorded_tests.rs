//! Every recorded frame, in both directions.

use prost::Message as _;

use super::{
    frame,
    message::{Command, Request, Response},
    push_tests::frames_with_what_they_say,
};

/// Frames of the vendor's clients that this library never sends: it has no OAuth2.
const NEVER_SENT: [&str; 2] = ["connect_oauth2", "refresh_token_oauth2"];
/// Lists of the most traded, for which core has no word: they are passed over.
const PASSED_OVER: [&str; 2] = ["push_stock_top", "push_option_top"];

#[test]
fn every_recorded_frame_of_the_server_is_read() {
    let mut count = 0;
    for (name, bytes, told) in frames_with_what_they_say("server->client") {
        let (whole, taken) = frame::first(&bytes).unwrap().unwrap();
        assert_eq!(taken, bytes.len(), "{name}");
        let response = Response::decode(whole).unwrap();
        let command = Command::try_from(response.command).unwrap();
        let named = format!("{command:?}").to_uppercase();
        let theirs = told["command"].as_str().unwrap().replace("_", "");
        assert_eq!(named, theirs, "{name}");
        let told = told["body"].as_object();
        let payload = response.body.as_ref().map(|body| body.payload.is_some());
        // Beside the kind of data.
        let theirs = told.map(|body| body.len() > 1 && !PASSED_OVER.contains(&&*name));
        assert_eq!(payload, theirs, "{name}");
        count += 1;
    }
    assert_eq!(count, 36);
}

#[test]
fn every_recorded_frame_of_a_client_is_what_we_would_send() {
    let mut count = 0;
    for (name, bytes, _) in frames_with_what_they_say("client->server") {
        let (whole, _) = frame::first(&bytes).unwrap().unwrap();
        let request = Request::decode(whole).unwrap();
        if frame::frame(&request) != bytes {
            assert!(NEVER_SENT.contains(&&*name), "{name}: {request:?}");
        }
        count += 1;
    }
    assert_eq!(count, 25);
}
