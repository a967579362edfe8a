use std::collections::BTreeMap;

use broker_core::{BrokerExt as _, ErrorKind, SessionState, dec, model::BrokerId};
use broker_runtime::{registry::Permission, supervisor::Timing};

use super::Sessions;
use crate::settings::{FILE_NAME, Place, Whole, read};

const PAPER: &str = r#"
[brokers.paper]
kind = "paper"
[brokers.paper.settings]
speed = 0
[accounts.main]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
"#;

fn whole(text: &str) -> Whole {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).unwrap();
    read(Place::File(path), [], []).unwrap()
}

async fn begin(text: &str) -> broker_core::Result<Sessions> {
    Sessions::begin(&whole(text), BTreeMap::new(), Timing::default()).await
}

fn paper() -> BrokerId {
    BrokerId::new("paper").unwrap()
}

#[tokio::test]
async fn nothing_can_be_sent_until_the_server_may_send() {
    let read_only = begin(PAPER).await.unwrap();
    let seat = &read_only.connected().registry.seats()[0];
    assert_eq!(seat.permission, Permission::Read);
    let refused = seat.broker.buy("AAPL", 1).limit(dec!(150)).submit().await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::RiskRefused);
    let open = begin(&format!("{PAPER}[server]\nread_only = false\n"))
        .await
        .unwrap();
    let seat = &open.connected().registry.seats()[0];
    let sent = seat
        .broker
        .buy("AAPL", 1)
        .limit(dec!(150))
        .submit()
        .await
        .unwrap();
    assert!(sent.1.is_accepted());
}

#[tokio::test]
async fn accounts_have_the_names_of_the_operator() {
    let sessions = begin(PAPER).await.unwrap();
    let accounts = sessions.accounts();
    assert_eq!(accounts[0].name, "main");
    assert_eq!(accounts[0].key.to_string(), "paper/PAPER-1");
    assert!(!accounts[0].allow_live);
}

#[tokio::test]
async fn a_session_that_was_ended_is_begun_again() {
    let sessions = begin(PAPER).await.unwrap();
    let registry = &sessions.connected().registry;
    let state = || registry.seats()[0].broker.session().borrow().clone();
    sessions.disconnect(&paper()).await.unwrap();
    assert_eq!(state(), SessionState::Closed);
    assert!(sessions.disconnect(&paper()).await.is_err());
    sessions.connect(&paper()).await.unwrap();
    assert_eq!(state(), SessionState::Ready);
    sessions.connect(&paper()).await.unwrap();
    sessions.restart(&paper()).await.unwrap();
    assert_eq!(state(), SessionState::Ready);
    let nobody = BrokerId::new("nobody").unwrap();
    assert_eq!(
        sessions.connect(&nobody).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[cfg(feature = "ibkr")]
const AND_A_GATEWAY: &str = r#"
[brokers.ibkr]
kind = "ibkr"
[brokers.ibkr.settings]
address = "127.0.0.1:1"
connect_within = "2s"
[accounts.ib]
broker = "ibkr"
account = "DU1234567"
environment = "paper"
permission = "trade"
"#;

#[cfg(feature = "ibkr")]
#[tokio::test]
async fn a_broker_that_is_not_there_yet_keeps_nothing_else_from_starting() {
    let sessions = begin(&format!("{PAPER}{AND_A_GATEWAY}")).await.unwrap();
    let ibkr = BrokerId::new("ibkr").unwrap();
    let absent = sessions.supervisor().connection(&ibkr).unwrap().broker;
    assert_eq!(*absent.session().borrow(), SessionState::Closed);
    let error = absent.accounts().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(
        error.message().contains("nothing listens at 127.0.0.1:1"),
        "{error}"
    );
    assert_eq!(sessions.connected().registry.seats().len(), 2);
    // It is tried again when somebody asks, and stays watched when that fails.
    assert!(sessions.connect(&ibkr).await.is_err());
    assert!(sessions.supervisor().connection(&ibkr).is_ok());
}

#[cfg(feature = "ibkr")]
#[tokio::test]
async fn a_gateway_is_never_simulated() {
    let text = AND_A_GATEWAY.replace("\"paper\"", "\"simulated\"");
    let error = begin(&text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
}
