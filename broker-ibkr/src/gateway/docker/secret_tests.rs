//! The password of a gateway stays in its container.

use std::sync::{Mutex, Once};

use super::{
    DockerGateway,
    fake_engine::{FakeEngine, SECRET, reply},
};
use crate::gateway::GatewayControl as _;

/// Everything that any library has logged.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Listener;

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut logged = LOGGED.lock().unwrap();
        logged.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Listener).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

#[tokio::test]
async fn the_environment_is_never_asked_for_nor_repeated() {
    listen();
    let engine = FakeEngine::start();
    let gateway = DockerGateway::builder("ib")
        .socket(engine.path())
        .address("127.0.0.1:1")
        .build()
        .unwrap();
    let mut told = String::new();
    gateway.login().await.unwrap();
    told.push_str(&format!("{:?}", gateway.status().await.unwrap()));
    gateway.reconnect().await.unwrap();
    gateway.logout().await.unwrap();

    let leak = format!(r#"{{"message":"cannot set TWS_PASSWORD={SECRET}"}}"#);
    for (asked, status) in [
        ("start", 400),
        ("start", 404),
        ("start", 409),
        ("start", 500),
    ] {
        engine.answer(asked, reply(status, &leak));
        let error = gateway.login().await.unwrap_err();
        told.push_str(&format!("{error} {error:?} {:?}", error.broker()));
    }
    // Not even where it should not be: a body that does not fit, as a broken proxy may send it.
    for body in [
        format!(r#"{{"ApiVersion":["TWS_PASSWORD={SECRET}"]}}"#),
        format!("TWS_PASSWORD={SECRET}"),
    ] {
        engine.answer("list", reply(500, &body));
        let error = gateway.status().await.unwrap_err();
        told.push_str(&format!("{error} {error:?} {:?}", error.broker()));
    }
    told.push_str(&format!("{gateway:?}"));
    assert!(!told.contains(SECRET), "{told}");
    assert!(
        !engine
            .asked()
            .iter()
            .any(|asked| asked.contains("/ib/json"))
    );

    let logged = LOGGED.lock().unwrap();
    // Or nothing was listened to.
    assert!(
        logged.contains("/ib/start"),
        "the library has logged nothing"
    );
    assert!(!logged.contains(SECRET));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_not_quoted() {
    let engine = FakeEngine::start();
    let gateway = DockerGateway::builder("ib")
        .socket(engine.path())
        .address("127.0.0.1:1")
        .build()
        .unwrap();
    engine.answer("list", reply(200, r#"[{"Names":"not-a-list-but-a-word"}]"#));
    let error = gateway.status().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("not-a-list-but-a-word"));
}
