use broker_core::model::{Currency, Instrument, Mic};
use ibapi::{contracts::tick_types::TickType, market_data::realtime::TickTypes, prelude::*};

use crate::stage::{client, server};

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

#[tokio::test]
async fn contracts_rules_chains_and_exchanges_are_described() {
    let server = server().await;
    let client = client(&server, 1).await;
    let details = client
        .contract_details(&Contract::stock("AAPL").build())
        .await
        .unwrap();
    assert_eq!(details.len(), 1);
    assert_eq!(details[0].long_name, "Apple Inc.");
    let rule = details[0].market_rule_ids[0].parse().unwrap();
    let rule = client.market_rule(rule).await.unwrap();
    assert_eq!(rule.price_increments.len(), 2);
    let found = client.matching_symbols("AAPL").await.unwrap();
    assert_eq!(
        found[0].contract.contract_id,
        details[0].contract.contract_id
    );
    let components = client.smart_components("9c0001").await.unwrap();
    assert!(!components.is_empty());
    let books = client.market_depth_exchanges().await.unwrap();
    assert!(books.iter().any(|book| book.exchange_name == "NASDAQ"));
}

#[tokio::test]
async fn a_snapshot_has_the_prices_of_the_exchange() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = Contract::stock("AAPL").build();
    let ticks = client
        .market_data(&contract)
        .snapshot_once(std::time::Duration::from_secs(10))
        .await
        .unwrap();
    let bid = ticks.iter().find_map(|tick| match tick {
        TickTypes::PriceSize(tick) if tick.price_tick_type == TickType::Bid => Some(tick.price),
        _ => None,
    });
    let quote = server
        .world()
        .with_exchange(|exchange| exchange.quote(&apple()).unwrap());
    let wanted: f64 = quote.bid.unwrap().to_string().parse().unwrap();
    assert_eq!(bid, Some(wanted));
    assert_eq!(server.open_lines(), 0);
}

#[tokio::test]
async fn a_book_comes_row_by_row() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = Contract::stock("AAPL").build();
    let rows = client.market_depth(&contract, 5).subscribe().await.unwrap();
    let rows: Vec<_> = rows.filter_data().take(10).collect().await;
    assert!(rows.iter().all(Result::is_ok), "{rows:?}");
}
