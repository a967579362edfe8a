use crate::{
    BrokerExt as _, ErrorKind, dec,
    model::*,
    test_support::{TestBroker, account, apple, id, lock, price},
};

#[tokio::test]
async fn a_builder_builds_what_was_said() {
    let broker = TestBroker::new();
    let built = broker.sell("AAPL", 5).build().await.unwrap();
    assert_eq!(
        (built.side, &built.order_type),
        (Side::Sell, &OrderType::Market)
    );
    assert_eq!((&built.account, &built.instrument), (&account(), &apple()));
    let built = broker
        .buy("AAPL", "0.5")
        .limit(dec!(187.5))
        .account(AccountId::new("DU7").unwrap())
        .client_order_id(id("mine"))
        .time_in_force(TimeInForce::Gtc)
        .session(TradingSession::Extended)
        .build()
        .await
        .unwrap();
    assert_eq!(
        built.order_type,
        OrderType::Limit {
            price: price("187.5")
        }
    );
    assert_eq!(
        (built.account.as_str(), &built.client_order_id),
        ("DU7", &id("mine"))
    );
    assert_eq!(
        (built.time_in_force, built.session),
        (TimeInForce::Gtc, TradingSession::Extended)
    );
    let stop = broker.buy("AAPL", 1).stop("190").build().await.unwrap();
    assert_eq!(
        stop.order_type,
        OrderType::Stop {
            trigger: price("190")
        }
    );
}

#[tokio::test]
async fn a_builders_mistakes_come_out_of_build() {
    let broker = TestBroker::new();
    for (built, text) in [
        (broker.buy("AAPL", 0).build().await, "Quantity"),
        (broker.buy("AAPL", "1e5").build().await, "Quantity"),
        (broker.buy("AAPL", 1).limit("NaN").build().await, "Price"),
        (broker.buy("AAPL", 1).stop("").build().await, "Price"),
        // A later price does not hide an earlier mistake.
        (
            broker
                .buy("AAPL", 1)
                .limit("oops")
                .limit("10")
                .build()
                .await,
            "oops",
        ),
        (
            broker
                .buy("AAPL", 1)
                .stop("oops")
                .order_type(OrderType::Market)
                .build()
                .await,
            "oops",
        ),
    ] {
        let error = built.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(text), "{error}");
    }
    assert!(broker.sent().is_empty());
}

#[tokio::test]
async fn a_builder_asks_when_it_is_not_clear() {
    let broker = TestBroker::new();
    let other = Instrument::equity("AAPL", Mic::XNYS, Currency::USD).unwrap();
    lock(&broker.desktop).found = vec![apple(), other.clone()];
    let error = broker.buy("AAPL", 1).build().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.candidates()),
        (ErrorKind::Ambiguous, &[apple(), other][..])
    );
    lock(&broker.desktop).found.clear();
    assert_eq!(
        broker.buy("AAPL", 1).build().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    lock(&broker.desktop).found = vec![apple(), apple()];
    lock(&broker.desktop).accounts = 2;
    let error = broker.buy("AAPL", 1).build().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidRequest, Some("account"))
    );
    lock(&broker.desktop).accounts = 0;
    let error = broker.buy("AAPL", 1).build().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::NotFound, Some("account"))
    );
}

#[tokio::test]
async fn a_builder_submits_once() {
    let broker = TestBroker::new();
    broker.start();
    let (name, outcome) = broker.buy("AAPL", 1).submit().await.unwrap();
    assert!(outcome.is_accepted());
    assert_eq!(broker.sent(), [format!("submit {name}")]);
}
