use broker_core::{BrokerExt as _, ErrorKind, dec, model::OrderStatus};
use broker_runtime::config::{Config, Connected};

use super::{Handles, kinds};

const TEXT: &str = r#"
[brokers.paper]
kind = "paper"
[brokers.paper.settings]
speed = 0
holdings = { AAPL = 10, JPM = 5 }
[accounts.one]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
[accounts.two]
broker = "paper"
account = "PAPER-2"
environment = "simulated"
permission = "read"
"#;

async fn connect(text: &str) -> broker_core::Result<(Config, Handles, Connected)> {
    let config = Config::loader().text(text).load().unwrap();
    let handles = Handles::new();
    let connected = config.connect(&kinds(&handles)).await?;
    Ok((config, handles, connected))
}

#[tokio::test]
async fn every_account_holds_at_the_beginning_what_the_configuration_says() {
    let (_, _, connected) = connect(TEXT).await.unwrap();
    let broker = &connected.brokers.values().next().unwrap().broker;
    for seat in connected.registry.seats() {
        let portfolio = broker.portfolio().unwrap();
        let positions = portfolio.positions(&seat.key.account).await.unwrap();
        let positions = positions.complete().unwrap();
        assert_eq!(positions.len(), 2);
        let sum: broker_core::Decimal = positions.iter().map(|one| one.quantity.get()).sum();
        assert_eq!(sum, dec!(15));
    }
}

#[tokio::test]
async fn what_cannot_be_bought_is_named() {
    for holdings in ["NOSUCH = 1", "AAPL = 1000000"] {
        let text = TEXT.replace("AAPL = 10, JPM = 5", holdings);
        let error = connect(&text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        let symbol = holdings.split(' ').next().unwrap();
        assert!(error.to_string().contains(symbol), "{error}");
    }
}

#[tokio::test]
async fn a_session_that_is_made_anew_finds_its_orders_and_positions() {
    let (config, handles, connected) = connect(TEXT).await.unwrap();
    let id = connected.brokers.keys().next().unwrap().clone();
    let account = broker_core::model::AccountId::new("PAPER-1").unwrap();
    let broker = &connected.brokers[&id].broker;
    let order = broker
        .buy("AAPL", 1)
        .limit(dec!(1))
        .account(account.clone());
    let (order_id, _) = order.submit().await.unwrap();
    broker.close().await.unwrap();
    let again = config
        .connect_again(&kinds(&handles), &id, &connected)
        .await
        .unwrap();
    let order = again.broker.order(&account, &order_id).unwrap();
    assert_eq!(order.status, OrderStatus::New);
}

#[tokio::test]
async fn a_setting_that_is_not_known_is_named() {
    let text = TEXT.replace("speed = 0", "sped = 0");
    let error = connect(&text).await.unwrap_err();
    assert!(
        error.to_string().contains("brokers.paper.settings.sped"),
        "{error}"
    );
}
