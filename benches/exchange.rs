//! The exchange: orders with every check, money held and released, reports told and taken.

use std::{error::Error, sync::Arc};

use broker_benches::{client_order_id, limit_order, median, resident_memory, section};
use broker_core::{
    Result, dec,
    model::{AccountId, AccountKind, Currency, Money, NewOrder, Side},
};
use broker_sim::{
    data::ProcessSettings,
    exchange::{Exchange, ExchangeSettings, PriceSource, Refusal, account::Account, us_share},
};
use chrono::{DateTime, Utc};

const CYCLES: u32 = 10_000;
const OPERATIONS_PER_CYCLE: u32 = 20;
const PAIRS: u32 = 200_000;
const RUNS: usize = 7;

/// A share at about 50 dollars, in the middle of a session, and two rich accounts.
fn exchange(accounts: &[AccountId]) -> Result<Exchange> {
    let start: DateTime<Utc> = "2022-06-15T15:00:00Z".parse().unwrap_or_default();
    let mut exchange = Exchange::new(start, ExchangeSettings::default());
    let price = ProcessSettings::new(dec!(50), dec!(0.01)).with_annual(0.0, 0.2);
    exchange.list(us_share("ZVZZT", PriceSource::Process(price))?);
    for id in accounts {
        let cash = [Money::new(dec!(1_000_000_000), Currency::USD)];
        let account = Account::new(id.clone(), AccountKind::Margin, Currency::USD, cash)
            .map_err(|error| broker_core::Error::invalid("account", error.to_string()))?;
        exchange
            .open_account(account)
            .map_err(|refusal| refusal.to_error())?;
    }
    exchange.advance_to(start);
    exchange.take_outputs();
    Ok(exchange)
}

type Orders = Vec<Arc<NewOrder>>;

/// Orders that rest below the market.
fn resting(account: &AccountId, prefix: char, count: u32) -> Result<Orders> {
    (0..count)
        .map(|number| {
            let price = dec!(49.50) - dec!(0.01) * broker_core::Decimal::from(number % 5);
            let id = client_order_id(prefix, number)?;
            Ok(Arc::new(limit_order(account, id, Side::Buy, 10, price)?))
        })
        .collect()
}

/// Pairs of orders that meet inside the house's spread; who sells alternates.
fn meeting(accounts: &[AccountId], count: u32) -> Result<Orders> {
    let mut orders = Vec::new();
    for number in 0..count {
        let sides = [Side::Sell, Side::Buy];
        for (account, offset) in accounts.iter().zip([0, 1]) {
            let side = sides.get((number as usize + offset) % 2);
            let id = client_order_id('T', number)?;
            let side = side.copied().unwrap_or(Side::Buy);
            orders.push(Arc::new(limit_order(account, id, side, 10, dec!(50))?));
        }
    }
    Ok(orders)
}

fn pairs(exchange: &mut Exchange, orders: &[Arc<NewOrder>]) -> Result<usize, Refusal> {
    let mut told = 0;
    for order in orders {
        let key = exchange.place(Arc::clone(order))?;
        exchange.cancel(key)?;
        told += exchange.take_outputs().len();
    }
    Ok(told)
}

/// Nine orders that rest and are canceled, two that meet, and so on.
fn mix(exchange: &mut Exchange, rest: &Orders, meet: &Orders) -> Result<usize, Refusal> {
    let mut told = 0;
    let mut keys = Vec::with_capacity(9);
    for (nine, two) in rest.chunks(9).zip(meet.chunks(2)) {
        for order in nine {
            keys.push(exchange.place(Arc::clone(order))?);
        }
        for order in two {
            exchange.place(Arc::clone(order))?;
        }
        for key in keys.drain(..) {
            exchange.cancel(key)?;
        }
        told += exchange.take_outputs().len();
    }
    Ok(told)
}

fn kibibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".into(), |bytes| format!("{} KiB", bytes / 1024))
}

fn main() -> Result<(), Box<dyn Error>> {
    let accounts = [AccountId::new("BENCH-1")?, AccountId::new("BENCH-2")?];
    let [first, _] = &accounts;
    let rest = resting(first, 'R', CYCLES * 9)?;
    let meet = meeting(&accounts, CYCLES)?;
    let fresh = || exchange(&accounts);
    let paired = median(RUNS, CYCLES * 9 * 2, fresh, |exchange| {
        let mut exchange = exchange?;
        let told = pairs(&mut exchange, &rest).map_err(|refusal| refusal.to_error())?;
        Ok::<_, broker_core::Error>((told, exchange))
    });
    let mixed = median(RUNS, CYCLES * OPERATIONS_PER_CYCLE, fresh, |exchange| {
        let mut exchange = exchange?;
        let told = mix(&mut exchange, &rest, &meet).map_err(|refusal| refusal.to_error())?;
        Ok::<_, broker_core::Error>((told, exchange))
    });
    let told = mix(&mut fresh()?, &rest, &meet).map_err(|refusal| refusal.to_error())?;

    // Memory: five batches of pairs, made of fresh orders each, so that only what the exchange
    // keeps can grow. The first one fills what it keeps of ended orders.
    let mut exchange = fresh()?;
    let mut sizes = Vec::new();
    for prefix in ['1', '2', '3', '4', '5'] {
        let orders = resting(first, prefix, PAIRS)?;
        pairs(&mut exchange, &orders).map_err(|refusal| refusal.to_error())?;
        drop(orders);
        sizes.push(resident_memory());
    }
    let grown = match (sizes.first(), sizes.last()) {
        (Some(Some(early)), Some(Some(late))) => Some(late.saturating_sub(*early)),
        _ => None,
    };
    section(
        "The exchange, with accounts and reports",
        &[
            (
                "place and cancel (target: 1 M/s)",
                format!("{:.2} M/s", paired.millions()),
            ),
            ("per operation", format!("{:.0} ns", paired.nanoseconds())),
            (
                "9 placed, 9 canceled, 2 matched (target: 1 M/s)",
                format!("{:.2} M/s", mixed.millions()),
            ),
            ("per operation", format!("{:.0} ns", mixed.nanoseconds())),
            ("outputs per operation", {
                let told = f64::from(u32::try_from(told)?);
                format!("{:.2}", told / f64::from(CYCLES * OPERATIONS_PER_CYCLE))
            }),
            ("growth from 200,000 to 1,000,000 pairs", kibibytes(grown)),
        ],
    )?;
    Ok(())
}
