//! A year in the life of a paper account: quotes, a bracket order, events, and the equity curve.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Opens the in-process paper broker on recorded prices, buys a small portfolio, places a bracket
//! order (entry, take profit, stop loss), replays the year while the account's events stream in, and
//! draws what the account was worth at each close into a PNG file. Needs no network.

#![allow(clippy::print_stdout)]

use std::error::Error;

use broker_core::{Acknowledgement, Broker, BrokerExt, Decimal, dec, event::EventBody, model::*};
use broker_examples::{
    EquityCurve, Mark, account_table, dollars, order_table, position_table, preview_table,
    profit_table, progress_bar, quote_table, say, sentence, trading_days,
};
use broker_sim::paper::PaperBroker;

const PORTFOLIO: [(&str, i32); 5] = [
    ("AAPL", 60),
    ("JNJ", 60),
    ("KO", 150),
    ("MSFT", 30),
    ("XOM", 150),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A program that trades elsewhere differs in this line: everything below is any broker's.
    let broker = PaperBroker::builder()
        .account("DEMO", dec!(100_000))
        .build()?;
    let account = broker.account().clone();
    let portfolio = broker
        .portfolio()
        .ok_or("this broker has no portfolio service")?;

    println!(
        "{} ({}), {}",
        broker.id(),
        broker.environment(),
        broker.world().now()
    );
    println!("{}", account_table([&portfolio.summary(&account).await?]));
    let mut quotes = Vec::new();
    for (symbol, _) in PORTFOLIO {
        quotes.push(broker.quote(symbol).await?);
    }
    println!("\nquotes\n{}", quote_table(&quotes));

    // Every event of the account from now on, in order and without holes.
    let mut events = broker.events(&account)?;

    // A few shares to hold.
    for (symbol, quantity) in PORTFOLIO {
        let (id, acknowledgement) = broker.buy(symbol, quantity).submit().await?;
        if !acknowledgement.is_accepted() {
            println!("nobody knows whether {id} arrived: look it up, never send it again");
        }
    }

    // A bracket: buy five per cent lower, then take a profit of 8 % or a loss of 5 %.
    let ask = broker.quote("UNH").await?.ask.ok_or("nobody offers UNH")?;
    let limit = times(ask, dec!(0.95))?;
    let entry = broker
        .buy("UNH", 40)
        .limit(limit)
        .time_in_force(TimeInForce::Gtc)
        .build()
        .await?;
    let preview = broker.preview(&entry).await?;
    println!(
        "\npreview of the bracket's entry\n{}",
        preview_table(&entry, &preview)
    );
    let bracket = OrderList::bracket(entry, times(limit, dec!(1.08))?, times(limit, dec!(0.95))?)?;
    let acknowledgements = broker.submit_list(&bracket).await?;
    let accepted = acknowledgements.iter().all(Acknowledgement::is_accepted);
    println!("bracket accepted: {accepted}");

    // The year goes by, one trading day at a time, as far as prices are recorded.
    let (now, end) = (broker.world().now(), broker.world().last_point_at());
    let end = end.ok_or("nothing is recorded")?;
    let days = trading_days(&broker, "UNH", now.date_naive(), end.date_naive()).await?;
    println!(
        "\nreplaying {} trading days; what happens to the orders:",
        days.len()
    );
    let mut curve = EquityCurve::default();
    let bar = progress_bar("replay", days.len());
    for (date, close) in days {
        broker.world().advance_to(close);
        while let Some(event) = events.try_next() {
            let EventBody::Execution { report, order, .. } = &event.body else {
                continue;
            };
            say(&bar, &sentence(&event));
            if let (ExecutionKind::Trade { fill }, Some(link)) = (&report.kind, &order.list) {
                let role = link.role.as_str().replace('_', " ");
                let label = format!(
                    "{role}: {} {} UNH at {}",
                    fill.side, fill.quantity, fill.price
                );
                curve.marks.push(Mark { date, label });
            }
        }
        let worth = portfolio.summary(&account).await?.net_liquidation;
        curve.days.extend(worth.map(|worth| (date, worth.amount)));
        bar.set_message(dollars(worth));
        bar.inc(1);
    }
    bar.finish_and_clear();

    let orders = broker
        .orders(&account, &OrderFilter::default())
        .await?
        .complete()?;
    println!("\norders\n{}", order_table(&orders));
    let positions = portfolio.positions(&account).await?.complete()?;
    println!("\npositions\n{}", position_table(&positions));
    let fills = broker
        .fills(&account, &FillFilter::default())
        .await?
        .complete()?;
    let summary = portfolio.summary(&account).await?;
    println!("\nprofit and loss\n{}", profit_table(&summary, &fills));

    curve.title = "What the account was worth".into();
    curve.subtitle =
        "Net liquidation value at each close; shaded while the bracket held UNH".into();
    let path = std::env::temp_dir().join("broker-quickstart-equity.png");
    curve.draw(&path)?;
    println!("\nequity curve: {}", path.display());
    Ok(())
}

/// A price times a factor, in cents.
fn times(price: Price, factor: Decimal) -> Result<Price, ValueError> {
    Price::new((price.get() * factor).round_dp(2))
}
