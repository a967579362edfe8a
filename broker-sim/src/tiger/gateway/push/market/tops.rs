//! The most traded shares and options, every half minute.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use broker_core::{
    Decimal, dec,
    model::{FundamentalKind, Instrument, Price, Quote, Trade},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::data;
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{
            contracts::names,
            number::double,
            push::session::millis,
            quotes::points,
            symbols::{Market, Name},
        },
        push::{
            DataType, OptionTopData, OptionTopDataBigOrder, OptionTopDataOptionItem,
            OptionTopDataTopData, Payload, PushData, StockTopData, StockTopDataStockItem,
            StockTopDataTopData,
        },
    },
};

/// How often lists are pushed, at full and half minutes.
const EVERY: TimeDelta = TimeDelta::seconds(30);
/// Rows of a list of shares and of one of options.
const SHARES: usize = 30;
const OPTIONS: usize = 50;
/// What an option's trade is worth at least that is listed alone.
const BIG: Decimal = dec!(200_000);

/// What shares are ranked by.
const BY_SHARE: [&str; 6] = [
    "changeRate",
    "changeRate5Min",
    "turnoverRate",
    "amount",
    "volume",
    "amplitude",
];
/// What options are ranked by.
const BY_OPTION: [&str; 4] = ["bigOrder", "volume", "amount", "openInt"];

/// The lists that are wanted, by market.
#[derive(Debug, Default)]
pub(super) struct Tops {
    shares: BTreeMap<&'static str, BTreeSet<&'static str>>,
    options: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// Whether the next lists have an appointment.
    pub(super) waits: bool,
}

