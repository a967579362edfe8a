//! Rebalancing to targets: history, quotes, positions, drift, preview, orders, executions, profit.
//!
//! ```text
//! cargo run --example rebalance                          # a simulated TWS, which trades
//! cargo run --example rebalance -- --addr 127.0.0.1:4002 # your IB Gateway, which only previews
//! ```
//!
//! Sells go first, because they pay for the buys. What cannot be had at its limit stays undone and is
//! told; nothing is sent twice.

#![allow(clippy::print_stdout)]

use std::{error::Error, sync::Arc, time::Duration};

use broker_core::{Broker, BrokerExt, Decimal, dec, model::*};
use broker_examples::{Gateway, dollars, order_table, profit_table, table, text};
use broker_runtime::{
    layer::Stack,
    risk::{Limits, PriceCollar, RiskLimits},
};

/// What share of the account each instrument should have; the rest stays cash.
const TARGETS: [(&str, Decimal); 4] = [
    ("AAPL", dec!(0.30)),
    ("KO", dec!(0.25)),
    ("XOM", dec!(0.20)),
    ("UNH", dec!(0.15)),
];
/// A smaller drift is left alone.
const TOLERANCE: Decimal = dec!(0.02);

/// An instrument on its way to its target.
struct Line {
    contract: Arc<ContractDetails>,
    bid: Price,
    ask: Price,
    /// The middle, at which it is valued.
    price: Decimal,
    volatility: Option<Decimal>,
    held: Decimal,
    target: Decimal,
    /// What to trade; negative sells.
    trade: Decimal,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    let ibkr = gateway.connection().client_id(9).connect().await?;
    let mut limits = Limits::new();
    limits.max_order_notional = Some(dec!(600_000));
    limits.price_collar = Some(PriceCollar {
        percent: dec!(3),
        both_sides: true,
    });
    let standing = Stack::standard()
        .limits(RiskLimits::each(limits))
        .over(ibkr)
        .await?;
    let broker = standing.broker;
    let first = broker.accounts().await?.into_iter().next();
    let account = first.ok_or("a login without accounts")?.id;
    let simulated = gateway.server().is_some();
    if simulated {
        println!("before: the account holds too much of one share");
        let ask = broker.quote("KO").await?.ask.ok_or("nobody sells KO")?;
        let order = broker.buy("KO", 9_000).limit(ask.get() + dec!(0.50));
        let (id, _) = order.account(account.clone()).submit().await?;
        let wait = broker.wait_for_end(&account, &id, Duration::from_secs(30));
        println!("{}", order_table(&[wait.await?]));
    }

    let lines = plan(&*broker, &account).await?;
    let worth = worth(&*broker, &account).await?;
    println!(
        "\ntargets and drift, of {}\n{}",
        dollars(Some(worth)),
        drift_table(&lines, worth)
    );

    let orders = orders(&*broker, &account, &lines).await?;
    println!("\norders, sells first, as the broker would take them");
    let mut previews = Vec::new();
    for order in &orders {
        let preview = broker.preview(order).await?;
        previews.push([
            order.side.to_string(),
            text(order.quantity()),
            order.instrument.to_string(),
            text(order.order_type.limit_price()),
            preview.accepted.to_string(),
            dollars(preview.notional),
            dollars(preview.commission),
        ]);
    }
    let header = [
        "side",
        "quantity",
        "of",
        "limit",
        "accepted",
        "value",
        "commission",
    ];
    println!("{}", table(header, previews));
    if !simulated {
        println!("\nnothing was sent: this account is not a simulated one");
        broker.close().await?;
        return Ok(());
    }

    let began = broker.desk().clock().now();
    let mut done = Vec::new();
    for order in &orders {
        let unpaid = |ended: &Arc<Order>| {
            ended.terms.side == Side::Sell && ended.status != OrderStatus::Filled
        };
        if order.side == Side::Buy && done.iter().any(unpaid) {
            println!(
                "  {} waits for the next time: a sell that pays for it is not done",
                order.instrument
            );
            continue;
        }
        // Unconfirmed or not: what counts is how the order ends.
        let _ = broker.submit(order).await?;
        let id = &order.client_order_id;
        match broker
            .wait_for_end(&account, id, Duration::from_secs(20))
            .await
        {
            Ok(ended) => done.push(ended),
            Err(late) => {
                println!("  {late}; the rest of it is canceled");
                let _ = broker.cancel(&account, id).await?;
                done.push(
                    broker
                        .wait_for_end(&account, id, Duration::from_secs(20))
                        .await?,
                );
            }
        }
    }
    println!("\nwhat became of them\n{}", order_table(&done));

