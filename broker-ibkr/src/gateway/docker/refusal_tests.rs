use std::io;

use broker_core::ErrorKind;

use super::{
    engine::Endpoint,
    refusal::{unreachable, without_values},
};

#[test]
fn a_socket_that_may_not_be_written_to_is_named_with_the_safe_way_first() {
    let endpoint = Endpoint::Socket("/run/engine.sock".to_owned());
    let error = unreachable(&endpoint, io::ErrorKind::PermissionDenied);
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let message = error.message();
    assert!(message.contains("/run/engine.sock"), "{message}");
    assert!(message.find("filtering proxy") < message.find("group"));
    assert!(message.contains("root on the host"), "{message}");
}

#[test]
fn the_words_of_an_engine_end_where_values_begin() {
    assert_eq!(without_values("port is taken"), "port is taken");
    assert_eq!(
        without_values("bad env TWS_PASSWORD=two words and more"),
        "bad env TWS_PASSWORD=***"
    );
    assert_eq!(without_values(&"x".repeat(10_000)).len(), 400);
}
