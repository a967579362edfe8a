use broker_core::{
    dec,
    model::{AssetClass, Instrument},
};
use ibapi::{contracts::ContractDetails, prelude::*};

use crate::stage::{PATIENCE, apple, apple_contract, client, code, server, settled, within};

/// Asks for details that one instrument has.
async fn details(client: &Client, contract: &Contract) -> ContractDetails {
    let mut found = within(client.contract_details(contract)).await.unwrap();
    assert_eq!(found.len(), 1, "{contract:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_share_is_described_as_the_exchange_lists_it() {
    let server = server().await;
    let client = client(&server, 1).await;
    let found = details(&client, &apple_contract()).await;
    let known = server
        .world()
        .with_exchange(|exchange| exchange.contract(&apple()).unwrap());
    assert_eq!(found.contract.contract_id, 265_598);
    assert_eq!(found.long_name, known.name);
    assert_eq!(found.contract.primary_exchange.as_str(), "NASDAQ");
    assert_eq!(found.contract.currency.as_str(), "USD");
    assert_eq!(found.time_zone_id, "US/Eastern");
    assert!(found.order_types.contains(&"TRAIL".to_owned()));
    assert!(found.valid_exchanges.contains(&"SMART".to_owned()));
    assert_eq!(
        found.min_size.unwrap().to_string(),
        known.quantities.minimum.to_string()
    );
    assert_eq!(found.min_tick, 0.0001);
    assert!(found.trading_hours[0].starts_with("20220103:0400-20220103:2000"));
    assert!(found.liquid_hours[0].starts_with("20220103:0930-20220103:1600"));
    assert_eq!(found.stock_type, "COMMON");
}

#[tokio::test]
async fn every_class_is_found_by_the_client_s_own_builders() {
    let server = server().await;
    let client = client(&server, 1).await;
    let option = Contract::put("AAPL").strike(95.0).expires_on(2022, 1, 21);
    let cases = [
        (Contract::stock("KO").build(), AssetClass::Equity),
        (option.build(), AssetClass::Option),
        (Contract::forex("EUR", "USD").build(), AssetClass::Forex),
        (
            Contract::crypto("BTC").on_exchange("PAXOS").build(),
            AssetClass::Crypto,
        ),
        (Contract::index("SPX"), AssetClass::Index),
        (
            Contract::futures("ES")
                .expires_in(ContractMonth::new(2022, 3))
                .build(),
            AssetClass::Future,
        ),
        (
            Contract::continuous_futures("ES")
                .on_exchange("CME")
                .build(),
            AssetClass::Future,
        ),
    ];
    for (contract, class) in cases {
        let found = details(&client, &contract).await;
        assert!(!found.long_name.is_empty(), "{class:?}");
        assert_eq!(found.contract.symbol, contract.symbol);
        let again = Contract {
            contract_id: found.contract.contract_id,
            exchange: found.contract.exchange.clone(),
            ..Contract::default()
        };
        let again = details(&client, &again).await;
        assert_eq!(again.contract.local_symbol, found.contract.local_symbol);
    }
}

#[tokio::test]
async fn one_description_may_mean_many_contracts() {
    let server = server().await;
    let client = client(&server, 1).await;
    let futures = Contract::futures("ES").any_month().build();
    let found = within(client.contract_details(&futures)).await.unwrap();
    let listed = server.world().with_exchange(|exchange| {
        let now = exchange.now().date_naive();
        exchange
            .instruments()
            .filter(|i| matches!(i, Instrument::Future(_)))
            .filter(|i| i.expiry().is_some_and(|date| date > now))
            .count()
    });
    assert!(listed > 1);
    assert_eq!(found.len(), listed);
    let mut stream = client
        .contract_details_stream(&futures)
        .subscribe()
        .await
        .unwrap();
    let rows = stream.collect_to_end_within(PATIENCE).await.unwrap();
    assert_eq!(rows.len(), listed);
    client
        .cancel_contract_details(stream.request_id().unwrap())
        .await
        .unwrap();
    settled(&client).await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = server().await;
    let client = client(&server, 1).await;
    let missing = Contract::stock("NOSUCH").build();
    assert_eq!(
        code(within(client.contract_details(&missing)).await),
        Some(200)
    );
    let bond = Contract::bond_cusip("912810TM0");
    assert_eq!(
        code(within(client.contract_details(&bond)).await),
        Some(200)
    );
    let elsewhere = Contract::stock("AAPL").on_exchange("LSE").build();
    assert_eq!(
        code(within(client.contract_details(&elsewhere)).await),
        Some(200)
    );
}

#[tokio::test]
async fn a_search_finds_by_symbol_and_by_name() {
    let server = server().await;
    let client = client(&server, 1).await;
    for (pattern, first) in [("AAPL", "AAPL"), ("coca", "KO")] {
        let found = within(client.matching_symbols(pattern)).await.unwrap();
        assert_eq!(found[0].contract.symbol.as_str(), first, "{pattern}");
        assert!(found[0].derivative_security_types.contains(&"OPT".into()));
    }
    assert!(
        within(client.matching_symbols("ZZZZZZ"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_market_rule_gives_the_increments_by_price() {
    let server = server().await;
    let client = client(&server, 1).await;
    let found = details(&client, &apple_contract()).await;
    let id: i32 = found.market_rule_ids[0].parse().unwrap();
    let rule = within(client.market_rule(id)).await.unwrap();
    assert_eq!(rule.market_rule_id, id);
    let told: Vec<_> = rule
        .price_increments
        .iter()
        .map(|band| (band.low_edge, band.increment))
        .collect();
    assert_eq!(told, [(0.0, 0.0001), (1.0, 0.01)]);
}

#[tokio::test]
async fn letters_of_exchanges_are_explained() {
    let server = server().await;
    let client = client(&server, 1).await;
    let apple = apple_contract();
    let ticks = client
        .market_data(&apple)
        .snapshot_once(PATIENCE)
        .await
        .unwrap();
    let key = ticks.iter().find_map(|tick| match tick {
        TickTypes::RequestParameters(told) => Some(told.bbo_exchange.clone()),
        _ => None,
    });
    let found = within(client.smart_components(&key.unwrap()))
        .await
        .unwrap();
    assert!(
        found
            .iter()
            .any(|row| row.exchange == "NASDAQ" && row.exchange_letter == "Q")
    );
    assert_eq!(
        code(within(client.smart_components("nothing")).await),
        Some(321)
    );
}

#[tokio::test]
async fn exchanges_with_books_are_listed() {
    let server = server().await;
    let client = client(&server, 1).await;
    let found = within(client.market_depth_exchanges()).await.unwrap();
    assert!(
        found
            .iter()
            .any(|row| row.exchange_name == "NASDAQ" && row.security_type == "STK")
    );
    assert_eq!(dec!(0), server.truth(&crate::stage::du1()).held(&apple()));
}
