use std::sync::Arc;

use broker_core::{
    ErrorKind, Reference as _, dec,
    model::{Currency, Instrument, InstrumentQuery, Mic, OptionGiven, OptionQuery},
};

use super::service::Instruments;
use crate::{
    instrument::Book,
    scripted_gateway::{Gateway, Known, Message},
};

fn known(number: i64, primary: &'static str) -> Known {
    Known {
        number,
        symbol: "AAPL",
        primary,
        magnifier: 1,
    }
}

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

async fn start(known: Vec<Known>) -> (Gateway, Arc<Instruments>) {
    let gateway = Gateway::start(known).await;
    let instruments = Instruments::new(Arc::clone(&gateway.link), Arc::new(Book::default()));
    (gateway, Arc::new(instruments))
}

#[tokio::test]
async fn a_ticker_resolves_to_its_american_listing_and_otherwise_to_all() {
    let (_gateway, instruments) = start(vec![known(1, "NASDAQ"), known(2, "LSE")]).await;
    let at_home = instruments.resolve(&"AAPL".into()).await.unwrap();
    assert_eq!(at_home, [apple()]);
    let dollars = InstrumentQuery::from("AAPL").in_currency(Currency::USD);
    assert_eq!(instruments.resolve(&dollars).await.unwrap(), [apple()]);
    assert_eq!(
        instruments.resolve(&"AAPL.XNAS".into()).await.unwrap(),
        [apple()]
    );
    let abroad = instruments.resolve(&"AAPL.XLON".into()).await.unwrap();
    assert_eq!(
        abroad,
        [Instrument::equity("AAPL", "XLON".parse().unwrap(), Currency::GBP).unwrap()]
    );
    assert!(
        instruments
            .resolve(&"NOPE".into())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn expiry_dates_of_all_classes_ascend_without_repeats() {
    let (mut gateway, instruments) = start(vec![known(1, "NASDAQ")]).await;
    let asking = tokio::spawn(async move { instruments.option_expirations(&apple()).await });
    let request = gateway.expect(78).await;
    assert_eq!(
        (request.body.text(2).as_str(), request.body.int(5)),
        ("AAPL", 1)
    );
    for (exchange, dates) in [
        ("SMART", ["20260220", "20260116"]),
        ("CBOE", ["20260116", "20260319"]),
    ] {
        let class = Message::new()
            .with_int(1, request.id())
            .with_text(2, exchange);
        let class = class.with_text(4, "AAPL").with_text(5, "100");
        gateway.send(75, &class.with_text(6, dates[0]).with_text(6, dates[1]));
    }
    gateway.send(76, &Message::new().with_int(1, request.id()));
    let dates = asking.await.unwrap().unwrap();
    let dates: Vec<_> = dates.iter().map(ToString::to_string).collect();
    assert_eq!(dates, ["2026-01-16", "2026-02-20", "2026-03-19"]);
}

#[tokio::test]
async fn an_underlying_without_options_says_so() {
    let (mut gateway, instruments) = start(vec![known(1, "NASDAQ")]).await;
    let asking = tokio::spawn(async move { instruments.option_expirations(&apple()).await });
    let request = gateway.expect(78).await;
    gateway.send(76, &Message::new().with_int(1, request.id()));
    assert_eq!(
        asking.await.unwrap().unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_price_that_no_volatility_gives_is_refused_and_a_possible_one_is_computed() {
    let (mut gateway, instruments) = start(vec![known(1, "NASDAQ")]).await;
    let query = OptionQuery {
        instrument: apple(),
        underlying_price: "187.5".parse().unwrap(),
        given: OptionGiven::Volatility(dec!(0.3)),
    };
    let (asked, mut other) = (Arc::clone(&instruments), query.clone());
    let asking = tokio::spawn(async move { asked.compute_option(&query).await });
    let request = gateway.expect(55).await;
    let computed = Message::new().with_int(1, request.id()).with_int(2, 53);
    let computed = computed
        .with_double(4, 0.3)
        .with_double(5, 0.5)
        .with_double(6, 4.25);
    let computed = computed
        .with_double(8, 0.01)
        .with_double(9, 0.11)
        .with_double(10, -0.02);
    gateway.send(21, &computed);
    let answer = asking.await.unwrap().unwrap();
    assert_eq!(
        (answer.price.get(), answer.greeks.delta),
        (dec!(4.25), dec!(0.5))
    );
    other.given = OptionGiven::Price("100000000".parse().unwrap());
    let asking = tokio::spawn(async move { instruments.compute_option(&other).await });
    let request = gateway.expect(54).await;
    let computed = Message::new().with_int(1, request.id()).with_int(2, 53);
    let computed = computed
        .with_double(4, -1.0)
        .with_double(5, -2.0)
        .with_double(6, -1.0);
    gateway.send(21, &computed);
    assert_eq!(
        asking.await.unwrap().unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}
