use std::{fs, path::PathBuf, sync::Arc};

use broker_core::{
    Acknowledgement, Broker, BrokerExt as _, ErrorKind, RateBudget, SessionState, TokenStore as _,
    dec, model::AccountId,
};
use broker_sim::paper::PaperBroker;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::*;
use crate::test_support::{Stub, buy, lock};

const TEXT: &str = r#"
[brokers.paper]
kind = "simulator"
[brokers.paper.settings]
seed = 7
[accounts.main]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
groups = ["all"]
limits.max_order_notional = 25000
[layers.risk]
kill_switch = "kill-switch.json"
[layers.audit]
folder = "audit"
"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    seed: u64,
}

type Made = Arc<Mutex<Vec<Arc<dyn Broker>>>>;

/// A program with one adapter, which remembers what it has made.
fn kinds() -> (Kinds, Made) {
    let made = Made::default();
    let here = Arc::clone(&made);
    let kinds = Kinds::new().with("simulator", move |setup: BrokerSetup| {
        let made = Arc::clone(&here);
        async move {
            let own: Own = setup.settings()?;
            let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().seed(own.seed).build()?);
            made.lock().await.push(Arc::clone(&paper));
            Ok(paper)
        }
    });
    (kinds, made)
}

fn config(text: &str) -> (TempDir, PathBuf, Config) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.toml");
    fs::write(&path, text).unwrap();
    let config = Config::loader().file(&path).load().unwrap();
    (folder, path, config)
}

#[tokio::test]
async fn a_broker_stands_behind_the_layers_that_are_configured() {
    let (folder, _, config) = config(TEXT);
    let connected = config.connect(&kinds().0).await.unwrap();
    let seats = connected.registry.seats();
    assert_eq!(seats.len(), 1);
    assert_eq!(connected.registry.group("all").len(), 1);
    let broker = &seats[0].broker;
    let refused = broker
        .buy("AAPL", 1_000)
        .limit(dec!(150.00))
        .submit()
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("max_order_notional"),
        "{refused}"
    );
    let (_, accepted) = broker
        .buy("AAPL", 1)
        .limit(dec!(150.00))
        .submit()
        .await
        .unwrap();
    assert!(accepted.is_accepted());
    connected.audit.as_ref().unwrap().flush().await.unwrap();
    assert!(fs::read_dir(folder.path().join("audit")).unwrap().count() > 0);
    connected.risk.kill("a test").await.unwrap();
    assert!(folder.path().join("kill-switch.json").exists());
    // The next start knows of it.
    let again = config.connect(&kinds().0).await.unwrap();
    let refused = again.registry.seats()[0]
        .broker
        .buy("AAPL", 1)
        .limit(dec!(1.00))
        .submit()
        .await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_broker_that_is_another_environment_than_configured_is_closed_again() {
    for environment in ["paper", "live"] {
        let text = TEXT.replace(
            "\"simulated\"",
            &format!("\"{environment}\"\nallow_live = true"),
        );
        let text = format!("{text}\n[layers.journal]\nfolder = \"journal\"\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broker.toml");
        fs::write(&path, text).unwrap();
        let loaded = Config::loader().file(&path).load();
        assert_eq!(loaded.is_ok(), cfg!(feature = "sqlite"));
        let Ok(config) = loaded else {
            continue;
        };
        let (kinds, made) = kinds();
        let error = config.connect(&kinds).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        let made = made.lock().await;
        assert_eq!(*made[0].session().borrow(), SessionState::Closed);
    }
}

#[tokio::test]
async fn a_kind_that_the_program_does_not_have_is_named_and_the_others_are_closed() {
    let (_folder, _, config) = config(&format!("{TEXT}\n[brokers.second]\nkind = \"simulater\"\n"));
    let (kinds, made) = kinds();
    let error = config.connect(&kinds).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("brokers.second.kind") && text.contains("did you mean `simulator`?"),
        "{text}"
    );
    let made = made.lock().await;
    assert_eq!(*made[0].session().borrow(), SessionState::Closed);
}

#[tokio::test]
async fn the_adapters_own_settings_are_checked_with_their_place() {
    let (_folder, path, config) = config(&TEXT.replace("seed = 7", "sed = 7"));
    let error = config.connect(&kinds().0).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(&format!("{}:5: brokers.paper.settings.sed", path.display())),
        "{text}"
    );
}

#[tokio::test]
async fn an_account_that_the_broker_does_not_have_is_an_error() {
    let (_folder, _, config) = config(&TEXT.replace("PAPER-1", "PAPER-9"));
    let (kinds, made) = kinds();
    let error = config.connect(&kinds).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(
        *made.lock().await[0].session().borrow(),
        SessionState::Closed
    );
}

#[tokio::test]
async fn of_several_accounts_none_is_the_default_unless_it_is_said() {
    let kinds = Kinds::new().with("simulator", |_| async {
        let cash = dec!(100_000);
        let paper = PaperBroker::builder()
            .account("PAPER-1", cash)
            .account("PAPER-2", cash);
        Ok(Arc::new(paper.build()?) as Arc<dyn Broker>)
    });
    let second = "[accounts.second]\nbroker = \"paper\"\naccount = \"PAPER-2\"\nenvironment = \"simulated\"\npermission = \"trade\"\n";
    let text = format!(
        "{}{second}",
        TEXT.replace("[layers.audit]\nfolder = \"audit\"\n", "")
    );
    let route = |connected: &Connected| {
        let seat = connected
            .registry
            .route(None, crate::registry::Permission::Read);
        seat.map(|seat| seat.key.account.to_string())
    };
    let (_folder, _, several) = config(&text);
    assert!(route(&several.connect(&kinds).await.unwrap()).is_err());
    let (_folder, _, one) = config(TEXT);
    let connected = one.connect(&kinds).await.unwrap();
    let standing = connected.brokers.values().next().unwrap();
    let mut order = standing.broker.buy("AAPL", 1).limit(dec!(150.00));
    order = order.account(AccountId::new("PAPER-2").unwrap());
    let refused = order.submit().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RiskRefused, "{refused}");
    let (_folder, _, said) = config(&format!("default_account = \"second\"\n{text}"));
    assert_eq!(
        route(&said.connect(&kinds).await.unwrap()).unwrap(),
        "PAPER-2"
    );
}

