//! Short words for the tests: instruments, marks, fills.

use std::collections::BTreeMap;

use broker_core::model::{AccountKind, Currency, Instrument, Mic, Money, OccSymbol, Price, Side};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, dec};

use super::{Account, Booking, CommissionSchedule, Marks, Proposed};

#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) prices: BTreeMap<Instrument, Decimal>,
    pub(super) rates: BTreeMap<(Currency, Currency), Decimal>,
    pub(super) revision: u64,
}

impl Sheet {
    pub(super) fn with(mut self, instrument: Instrument, price: Decimal) -> Self {
        self.prices.insert(instrument, price);
        self.revision += 1;
        self
    }

    pub(super) fn with_rate(mut self, from: Currency, to: Currency, rate: Decimal) -> Self {
        self.rates.insert((from, to), rate);
        self.revision += 1;
        self
    }
}

impl Marks for Sheet {
    fn price(&self, instrument: &Instrument) -> Option<Decimal> {
        self.prices.get(instrument).copied()
    }
    fn rate(&self, from: Currency, to: Currency) -> Option<Decimal> {
        self.rates.get(&(from, to)).copied()
    }
    fn revision(&self) -> u64 {
        self.revision
    }
}

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    day(5).and_hms_opt(15, 0, 0).unwrap().and_utc()
}

pub(super) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(super) fn tencent() -> Instrument {
    Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap()
}

pub(super) fn future() -> Instrument {
    Instrument::future("ES", Mic::XCME, day(20), Currency::USD).unwrap()
}

pub(super) fn euro() -> Instrument {
    Instrument::forex(Currency::EUR, Currency::USD)
}

pub(super) fn coin() -> Instrument {
    Instrument::crypto(Currency::BTC, Currency::USD)
}

/// An option on Apple that expires on 16 January 2026.
pub(super) fn option(right: char, strike: u32) -> Instrument {
    let symbol: OccSymbol = format!("AAPL  260116{right}{strike:05}000")
        .parse()
        .unwrap();
    Instrument::option(symbol)
}

pub(super) fn multiplier(instrument: &Instrument) -> Decimal {
    match instrument {
        Instrument::Option(_) => dec!(100),
        Instrument::Future(_) => dec!(50),
        _ => Decimal::ONE,
    }
}

fn underlying(instrument: &Instrument) -> Option<Instrument> {
    matches!(instrument, Instrument::Option(_)).then(apple)
}

/// A fill of 5 January that settles the day after; positive quantities buy, the order is number 1.
pub(super) fn fill(
    id: &str,
    instrument: &Instrument,
    quantity: Decimal,
    price: Decimal,
) -> Booking {
    Booking {
        execution_id: id.parse().unwrap(),
        order_key: 1,
        instrument: instrument.clone(),
        multiplier: multiplier(instrument),
        underlying: underlying(instrument),
        side: side(quantity),
        price: Price::new(price).unwrap(),
        quantity: quantity.abs().try_into().unwrap(),
        trade_date: day(5),
        settlement_date: day(6),
        at: now(),
    }
}

pub(super) fn order(instrument: &Instrument, quantity: Decimal, price: Decimal) -> Proposed {
    Proposed {
        instrument: instrument.clone(),
        multiplier: multiplier(instrument),
        underlying: underlying(instrument),
        side: side(quantity),
        price: Price::new(price).unwrap(),
        quantity: quantity.abs().try_into().unwrap(),
        committed: Decimal::ZERO,
    }
}

fn side(quantity: Decimal) -> Side {
    if quantity > Decimal::ZERO {
        Side::Buy
    } else {
        Side::Sell
    }
}

pub(super) fn usd(amount: Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

/// A dollar account that pays the default commissions.
pub(super) fn paying(kind: AccountKind, deposit: Decimal) -> Account {
    Account::new("U1".parse().unwrap(), kind, Currency::USD, [usd(deposit)]).unwrap()
}

/// A dollar account without commissions.
pub(super) fn free(kind: AccountKind, deposit: Decimal) -> Account {
    paying(kind, deposit).with_commissions(CommissionSchedule::free())
}

pub(super) fn margin(deposit: Decimal) -> Account {
    free(AccountKind::Margin, deposit)
}

/// An account with these positions, each bought or sold at a price.
pub(super) fn holding(
    mut account: Account,
    positions: &[(&Instrument, Decimal, Decimal)],
) -> Account {
    for (index, (instrument, quantity, price)) in positions.iter().enumerate() {
        let id = format!("h{index}");
        account
            .apply_fill(&fill(&id, instrument, *quantity, *price))
            .unwrap();
    }
    account
}