impl Tops {
    /// Changes what is wanted; without indicators all of them are meant.
    pub(super) fn change(
        &mut self,
        kind: DataType,
        (market, indicators): (&str, &[&str]),
        on: bool,
    ) -> Result<(), String> {
        let (lists, known): (_, &[&'static str]) = if kind == DataType::StockTop {
            (&mut self.shares, &BY_SHARE)
        } else {
            (&mut self.options, &BY_OPTION)
        };
        let listed = match Market::from_word(market) {
            Some(Market::Us) => Some("US"),
            Some(Market::Hk) if kind == DataType::StockTop => Some("HK"),
            _ => None,
        };
        let market = listed.ok_or_else(|| format!("{kind:?} of '{market}' is not supported"))?;
        let mut wanted = Vec::new();
        for indicator in indicators {
            let found = known.iter().find(|known| *known == indicator);
            wanted.push(*found.ok_or_else(|| format!("indicator '{indicator}' does not exist"))?);
        }
        if wanted.is_empty() {
            wanted.extend(known);
        }
        let list = lists.entry(market).or_default();
        for indicator in wanted {
            if on {
                list.insert(indicator);
            } else {
                list.remove(indicator);
            }
        }
        lists.retain(|_, list| !list.is_empty());
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.shares.len() + self.options.len()
    }

    /// Every list that is wanted.
    pub(super) fn write(&self, exchange: &mut Exchange) -> Vec<PushData> {
        let mut pushes = Vec::new();
        for (market, indicators) in &self.shares {
            pushes.push(shares(market, indicators, exchange));
        }
        for (market, indicators) in &self.options {
            pushes.push(options(market, indicators, exchange));
        }
        pushes
    }
}

/// When lists are pushed next.
pub(super) fn next(now: DateTime<Utc>) -> DateTime<Utc> {
    let every = EVERY.num_milliseconds();
    let passed = now.timestamp_millis().rem_euclid(every);
    now + TimeDelta::milliseconds(every - passed)
}

fn shares(market: &str, indicators: &BTreeSet<&'static str>, exchange: &mut Exchange) -> PushData {
    let listed = exchange.instruments();
    let of_market: Vec<(String, Instrument)> = listed
        .filter(|instrument| matches!(instrument, Instrument::Equity(_)))
        .filter_map(|share| Some((Name::of(share)?, share)))
        .filter(|(name, _)| name.market.word() == market)
        .map(|(name, share)| (name.symbol, share.clone()))
        .collect();
    let mut quotes: Vec<(String, Instrument, Quote)> = Vec::new();
    for (symbol, share) in of_market {
        if let Ok(quote) = exchange.quote(&share) {
            quotes.push((symbol, share, quote));
        }
    }
    let mut lists = Vec::new();
    for indicator in indicators {
        let mut ranked = Vec::new();
        for (symbol, share, quote) in &quotes {
            let value = figure(indicator, share, quote, exchange);
            if let Some((value, last)) = value.zip(quote.last) {
                ranked.push((Reverse(value), symbol.as_str(), last));
            }
        }
        ranked.sort();
        let rows = ranked.into_iter().take(SHARES);
        let item = rows.map(|(Reverse(value), symbol, last)| StockTopDataStockItem {
            symbol: symbol.to_owned(),
            latest_price: double(last.get()),
            target_value: double(value),
        });
        lists.push(StockTopDataTopData {
            target_name: (*indicator).to_owned(),
            item: item.collect(),
        });
    }
    let written = StockTopData {
        market: market.to_owned(),
        timestamp: exchange.now().timestamp_millis(),
        top_data: lists,
    };
    data(DataType::StockTop, Payload::StockTop(written))
}

/// What a share is ranked by.
fn figure(
    indicator: &str,
    share: &Instrument,
    quote: &Quote,
    exchange: &mut Exchange,
) -> Option<Decimal> {
    let before = quote.previous_close.map(Price::get);
    let last = quote.last.map(Price::get);
    let rate = |from: Option<Decimal>| {
        let (last, from) = last.zip(from)?;
        Some((last - from).checked_div(from)?.round_dp(6))
    };
    match indicator {
        "changeRate" => rate(before),
        "changeRate5Min" => {
            let recent = points(exchange, share, exchange.now() - TimeDelta::minutes(5));
            rate(recent.first().map(|point| point.price))
        }
        "turnoverRate" => {
            let report = exchange.fundamentals(share, FundamentalKind::Summary)?;
            let mut facts = report.facts.iter();
            let all = facts.find(|fact| fact.name == "shares_outstanding")?.value;
            Some(quote.volume?.checked_div(all)?.round_dp(6))
        }
        "amount" => {
            let today = points(exchange, share, begin_of_day(exchange.now()));
            Some(today.iter().map(|point| point.price * point.size).sum())
        }
        "volume" => quote.volume,
        "amplitude" => {
            let (high, low) = quote.high.zip(quote.low)?;
            Some((high.get() - low.get()).checked_div(before?)?.round_dp(6))
        }
        _ => None,
    }
}

/// Midnight in New York.
fn begin_of_day(now: DateTime<Utc>) -> DateTime<Utc> {
    Market::Us.midnight(Market::Us.date_of(now)).unwrap_or(now)
}

fn options(market: &str, indicators: &BTreeSet<&'static str>, exchange: &mut Exchange) -> PushData {
    let listed = exchange.instruments();
    let listed: Vec<Instrument> = listed
        .filter(|instrument| matches!(instrument, Instrument::Option(_)))
        .cloned()
        .collect();
    let begin = begin_of_day(exchange.now());
    let mut traded = Vec::new();
    let mut big = Vec::new();
    for option in listed {
        let multiplier = exchange.contract(&option).map(|details| details.multiplier);
        let multiplier = multiplier.unwrap_or(Decimal::ONE);
        let trades = exchange.trades_since(&option, begin).unwrap_or_default();
        let worth = |trade: &Trade| trade.price.get() * trade.size * multiplier;
        let Some(last) = trades.iter().rfind(|trade| !trade.size.is_zero()) else {
            continue;
        };
        let volume: Decimal = trades.iter().map(|trade| trade.size).sum();
        let amount: Decimal = trades.iter().map(worth).sum();
        traded.push((volume, amount, item(&option, (volume, amount), last)));
        let large = trades.iter().filter(|trade| worth(trade) >= BIG);
        big.extend(large.map(|trade| (worth(trade), big_order(&option, trade, worth(trade)))));
    }
    let mut lists = Vec::new();
    for indicator in indicators {
        let mut list = OptionTopDataTopData {
            target_name: (*indicator).to_owned(),
            ..OptionTopDataTopData::default()
        };
        match *indicator {
            "bigOrder" => {
                big.sort_by_key(|(worth, _)| Reverse(*worth));
                let rows = big.iter().take(OPTIONS);
                list.big_order = rows.map(|(_, row)| row.clone()).collect();
            }
            "volume" | "amount" => {
                let by_volume = *indicator == "volume";
                traded.sort_by_key(|(volume, amount, _)| {
                    Reverse(if by_volume { *volume } else { *amount })
                });
                let rows = traded.iter().take(OPTIONS);
                list.item = rows.map(|(_, _, row)| row.clone()).collect();
            }
            // Open interest is not known: the list has no rows.
            _ => {}
        }
        lists.push(list);
    }
    let written = OptionTopData {
        market: market.to_owned(),
        timestamp: exchange.now().timestamp_millis(),
        top_data: lists,
    };
    data(DataType::OptionTop, Payload::OptionTop(written))
}

fn item(
    option: &Instrument,
    (volume, amount): (Decimal, Decimal),
    last: &Trade,
) -> OptionTopDataOptionItem {
    let parts = names::parts(option);
    OptionTopDataOptionItem {
        symbol: names::symbol(option),
        expiry: parts.expiry,
        strike: parts.strike,
        right: parts.right.to_owned(),
        total_amount: double(amount),
        total_volume: double(volume),
        total_open_int: 0.0,
        volume_to_open_int: 0.0,
        latest_price: double(last.price.get()),
        update_time: last.time.timestamp_millis(),
    }
}

fn big_order(option: &Instrument, trade: &Trade, worth: Decimal) -> OptionTopDataBigOrder {
    let parts = names::parts(option);
    let side = trade
        .aggressor
        .map(|side| if side.is_sell() { "SELL" } else { "BUY" });
    OptionTopDataBigOrder {
        symbol: names::symbol(option),
        expiry: parts.expiry,
        strike: parts.strike,
        right: parts.right.to_owned(),
        // The tape does not always tell who took.
        dir: side.unwrap_or_default().to_owned(),
        volume: double(trade.size),
        price: double(trade.price.get()),
        amount: double(worth),
        trade_time: i64::try_from(millis(trade.time)).unwrap_or_default(),
    }
}