#[tokio::test]
async fn an_adapter_keeps_its_token_in_the_store() {
    use crate::secrets::{KeyDerivation, MasterKey, SecretStore};
    let (folder, _, config) = config(&format!(
        "{TEXT}\n[secrets]\nstore = \"s\"\nkey = {{ file = \"k\" }}\n"
    ));
    let key = folder.path().join("k");
    MasterKey::generate_file(&key).unwrap();
    let cheap = KeyDerivation {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let store =
        SecretStore::create_with(folder.path().join("s"), MasterKey::file(&key), cheap).unwrap();
    let kinds = Kinds::new().with("simulator", |setup: BrokerSetup| async move {
        let token = setup.token("paper.token")?;
        token
            .save(&broker_core::SecretString::from("a token"))
            .await?;
        Ok(Arc::new(PaperBroker::builder().build()?) as Arc<dyn Broker>)
    });
    config.connect(&kinds).await.unwrap();
    assert_eq!(store.list().unwrap()[0].name, "paper.token");
}

#[tokio::test]
async fn a_broker_that_is_made_anew_keeps_limits_journal_and_trail() {
    let text = if cfg!(feature = "sqlite") {
        format!("{TEXT}\n[layers.journal]\nfolder = \"journal\"\n")
    } else {
        TEXT.to_owned()
    };
    let (_folder, _, config) = config(&text);
    let (kinds, made) = kinds();
    let connected = config.connect(&kinds).await.unwrap();
    let id = connected.brokers.keys().next().unwrap().clone();
    close(&*connected.brokers[&id].broker).await;
    let again = config.connect_again(&kinds, &id, &connected).await.unwrap();
    assert_eq!(made.lock().await.len(), 2);
    assert!(Arc::ptr_eq(&again.risk, &connected.risk));
    let order = again.broker.buy("AAPL", 1_000).limit(dec!(150.00));
    let refused = order.submit().await.unwrap_err();
    assert!(
        refused.to_string().contains("max_order_notional"),
        "{refused}"
    );
    let order = again.broker.buy("AAPL", 1).limit(dec!(150.00));
    assert!(order.submit().await.unwrap().1.is_accepted());
    let nobody = broker_core::model::BrokerId::new("nobody").unwrap();
    let error = config
        .connect_again(&kinds, &nobody, &connected)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_broker_that_is_made_anew_finds_its_budget_as_it_was_left() {
    let budget = "budgets = [{ scope = \"orders\", permits = 2, period = \"1d\" }]";
    let budget = format!("[brokers.paper.rate_limit]\nlongest_wait = \"1ms\"\n{budget}\n");
    let (_folder, _, config) = config(&format!("{budget}{TEXT}"));
    let (kinds, _made) = kinds();
    let connected = config.connect(&kinds).await.unwrap();
    let id = connected.brokers.keys().next().unwrap().clone();
    let first = Arc::clone(&connected.brokers[&id].broker);
    // Half of the two may be used at once.
    let order = first.buy("AAPL", 1).limit(dec!(150.00));
    assert!(order.submit().await.unwrap().1.is_accepted());
    for _ in 0..2 {
        let again = config.connect_again(&kinds, &id, &connected).await.unwrap();
        let order = again.broker.buy("AAPL", 1).limit(dec!(150.00));
        let refused = order.submit().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RateLimited, "{refused}");
    }
    // What the operator reads anew is another program's.
    let anew = config.connect(&kinds).await.unwrap();
    let order = anew.brokers[&id].broker.buy("AAPL", 1).limit(dec!(150.00));
    assert!(order.submit().await.unwrap().1.is_accepted());
}

#[tokio::test]
async fn a_budget_that_the_broker_declares_is_found_as_it_was_left_too() {
    let text = TEXT
        .replace("[brokers.paper]", "[brokers.alpha]")
        .replace(
            "[brokers.paper.settings]\nseed = 7",
            "rate_limit.longest_wait = \"1ms\"",
        )
        .replace("broker = \"paper\"", "broker = \"alpha\"")
        .replace("PAPER-1", "DU1");
    let (_folder, _, config) = config(&text);
    let kinds = Kinds::new().with("simulator", |_: BrokerSetup| async {
        let stub = Stub::named("alpha");
        *lock(&stub.budgets) = vec![RateBudget {
            scope: "orders".into(),
            permits: 2,
            period_ms: 86_400_000,
        }];
        Ok(stub.dynamic())
    });
    let connected = config.connect(&kinds).await.unwrap();
    let id = connected.brokers.keys().next().unwrap().clone();
    // Half of the two may be used at once.
    let first = &connected.brokers[&id].broker;
    let sent = first.submit(&buy("a", 1, dec!(10))).await.unwrap();
    assert!(matches!(sent, Acknowledgement::Accepted { .. }), "{sent:?}");
    let again = config.connect_again(&kinds, &id, &connected).await.unwrap();
    let refused = again.broker.submit(&buy("b", 1, dec!(10))).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::RateLimited);
}

async fn close(broker: &dyn Broker) {
    broker.close().await.unwrap();
}