    let fills = broker
        .fills(&account, &FillFilter::default())
        .await?
        .complete_since(began)?;
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    let summary = portfolio.summary(&account).await?;
    println!(
        "\n{} executions brought\n{}",
        fills.len(),
        profit_table(&summary, &fills)
    );
    let lines = plan(&*broker, &account).await?;
    let worth = summary
        .net_liquidation
        .ok_or("an account without a value")?;
    println!("\nafterwards\n{}", drift_table(&lines, worth));
    if let Some(line) = lines.iter().find(|line| !line.trade.is_zero()) {
        return Err(format!("{} is still off its target", line.contract.instrument).into());
    }
    println!(
        "every instrument is within {}% of its target",
        TOLERANCE * dec!(100)
    );
    broker.close().await?;
    Ok(())
}

/// What the account is worth.
async fn worth(broker: &dyn Broker, account: &AccountId) -> Result<Money, Box<dyn Error>> {
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    let summary = portfolio.summary(account).await?;
    Ok(summary
        .net_liquidation
        .ok_or("an account without a value")?)
}

/// Where every instrument stands and what is to be traded.
async fn plan(broker: &dyn Broker, account: &AccountId) -> Result<Vec<Line>, Box<dyn Error>> {
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    let market = broker.market_data().ok_or("no market data")?;
    // An account that could not say what it holds is not rebalanced.
    let positions = portfolio.positions(account).await?.complete()?;
    let worth = worth(broker, account).await?.amount;
    let mut lines = Vec::new();
    for (symbol, target) in TARGETS {
        let instrument = broker.resolve(symbol).await?;
        let contract = broker.contract(&instrument).await?;
        let mut history = BarQuery::new(instrument.clone(), BarInterval::Day1);
        history.limit = 30;
        let bars = market.bars(&history).await?;
        let quote = broker.quote_of(&instrument).await?;
        let (bid, ask) = quote.bid.zip(quote.ask).ok_or("a share without a market")?;
        let price = (bid.get() + ask.get()) / dec!(2);
        let held = positions
            .iter()
            .filter(|position| position.instrument == instrument)
            .map(|position| position.quantity.get())
            .sum::<Decimal>();
        let off = held * price / worth - target;
        let trade = match off.abs() > TOLERANCE {
            true => (target * worth / price - held).round_dp(0),
            false => Decimal::ZERO,
        };
        lines.push(Line {
            contract,
            bid,
            ask,
            price,
            volatility: volatility(&bars),
            held,
            target,
            trade,
        });
    }
    Ok(lines)
}

/// The mean absolute daily change, in percent: how far a price may go while an order waits.
fn volatility(bars: &[Bar]) -> Option<Decimal> {
    let closes: Vec<Decimal> = bars.iter().map(|bar| bar.close.get()).collect();
    let changes: Vec<Decimal> = closes
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] => (after - before).abs().checked_div(*before),
            _ => None,
        })
        .collect();
    let count = Decimal::from(changes.len());
    let sum = changes.iter().sum::<Decimal>();
    Some((sum.checked_div(count)? * dec!(100)).round_dp(2))
}

/// The orders, sells first, each one percent beyond the market so that it trades.
async fn orders(
    broker: &dyn Broker,
    account: &AccountId,
    lines: &[Line],
) -> Result<Vec<NewOrder>, Box<dyn Error>> {
    let mut orders = Vec::new();
    for sells in [true, false] {
        let due = lines.iter().filter(|line| !line.trade.is_zero());
        for line in due.filter(|line| (line.trade < Decimal::ZERO) == sells) {
            let instrument = line.contract.instrument.to_string();
            let (order, limit) = match sells {
                true => (
                    broker.sell(instrument, -line.trade),
                    line.bid.get() * dec!(0.99),
                ),
                false => (
                    broker.buy(instrument, line.trade),
                    line.ask.get() * dec!(1.01),
                ),
            };
            let limit = limit.round_dp(2);
            orders.push(order.account(account.clone()).limit(limit).build().await?);
        }
    }
    Ok(orders)
}

fn drift_table(lines: &[Line], worth: Money) -> comfy_table::Table {
    let percent = |share: Decimal| format!("{}%", (share * dec!(100)).round_dp(1));
    let rows = lines.iter().map(|line| {
        let value = line.held * line.price;
        let share = value / worth.amount;
        [
            line.contract.instrument.to_string(),
            line.contract.name.clone(),
            line.price.round_dp(2).to_string(),
            text(line.volatility.map(|percent| format!("{percent}%"))),
            line.held.to_string(),
            percent(share),
            percent(line.target),
            percent(share - line.target),
            line.trade.to_string(),
        ]
    });
    let header = [
        "instrument",
        "name",
        "price",
        "a day moves it",
        "held",
        "share",
        "target",
        "drift",
        "trade",
    ];
    table(header, rows)
}
