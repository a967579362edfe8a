use core::time::Duration;

use broker_core::{Error, ErrorKind};
use broker_sim::tws::{Door, TwsServer};
use tokio::net::TcpListener;

use super::{
    DockerGateway, DockerGatewayBuilder,
    fake_engine::{Answer, FakeEngine, reply, socket_path},
};
use crate::gateway::{GatewayControl as _, GatewayState};

const LONG: Duration = Duration::from_secs(20);

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

fn quick(socket: &str, address: &str) -> DockerGatewayBuilder {
    DockerGateway::builder("ib")
        .socket(socket)
        .address(address)
        .stop_grace(Duration::ZERO)
        .probe_within(Duration::from_secs(1))
}

fn gateway(engine: &FakeEngine, address: &str) -> DockerGateway {
    quick(engine.path(), address).build().unwrap()
}

async fn state_of(gateway: &DockerGateway) -> GatewayState {
    gateway.status().await.unwrap().state()
}

#[tokio::test]
async fn the_container_the_port_and_the_api_are_three_facts() {
    let engine = FakeEngine::start();
    let closed = gateway(&engine, &nobody().await);
    assert_eq!(state_of(&closed).await, GatewayState::Disconnected);
    engine.set_state("running");
    let status = closed.status().await.unwrap();
    assert_eq!(status.state(), GatewayState::Starting);
    assert!(
        status.running.reason.contains("`ib` is running"),
        "{status}"
    );
    assert!(status.port_open.reason.contains("is not open"), "{status}");

    let tws = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let there = gateway(&engine, &tws.address().to_string());
    for (door, state) in [
        (Door::Open, GatewayState::Connected),
        // A log-in dialog: the greeting is answered all the same.
        (Door::Mute, GatewayState::Connected),
        (Door::Silent, GatewayState::ApiReady),
        (Door::Closed, GatewayState::ApiReady),
    ] {
        tws.set_habits(|habits| habits.door = door);
        assert_eq!(state_of(&there).await, state, "{door:?}");
    }
}

#[tokio::test]
async fn only_a_container_that_works_counts_as_running() {
    let engine = FakeEngine::start();
    let gateway = gateway(&engine, &nobody().await);
    for (state, runs) in [
        ("created", false),
        ("running", true),
        ("paused", false),
        ("restarting", true),
        ("exited", false),
        ("removing", false),
        ("dead", false),
    ] {
        engine.set_state(state);
        let running = gateway.status().await.unwrap().running;
        assert_eq!(running.holds, runs, "{state}");
        assert!(running.reason.contains(state), "{}", running.reason);
    }
    engine.set_state("unheard-of");
    let error = gateway.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn login_starts_logout_stops_and_reconnect_restarts_it() {
    let engine = FakeEngine::start();
    let gateway = gateway(&engine, &nobody().await);
    gateway.login().await.unwrap();
    // It runs already, which the engine answers with 304.
    gateway.login().await.unwrap();
    gateway.reconnect().await.unwrap();
    gateway.logout().await.unwrap();
    gateway.logout().await.unwrap();
    assert_eq!(
        engine.asked(),
        [
            "POST /containers/ib/start",
            "POST /containers/ib/start",
            "POST /containers/ib/restart?t=0",
            "POST /containers/ib/stop?t=0",
            "POST /containers/ib/stop?t=0",
        ]
    );
}

#[tokio::test]
async fn after_a_logout_nothing_starts_it_but_a_login() {
    let engine = FakeEngine::start();
    let gateway = gateway(&engine, &nobody().await);
    gateway.login().await.unwrap();
    gateway.logout().await.unwrap();
    let before = engine.asked().len();
    let refused = gateway.reconnect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);
    let refused = gateway.ensure_ready(LONG).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);
    let since = engine.asked().split_off(before);
    assert!(since.iter().all(|asked| asked.starts_with("GET")));
    gateway.login().await.unwrap();
    assert_eq!(state_of(&gateway).await, GatewayState::Starting);
}

