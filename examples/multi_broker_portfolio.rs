//! Interactive Brokers and Tiger Brokers behind one handle: positions side by side and netted.
//!
//! ```text
//! cargo run --example multi_broker_portfolio
//! ```
//!
//! Both brokers are simulated, each behind its own wire. The picture is written into the folder for
//! temporary files. Needs no network.

#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use broker_core::{Broker, BrokerExt, Decimal, dec, model::*};
use broker_examples::{Gateway, PositionBars, TigerLogin, account_table, dollars, table, text};
use broker_runtime::{
    layer::Stack,
    registry::{DEFAULT_BOUND, Permission, Registry, SeatKey},
    risk::{Limits, RiskLimits},
};
use broker_tiger::TigerBroker;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    if gateway.server().is_none() {
        return Err("this example trades in simulated accounts only".into());
    }
    let login = TigerLogin::from_arguments().await?;
    let ibkr = gateway.connection().client_id(7).connect().await?;
    let tiger = TigerBroker::builder(login.settings()?.build()?)
        .connect()
        .await?;

    // The same layers around each; the program knows neither by its name from here on.
    let registry = Registry::new();
    for broker in [ibkr as Arc<dyn Broker>, tiger] {
        let mut limits = Limits::new();
        limits.max_position_notional = Some(dec!(150_000));
        limits.short_selling = true;
        let standing = Stack::standard()
            .limits(RiskLimits::each(limits))
            .over(broker)
            .await?;
        let first = standing.broker.accounts().await?.into_iter().next();
        let account = first.ok_or("a login without accounts")?.id;
        let key = registry.add(Arc::clone(&standing.broker), &account, Permission::Trade)?;
        println!("{key} is at hand");
    }

    println!("\norders, each to the account that it names");
    let seats = registry.seats();
    let wanted = [
        ("KO", [400, 300]),
        ("AAPL", [-120, 200]),
        ("XOM", [250, -100]),
        ("UNH", [60, 0]),
    ];
    for (symbol, quantities) in wanted {
        for (seat, quantity) in seats.iter().zip(quantities) {
            trade(&registry, &seat.key, symbol, quantity).await?;
        }
    }

    let asked = registry
        .aggregate(&seats, DEFAULT_BOUND, |seat| async move {
            let portfolio = seat.broker.portfolio();
            let portfolio =
                portfolio.ok_or_else(|| broker_core::Error::unsupported("portfolio"))?;
            let positions = portfolio.positions(seat.account()).await?.complete()?;
            Ok((portfolio.summary(seat.account()).await?, positions))
        })
        .await
        .complete()?;
    let summaries = asked.iter().map(|(_, (summary, _))| summary);
    println!("\naccounts\n{}", account_table(summaries));

    // What each position is worth, for the table and the picture. TWS tells no values with positions.
    let mut worth: BTreeMap<(Instrument, SeatKey), Money> = BTreeMap::new();
    for (key, (_, positions)) in &asked {
        let seat = registry.seat(key, Permission::Read)?;
        for position in positions {
            let value = match position.market_value {
                Some(value) => value,
                None => {
                    let quote = seat.broker.quote_of(&position.instrument).await?;
                    let price = quote.last.ok_or("a share without a price")?;
                    Money::new(position.quantity.get() * price.get(), Currency::USD)
                }
            };
            worth.insert((position.instrument.clone(), key.clone()), value);
        }
    }
    let net = registry.net_positions(&seats, DEFAULT_BOUND).await;
    let net = net.positions.complete()?;
    let value = |instrument: &Instrument, key: &SeatKey| {
        worth.get(&(instrument.clone(), key.clone())).copied()
    };
    let [first, second] = seats.as_slice() else {
        return Err("two accounts were added".into());
    };
    let rows = net.iter().map(|position| {
        let held = |key: &SeatKey| {
            let held = position.holdings.iter().find(|held| held.key == *key);
            text(held.map(|held| held.quantity))
        };
        let values = seats
            .iter()
            .filter_map(|seat| value(&position.instrument, &seat.key));
        let sum = values.map(|money| money.amount).sum::<Decimal>();
        [
            position.instrument.to_string(),
            held(&first.key),
            held(&second.key),
            position.net.to_string(),
            position.gross.to_string(),
            dollars(Some(Money::new(sum, Currency::USD))),
        ]
    });
    let names = [first.key.broker.to_string(), second.key.broker.to_string()];
    let header = [
        "instrument",
        &names[0],
        &names[1],
        "net",
        "gross",
        "net value",
    ];
    println!("\npositions over both brokers\n{}", table(header, rows));

    let bars = PositionBars {
        title: "One portfolio, two brokers".into(),
        subtitle: "market value by instrument in US dollars; the dark mark is the net position"
            .into(),
        brokers: seats.iter().map(|seat| seat.key.to_string()).collect(),
        rows: net
            .iter()
            .map(|position| {
                let amounts = seats.iter().map(|seat| {
                    value(&position.instrument, &seat.key).map_or(Decimal::ZERO, |v| v.amount)
                });
                (position.instrument.to_string(), amounts.collect())
            })
            .collect(),
    };
    let path = std::env::temp_dir().join("multi_broker_portfolio.png");
    bars.draw(&path)?;
    println!("\nchart: {}", path.display());
    for seat in &seats {
        seat.broker.close().await?;
    }
    Ok(())
}

/// Buys or sells at a limit that trades at once, and waits for the end.
async fn trade(
    registry: &Registry,
    key: &SeatKey,
    symbol: &str,
    quantity: i64,
) -> Result<(), Box<dyn Error>> {
    if quantity == 0 {
        return Ok(());
    }
    let seat = registry.seat(key, Permission::Trade)?;
    let quote = seat.broker.quote(symbol).await?;
    let order = if quantity > 0 {
        let ask = quote.ask.ok_or("nobody sells")?;
        seat.broker
            .buy(symbol, quantity)
            .limit((ask.get() * dec!(1.01)).round_dp(2))
    } else {
        let bid = quote.bid.ok_or("nobody buys")?;
        seat.broker
            .sell(symbol, -quantity)
            .limit((bid.get() * dec!(0.99)).round_dp(2))
    };
    let (id, _) = order.account(key.account.clone()).submit().await?;
    let ended = seat
        .broker
        .wait_for_end(&key.account, &id, Duration::from_secs(30))
        .await?;
    println!(
        "  {key}: {} {} {symbol} at {}: {}",
        ended.terms.side,
        ended.cumulative_quantity,
        text(ended.average_price.map(|price| price.get().round_dp(2))),
        ended.status
    );
    Ok(())
}
