//! Against the simulated gateway: the whole foundation over the wire.

use core::time::Duration;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use broker_core::{
    ErrorKind, ExposeSecret as _, ManualClock, Result, SecretString, TokenClaim, TokenStore,
    async_trait,
};
use broker_sim::tiger::{License as SimLicense, TigerServer};
use chrono::{TimeDelta, Utc};

use crate::{
    FileTokenStore, MemoryTokenStore, TOKEN_FILE, TigerClient, TigerConfig, TokenRhythm,
    TokenState,
    transport::scripted_server::{ScriptedServer, Step},
    vectors,
};

fn settings(folder: &Path) -> crate::TigerConfigBuilder {
    TigerConfig::builder().environment([]).file(folder)
}

async fn hong_kong(clock: &ManualClock) -> TigerServer {
    TigerServer::builder()
        .license(SimLicense::Tbhk)
        .clock(Arc::new(clock.clone()))
        .bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap()
}

#[tokio::test]
async fn the_folder_of_a_simulated_login_connects() {
    let server = TigerServer::bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    server.set_habits(|habits| {
        habits.form.signed = true;
        habits.form.data_as_text = true;
    });
    let config = settings(folder.path())
        .answer_policy(crate::AnswerPolicy::Required)
        .build()
        .unwrap();
    let client = TigerClient::connect(config).await.unwrap();
    let license = client.ask("user_license", None).await.unwrap();
    assert!(license.contains("TBSG"), "{license}");
    assert_eq!(*client.token_state().borrow(), TokenState::NotNeeded);
    assert_eq!(
        client.renew_token().await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(client.budget().sent, 1);
}

#[tokio::test]
async fn a_badly_signed_answer_is_not_believed() {
    let server = TigerServer::bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    server.set_habits(|habits| habits.form.badly_signed = true);
    let client = TigerClient::connect(settings(folder.path()).build().unwrap())
        .await
        .unwrap();
    let error = client.ask("user_license", None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn commands_and_unknown_names_are_not_asked() {
    let server = TigerServer::bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    let client = TigerClient::connect(settings(folder.path()).build().unwrap())
        .await
        .unwrap();
    let kind = async |method, parameters| client.ask(method, parameters).await.unwrap_err().kind();
    assert_eq!(
        kind("place_order", Some("{}")).await,
        ErrorKind::InvalidRequest
    );
    assert_eq!(kind("no_such_method", None).await, ErrorKind::Unsupported);
    assert_eq!(
        kind("positions", Some("{")).await,
        ErrorKind::InvalidRequest
    );
    assert_eq!(client.budget().sent, 0);
}

#[tokio::test]
async fn a_token_is_renewed_saved_and_shared_and_the_old_one_revoked() {
    let clock = ManualClock::at(Utc::now());
    let server = hong_kong(&clock).await;
    server.set_habits(|habits| habits.refresh_revokes = true);
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    let connect = || {
        TigerClient::connect(
            settings(folder.path())
                .clock(Arc::new(clock.clone()))
                .build()
                .unwrap(),
        )
    };
    let (first, second) = (connect().await.unwrap(), connect().await.unwrap());
    let before = server.token().unwrap();
    clock.advance(TimeDelta::hours(1));
    first.renew_token().await.unwrap();
    let after = server.token().unwrap();
    assert_ne!(before, after);
    let file = std::fs::read_to_string(folder.path().join(TOKEN_FILE)).unwrap();
    assert_eq!(file, format!("token={after}\n"));
    first.ask("user_license", None).await.unwrap();
    // The other program's token is out of force; it finds the new one in the file while it asks.
    second.ask("user_license", None).await.unwrap();
    assert_eq!(
        server.token().unwrap(),
        after,
        "nobody renewed it a second time"
    );
}

#[tokio::test]
async fn a_lapsed_token_needs_a_person_and_heals_without_a_restart() {
    let clock = ManualClock::at(Utc::now());
    let server = hong_kong(&clock).await;
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    clock.advance(TimeDelta::days(31));
    let rhythm = TokenRhythm {
        look: Duration::from_millis(50),
        ..TokenRhythm::default()
    };
    let config = settings(folder.path())
        .clock(Arc::new(clock.clone()))
        .token_rhythm(rhythm)
        .build()
        .unwrap();
    let client = TigerClient::connect(config).await.unwrap();
    let mut state = client.token_state();
    let needs_person = |state: &TokenState| matches!(state, TokenState::AuthRequired { .. });
    let waiting = state.wait_for(needs_person);
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap()
        .unwrap();
    let error = client.ask("user_license", None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
    // A person makes a new one; here another simulated login of the same keys does.
    let other = hong_kong(&clock).await;
    let store = FileTokenStore::new(folder.path().join(TOKEN_FILE));
    let fresh = SecretString::from(other.token().unwrap());
    TokenStore::save(&store, &fresh).await.unwrap();
    let good = |state: &TokenState| matches!(state, TokenState::Good { .. });
    tokio::time::timeout(Duration::from_secs(10), state.wait_for(good))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn an_empty_store_says_what_is_missing() {
    let server = hong_kong(&ManualClock::at(Utc::now())).await;
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join(TOKEN_FILE)).unwrap();
    assert_eq!(settings(folder.path()).build().unwrap_err().key(), "token");
}

/// A token that is due, before a server that answers its renewal so.
async fn renewing(step: Step, store: &MemoryTokenStore) -> (ScriptedServer, TigerConfig) {
    let server = ScriptedServer::start([step]).await;
    let config = TigerConfig::builder()
        .environment([])
        .tiger_id("20150001")
        .private_key(SecretString::from(vectors::CLIENT_KEY))
        .device_id(None)
        .server_url(&server.url())
        .token_store(Arc::new(store.clone()))
        .build()
        .unwrap();
    (server, config)
}

/// Says of itself that it was made in 2025.
const OLD: &str = "MTc1NTA1MjIwMDAwMCwxNzU3NjQ0MjAwMDAwb2xk";
const NEW: &str = "MTc1NTA1MjIwMDAwMSwxNzU3NjQ0MjAwMDAxbmV3";

#[tokio::test]
async fn a_renewal_that_cannot_be_read_shows_no_token() {
    let log = vectors::Log::begin();
    let store = MemoryTokenStore::with(SecretString::from(OLD));
    for data in [
        format!("\"{NEW}\""),
        format!("{{\"token\":{{\"{NEW}\":1}}}}"),
    ] {
        let (_server, config) = renewing(Step::data(&data), &store).await;
        let client = TigerClient::connect(config).await.unwrap();
        let mut state = client.token_state();
        let failing = state.wait_for(|state| matches!(state, TokenState::Failing { .. }));
        let failing = tokio::time::timeout(Duration::from_secs(10), failing).await;
        let shown = format!("{:?}\n{}", *failing.unwrap().unwrap(), log.text());
        assert!(shown.contains("the answer to the renewal"), "{shown}");
        assert!(!shown.contains(NEW), "{shown}");
    }
}

#[tokio::test]
async fn a_renewal_that_is_under_way_is_saved_by_a_client_that_goes() {
    let store = MemoryTokenStore::with(SecretString::from(OLD));
    let body = format!(r#"{{"code":0,"message":"success","data":{{"token":"{NEW}"}}}}"#);
    let late = Step::Late(Duration::from_millis(300), body);
    let (server, config) = renewing(late, &store).await;
    let client = TigerClient::connect(config).await.unwrap();
    while server.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(client);
    let saved = async {
        while store.load().await.unwrap().unwrap().expose_secret() != NEW {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let saved = tokio::time::timeout(Duration::from_secs(10), saved).await;
    assert!(
        saved.is_ok(),
        "Tiger may have put the old token out of force"
    );
}

/// A store that counts how often it is looked at.
#[derive(Debug, Default)]
struct Watched(MemoryTokenStore, AtomicU32);

#[async_trait]
impl TokenStore for Watched {
    async fn load(&self) -> Result<Option<SecretString>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.load().await
    }

    async fn save(&self, token: &SecretString) -> Result<()> {
        self.0.save(token).await
    }

    async fn claim(&self, patience: Duration) -> Result<TokenClaim> {
        self.0.claim(patience).await
    }
}

#[tokio::test]
async fn a_client_that_is_closed_looks_after_the_token_no_more() {
    let server = hong_kong(&ManualClock::at(Utc::now())).await;
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    let token = SecretString::from(server.token().unwrap());
    let store = Arc::new(Watched(MemoryTokenStore::with(token), AtomicU32::new(0)));
    let rhythm = TokenRhythm {
        look: Duration::from_millis(1),
        ..TokenRhythm::default()
    };
    let config = settings(folder.path())
        .token_store(Arc::clone(&store) as Arc<dyn TokenStore>)
        .token_rhythm(rhythm);
    let client = TigerClient::connect(config.build().unwrap()).await.unwrap();
    let looks = || store.1.load(Ordering::Relaxed);
    while looks() < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    client.close(Duration::from_secs(5)).await.unwrap();
    let before = looks();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(looks(), before);
    client.ask("user_license", None).await.unwrap();
    client.close(Duration::from_secs(5)).await.unwrap();
}