#[tokio::test]
async fn a_stop_that_failed_leaves_it_logged_out() {
    let engine = FakeEngine::start();
    let gateway = gateway(&engine, &nobody().await);
    gateway.login().await.unwrap();
    engine.answer("stop", reply(500, r#"{"message":"no"}"#));
    assert!(gateway.logout().await.is_err());
    let refused = gateway.reconnect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn waiting_starts_the_container_and_ends_when_it_answers() {
    let engine = FakeEngine::start();
    let address = nobody().await;
    let gateway = gateway(&engine, &address);
    let waiting = gateway.ensure_ready(LONG);
    let boots = async {
        while !engine.asked().iter().any(|asked| asked.contains("/start")) {
            tokio::task::yield_now().await;
        }
        TwsServer::bind(&address).await.unwrap()
    };
    let (ready, _tws) = tokio::join!(waiting, boots);
    let ready = ready.unwrap();
    assert_eq!(ready.status.state(), GatewayState::Connected);
    assert!(ready.waited > Duration::ZERO);
}

async fn refused_by(asked: &'static str, answer: Answer) -> Error {
    let engine = FakeEngine::start();
    let within = match answer {
        Answer::Hang => Duration::from_millis(300),
        Answer::Reply(..) | Answer::HangUp => LONG,
    };
    engine.answer(asked, answer);
    let gateway = quick(engine.path(), &nobody().await)
        .engine_within(within)
        .build()
        .unwrap();
    let failed = match asked {
        "version" | "list" => gateway.status().await.map(drop),
        "start" => gateway.login().await,
        "stop" => gateway.logout().await,
        _ => gateway.reconnect().await,
    };
    failed.unwrap_err()
}

#[tokio::test]
async fn a_container_that_is_not_there_says_what_to_create() {
    for (asked, answer) in [
        (
            "start",
            reply(404, r#"{"message":"No such container: ib"}"#),
        ),
        ("list", reply(200, "[]")),
        (
            "list",
            reply(200, r#"[{"Names":["/ib2"],"State":"running"}]"#),
        ),
    ] {
        let error = refused_by(asked, answer).await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(
            error.message().contains("docker create --name ib"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_an_engine_refuses_comes_with_its_code_and_words() {
    let conflict = refused_by("stop", reply(409, r#"{"message":"is paused"}"#)).await;
    assert_eq!(conflict.kind(), ErrorKind::Rejected);
    let failure = refused_by("start", reply(500, r#"{"message":"port is taken"}"#)).await;
    assert_eq!(failure.kind(), ErrorKind::Io);
    assert!(failure.message().contains("port is taken"), "{failure}");
    assert_eq!(failure.broker_code(), Some("500"));
    let proxy = refused_by("restart", reply(403, "Forbidden")).await;
    assert_eq!(proxy.kind(), ErrorKind::PermissionDenied);
    assert!(proxy.message().contains("POST /containers/ib/"), "{proxy}");
    assert_eq!(proxy.broker_code(), Some("403"));
}

#[tokio::test]
async fn an_engine_that_hangs_is_a_timeout_that_says_at_what() {
    for (asked, words) in [
        ("version", "tell its version"),
        ("list", "list its containers"),
        ("start", "start the container"),
        ("stop", "stop the container"),
        ("restart", "restart the container"),
    ] {
        let error = refused_by(asked, Answer::Hang).await;
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains(words), "{error}");
    }
}

#[tokio::test]
async fn nonsense_and_a_lost_connection_are_told_apart() {
    for asked in ["version", "list"] {
        for body in ["{", "<html>", "[1]"] {
            let error = refused_by(asked, reply(200, body)).await;
            assert_eq!(error.kind(), ErrorKind::Protocol, "{asked} {body}");
        }
        let error = refused_by(asked, Answer::HangUp).await;
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{asked}");
    }
    let error = refused_by("version", reply(404, "page not found")).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_socket_without_an_engine_names_the_file() {
    let path = socket_path();
    let path = path.to_str().unwrap();
    let gateway = quick(path, "127.0.0.1:1").build().unwrap();
    let missing = gateway.login().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Disconnected);
    let said = format!("there is no socket {path}");
    assert!(missing.message().contains(&said), "{missing}");

    // A file that an engine left behind.
    drop(std::os::unix::net::UnixListener::bind(path).unwrap());
    let refused = gateway.login().await.unwrap_err();
    std::fs::remove_file(path).unwrap();
    assert_eq!(refused.kind(), ErrorKind::Disconnected);
    let said = format!("nothing listens at {path}");
    assert!(refused.message().contains(&said), "{refused}");
}

#[tokio::test]
async fn a_proxy_on_a_port_serves_as_well() {
    let (engine, proxy) = FakeEngine::start_on_a_port().await;
    let gateway = quick(&proxy, &nobody().await).build().unwrap();
    gateway.login().await.unwrap();
    assert_eq!(state_of(&gateway).await, GatewayState::Starting);
    drop(engine);
}

#[test]
fn names_and_addresses_that_cannot_be_are_refused() {
    for name in ["", "../x", "a/b", "-a", "a b", "a?b", "a%2Fb"] {
        let error = DockerGateway::builder(name).build().unwrap_err();
        assert_eq!(error.field(), Some("container_name"), "{name}");
    }
    for socket in [
        "",
        "unix://",
        "https://host:1",
        "tcp://user:pw@host:1",
        "ssh://h",
    ] {
        let error = DockerGateway::builder("ib")
            .socket(socket)
            .build()
            .unwrap_err();
        assert_eq!(error.field(), Some("socket"), "{socket}");
        assert!(!error.message().contains("pw"));
    }
}
