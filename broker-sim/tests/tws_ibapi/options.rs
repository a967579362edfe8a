use broker_core::{
    dec,
    model::{Instrument, OccSymbol, OptionGiven, OptionQuery, Price, Right},
};
use broker_sim::tws::TwsServer;
use chrono::NaiveDate;
use ibapi::prelude::*;

use crate::stage::{
    PATIENCE, apple, apple_contract, client, code, drained, du1, server, settled, within, words,
};

const APPLE: i32 = 265_598;

fn call() -> Contract {
    let call = Contract::call("AAPL").strike(100.0);
    call.expires_on(2022, 1, 21).build()
}

fn listed_call() -> Instrument {
    let expiry = NaiveDate::from_ymd_opt(2022, 1, 21).unwrap();
    Instrument::option(OccSymbol::new("AAPL", expiry, Right::Call, dec!(100)).unwrap())
}

#[tokio::test]
async fn a_chain_gives_the_expirations_and_strikes_of_the_exchange() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut chain = client
        .option_chain("AAPL", SecurityType::Stock, APPLE)
        .subscribe()
        .await
        .unwrap();
    let rows = chain.collect_to_end_within(PATIENCE).await.unwrap();
    let (dates, strikes) = server
        .world()
        .with_exchange(|exchange| (exchange.expirations(&apple()), exchange.strikes(&apple())));
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(row.underlying_contract_id, APPLE);
        assert_eq!(row.multiplier, "100");
        assert_eq!(row.expirations.len(), dates.len());
        assert_eq!(row.strikes.len(), strikes.len());
        assert_eq!(row.expirations[0], dates[0].format("%Y%m%d").to_string());
    }
    assert!(rows.iter().any(|row| row.exchange == "SMART"));
    let mut none = client
        .option_chain("AAPL", SecurityType::Stock, APPLE)
        .exchange("CME")
        .subscribe()
        .await
        .unwrap();
    let rows = none.collect_to_end_within(PATIENCE).await.unwrap();
    assert!(rows.is_empty());
    let mut wrong = client
        .option_chain("AAPL", SecurityType::Stock, 1)
        .subscribe()
        .await
        .unwrap();
    assert_eq!(code(within(wrong.next()).await.unwrap()), Some(321));
}

/// What the exchange computes for the same question.
fn computed(server: &TwsServer, given: OptionGiven) -> broker_core::model::OptionComputation {
    server.world().with_exchange(|exchange| {
        let query = OptionQuery {
            instrument: listed_call(),
            underlying_price: Price::new(dec!(101)).unwrap(),
            given,
        };
        exchange.compute_option(&query).unwrap()
    })
}

#[tokio::test]
async fn the_calculators_agree_with_the_exchange_and_with_each_other() {
    let server = server().await;
    let client = client(&server, 1).await;
    let option = call();
    let told = within(client.calculate_option_price(&option, 0.3, 101.0))
        .await
        .unwrap();
    let truth = computed(&server, OptionGiven::Volatility(dec!(0.3)));
    let price = told.option_price.unwrap();
    assert_eq!(price.to_string(), truth.price.get().normalize().to_string());
    assert!(told.delta.unwrap() > 0.4 && told.delta.unwrap() < 0.7);
    assert_eq!(told.underlying_price, Some(101.0));
    let back = within(client.calculate_implied_volatility(&option, price, 101.0))
        .await
        .unwrap();
    let volatility = back.implied_volatility.unwrap();
    assert!((volatility - 0.3).abs() < 0.01, "{volatility}");
    let share = apple_contract();
    let refused = within(client.calculate_option_price(&share, 0.3, 101.0)).await;
    assert_eq!(code(refused), Some(321));
    let nonsense = within(client.calculate_option_price(&option, -1.0, 101.0)).await;
    assert_eq!(code(nonsense), Some(321));
}

#[tokio::test]
async fn an_option_s_line_comes_with_its_greeks() {
    let server = server().await;
    let client = client(&server, 1).await;
    let option = call();
    let ticks = client
        .market_data(&option)
        .snapshot_once(PATIENCE)
        .await
        .unwrap();
    let quote = Quote::from_ticks(&ticks);
    let truth = server
        .world()
        .with_exchange(|exchange| exchange.quote(&listed_call()).unwrap());
    assert_eq!(
        quote.bid.unwrap().to_string(),
        truth.bid.unwrap().get().normalize().to_string()
    );
    let model = quote.model_greeks.unwrap();
    assert!(model.delta.unwrap() > 0.3 && model.implied_volatility.unwrap() > 0.05);
}

#[tokio::test]
async fn a_spread_is_priced_and_traded_as_one() {
    let server = server().await;
    let client = client(&server, 1).await;
    let other = Contract::call("AAPL").strike(105.0).expires_on(2022, 1, 21);
    let (other, near) = (other.build(), call());
    let near = within(client.contract_details(&near)).await.unwrap();
    let far = within(client.contract_details(&other)).await.unwrap();
    let spread = Contract::spread()
        .symbol("AAPL")
        .vertical(near[0].contract.contract_id, far[0].contract.contract_id)
        .build()
        .unwrap();
    let ticks = client
        .market_data(&spread)
        .snapshot_once(PATIENCE)
        .await
        .unwrap();
    let quote = Quote::from_ticks(&ticks);
    let ask = quote.ask.unwrap();
    assert!(ask > 0.0 && ask < 5.0, "{quote:?}");
    let mut updates = client.order_update_stream().await.unwrap();
    let order = client
        .order(&spread)
        .buy(2)
        .limit((ask + 1.0).round())
        .account("DU1");
    order.submit().await.unwrap();
    settled(&client).await;
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.contains(&"status 1 Filled 2/0".into()), "{heard:?}");
    let held = server.truth(&du1()).held(&listed_call());
    assert_eq!(held, dec!(2));
    assert_eq!(server.truth(&du1()).positions.len(), 2);
}
