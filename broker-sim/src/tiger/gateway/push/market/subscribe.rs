//! Which prices are wanted.

use broker_core::model::Instrument;
use serde_json::{Value, json};

use super::{ALLOWED, BOOKS_ALLOWED, Lines, MarketDue, tops::next};
use crate::tiger::{
    gateway::{
        state::Due,
        symbols::{SecType, Wanted, date_of, right_of},
        turn::Turn,
    },
    push::{DataType, RequestSubscribe},
};

impl Turn<'_> {
    /// Takes a subscription; gives back the message of the answer, or the words of a refusal.
    pub(in crate::tiger::gateway::push) fn subscribe_market(
        &mut self,
        kind: DataType,
        wanted: &RequestSubscribe,
    ) -> Result<Value, String> {
        supported(kind, wanted)?;
        let symbols = symbols(wanted);
        if is_top(kind) {
            return self.change_tops(kind, wanted, &symbols, true);
        }
        let mut known = Vec::new();
        for symbol in &symbols {
            let Some((instrument, kind)) = self.pushed_as(symbol, kind) else {
                continue;
            };
            // What is an option's only once somebody asks is listed by the asking.
            let listed = self.exchange.contract(&instrument).is_ok();
            if let Some(listing) = self.exchange.listing_of(&instrument).filter(|_| listed) {
                known.push((*symbol, (listing, instrument), kind));
            }
        }
        if known.is_empty() {
            let symbols = symbols.join(",");
            return Err(format!("symbol '{symbols}' does not exist"));
        }
        let names: Vec<&str> = known.iter().map(|(symbol, _, _)| *symbol).collect();
        let market = &mut self.state.push.market;
        let watched = match kind {
            DataType::QuoteDepth => add(&mut market.depth, known, BOOKS_ALLOWED)?,
            DataType::TradeTick => add(&mut market.ticks, known, ALLOWED)?,
            DataType::Kline => add(&mut market.bars, known, ALLOWED)?,
            _ => add(&mut market.quotes, known, ALLOWED)?,
        };
        for listing in watched {
            self.exchange.watch(listing, true);
        }
        Ok(json!({"success": names.join(",")}))
    }

    /// Lets a subscription go; without symbols all of the kind.
    pub(in crate::tiger::gateway::push) fn unsubscribe_market(
        &mut self,
        kind: DataType,
        wanted: &RequestSubscribe,
    ) -> Result<Value, String> {
        supported(kind, wanted)?;
        let symbols = symbols(wanted);
        if is_top(kind) {
            return self.change_tops(kind, wanted, &symbols, false);
        }
        let market = &mut self.state.push.market;
        let gone = match kind {
            DataType::QuoteDepth => market.depth.take(&symbols, ANY),
            DataType::TradeTick => market.ticks.take(&symbols, ANY),
            DataType::Kline => market.bars.take(&symbols, ANY),
            // Options are asked for, and let go, as quotes.
            DataType::Quote => market
                .quotes
                .take(&symbols, &[DataType::Quote, DataType::Option]),
            other => market.quotes.take(&symbols, &[other]),
        };
        for listing in gone {
            self.exchange.watch(listing, false);
        }
        Ok(json!({"success": symbols.join(",")}))
    }

    /// Changes which lists of the most traded are wanted.
    fn change_tops(
        &mut self,
        kind: DataType,
        wanted: &RequestSubscribe,
        indicators: &[&str],
        on: bool,
    ) -> Result<Value, String> {
        let market = wanted.market.as_deref().unwrap_or_default();
        let tops = &mut self.state.push.market.tops;
        tops.change(kind, (market, indicators), on)?;
        if tops.len() > 0 && !tops.waits {
            tops.waits = true;
            let due = Due::Market(MarketDue::Tops);
            self.state.timers.add(next(self.exchange.now()), due);
        }
        Ok(json!({"success": indicators.join(",")}))
    }

    /// The instrument of a symbol, and as what its quotes are pushed.
    fn pushed_as(&mut self, symbol: &str, kind: DataType) -> Option<(Instrument, DataType)> {
        let kinds: &[(SecType, DataType)] = match kind {
            DataType::Future => &[(SecType::Future, DataType::Future)],
            DataType::Cc => &[(SecType::Crypto, DataType::Cc)],
            DataType::Option => &[(SecType::Option, DataType::Option)],
            // The official client asks for options as quotes, and for books and trades of all kinds.
            _ => &[
                (SecType::Stock, DataType::Quote),
                (SecType::Option, DataType::Option),
                (SecType::Future, DataType::Future),
                (SecType::Crypto, DataType::Cc),
            ],
        };
        kinds.iter().find_map(|(sec_type, kind)| {
            let found = self.find(&named(symbol, *sec_type)?)?;
            Some((found, *kind))
        })
    }
}

/// What takes a line of any kind away.
const ANY: &[DataType] = &[
    DataType::Quote,
    DataType::Option,
    DataType::Future,
    DataType::Cc,
];

/// Whether a kind is a list of the most traded.
const fn is_top(kind: DataType) -> bool {
    matches!(kind, DataType::StockTop | DataType::OptionTop)
}

/// The state of a market is not pushed: nobody has written down how.
fn supported(kind: DataType, wanted: &RequestSubscribe) -> Result<(), String> {
    let market = wanted.market.as_deref().unwrap_or_default();
    if is_top(kind) || market.is_empty() {
        return Ok(());
    }
    Err(format!("{kind:?} of a market is not supported"))
}

fn symbols(wanted: &RequestSubscribe) -> Vec<&str> {
    let text = wanted.symbols.as_deref().unwrap_or_default();
    let mut symbols: Vec<&str> = text
        .split(',')
        .filter(|symbol| !symbol.is_empty())
        .collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

/// What a symbol names; an option is `AAPL 20250919 200.0 CALL` or the OCC's 21 characters.
fn named(symbol: &str, sec_type: SecType) -> Option<Wanted<'_>> {
    let plain = Wanted::plain(symbol, sec_type);
    if sec_type != SecType::Option {
        return Some(plain);
    }
    let parts: Vec<&str> = symbol.split_whitespace().collect();
    let [underlying, expiry, strike, right] = parts.as_slice() else {
        return Some(plain);
    };
    Some(Wanted {
        expiry: Some(date_of(expiry)?),
        strike: Some(strike.parse().ok()?),
        right: Some(right_of(right)?),
        ..Wanted::plain(underlying, sec_type)
    })
}

/// Adds what is not there yet; gives back the listings to watch. All are taken, or none.
fn add<T: Default>(
    lines: &mut Lines<T>,
    known: Vec<(&str, (usize, Instrument), DataType)>,
    allowed: usize,
) -> Result<Vec<usize>, String> {
    let fresh = known
        .iter()
        .filter(|(symbol, _, _)| !lines.contains(symbol))
        .count();
    if lines.len() + fresh > allowed {
        return Err(format!(
            "According to your user level, you can only subscribe to {allowed} symbols"
        ));
    }
    let mut watched = Vec::new();
    for (symbol, found, kind) in known {
        if !lines.contains(symbol) {
            watched.push(found.0);
            lines.put(symbol, found, kind);
        }
    }
    Ok(watched)
}
