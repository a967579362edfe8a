//! Conditions on which an order begins to work, or is canceled.

use std::collections::BTreeSet;

use broker_core::model::{AssetClass, Instrument, Mic, Price};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Exchange, SimOrder, order::Place};

/// Conditions of an order and what they do when they hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// The conditions in order. "And" binds closer than "or".
    pub all: Vec<Condition>,
    /// Whether the order works at once and is canceled when they hold; otherwise it works from then
    /// on.
    pub cancels: bool,
    /// Whether prices and volumes outside the regular session count, too.
    pub outside_regular_hours: bool,
}

/// One condition and how the next one is tied to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What must be so.
    pub test: Test,
    /// Whether the next condition must hold as well; otherwise it may hold instead.
    pub and_next: bool,
}

/// What a condition looks at. `above` is "at least", its opposite "at most".
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A price of an instrument.
    Price {
        /// Of what.
        instrument: Instrument,
        /// Which price.
        of: WatchedPrice,
        /// On which side.
        above: bool,
        /// The level.
        level: Price,
    },
    /// The clock.
    Time {
        /// From the instant on, otherwise up to it.
        after: bool,
        /// The instant.
        at: DateTime<Utc>,
    },
    /// The account's cushion: excess liquidity as a part of the net liquidation value.
    Margin {
        /// On which side.
        above: bool,
        /// In percent.
        percent: Decimal,
    },
    /// A trade of the account in something since the order was taken.
    Execution {
        /// Its symbol.
        symbol: String,
        /// Its class.
        class: AssetClass,
        /// Its exchange; any if none.
        exchange: Option<Mic>,
    },
    /// The day's volume of an instrument.
    Volume {
        /// Of what.
        instrument: Instrument,
        /// On which side.
        above: bool,
        /// In units.
        units: Decimal,
    },
    /// The change of an instrument since the close before.
    Change {
        /// Of what.
        instrument: Instrument,
        /// On which side.
        above: bool,
        /// In percent; below zero is a fall.
        percent: Decimal,
    },
}

/// The price that a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchedPrice {
    /// The last trade.
    Last,
    /// The bid where the price must fall, the ask where it must rise.
    BidAsk,
    /// Either of the two above.
    LastOrBidAsk,
    /// Between bid and ask.
    Middle,
}

impl Conditions {
    /// The instants at which one of them may begin to hold.
    pub(super) fn instants(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.all
            .iter()
            .filter_map(|condition| match condition.test {
                Test::Time { at, .. } => Some(at),
                _ => None,
            })
    }

    /// Whether they hold, when it is known of each whether it does.
    fn hold(&self, mut each: impl FnMut(usize, &Test) -> bool) -> bool {
        let mut together = true;
        for (place, condition) in self.all.iter().enumerate() {
            together = together && each(place, &condition.test);
            if !condition.and_next {
                if together {
                    return true;
                }
                together = true;
            }
        }
        // What follows a last "and" is nothing.
        together && self.all.last().is_some_and(|last| last.and_next)
    }
}

fn reaches(value: Decimal, above: bool, level: Decimal) -> bool {
    if above {
        value >= level
    } else {
        value <= level
    }
}

impl Exchange {
    /// Sets off, or cancels, every order whose conditions hold by now, in the order of arrival.
    pub(super) fn check_conditions(&mut self) {
        if self.conditioned.is_empty() || self.checking {
            return;
        }
        self.checking = true;
        // What one order does may make the conditions of another one true.
        while self.check_conditions_once() {}
        self.checking = false;
    }

    fn check_conditions_once(&mut self) -> bool {
        let keys: Vec<u64> = self.conditioned.iter().copied().collect();
        let mut moved = false;
        for key in keys {
            let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
                self.conditioned.remove(&key);
                continue;
            };
            let (place, cancels) = (order.place, order.conditions_cancel());
            if place == Place::Waiting {
                continue;
            }
            if cancels && self.conditions_hold(key) {
                self.conditioned.remove(&key);
                self.cancel_because(key, "its conditions hold");
                moved = true;
            } else if place == Place::Conditional && !self.waits_for_conditions(key) {
                if !cancels {
                    self.conditioned.remove(&key);
                }
                self.activate(key);
                moved = true;
            }
        }
        moved
    }

    /// Whether an order still waits for its instant or its conditions; once they have come it never
    /// does again.
    pub(super) fn waits_for_conditions(&mut self, key: u64) -> bool {
        let Some(order) = self.orders.get(&key) else {
            return false;
        };
        if order.conditions_met || !order.instructions.waits() {
            return false;
        }
        let early = order
            .instructions
            .good_after
            .is_some_and(|at| self.now < at);
        if early || !(order.conditions_cancel() || self.conditions_hold(key)) {
            return true;
        }
        if let Some(order) = self.orders.get_mut(&key) {
            order.conditions_met = true;
        }
        false
    }

    /// Whether the conditions of an order hold; without any they do.
    fn conditions_hold(&mut self, key: u64) -> bool {
        let Some(order) = self.orders.get(&key) else {
            return false;
        };
        let Some(conditions) = order.instructions.conditions.clone() else {
            return true;
        };
        let (account, seen) = (order.account_index, order.executions_seen.clone());
        let anytime = conditions.outside_regular_hours;
        conditions.hold(|place, test| self.holds(test, (account, anytime), seen.contains(&place)))
    }

    fn holds(&mut self, test: &Test, (account, anytime): (usize, bool), seen: bool) -> bool {
        match test {
            Test::Time { after, at } => {
                if *after {
                    self.now >= *at
                } else {
                    self.now <= *at
                }
            }
            Test::Execution { .. } => seen,
            Test::Margin { above, percent } => self
                .cushion(account)
                .is_some_and(|cushion| reaches(cushion, *above, *percent)),
            Test::Price {
                instrument,
                of,
                above,
                level,
            } => self
                .watched(instrument, anytime)
                .is_some_and(|index| self.price_reaches(index, *of, *above, level.get())),
            Test::Volume {
                instrument,
                above,
                units,
            } => self
                .watched(instrument, anytime)
                .and_then(|index| self.markets.get(index))
                .is_some_and(|market| reaches(market.day.volume, *above, *units)),
            Test::Change {
                instrument,
                above,
                percent,
            } => self
                .watched(instrument, anytime)
                .and_then(|index| self.markets.get(index))
                .and_then(|market| {
                    let previous = market.day.previous_close?;
                    super::queries::change_percent(market.last?.0, previous)
                })
                .is_some_and(|change| reaches(change, *above, *percent)),
        }
    }

    /// The market of an instrument, while what happens in it counts.
    fn watched(&mut self, instrument: &Instrument, anytime: bool) -> Option<usize> {
        let index = self.find_or_list(instrument).ok()?;
        let market = self.markets.get(index)?;
        (anytime || market.is_regular()).then_some(index)
    }

    fn price_reaches(
        &mut self,
        index: usize,
        of: WatchedPrice,
        above: bool,
        level: Decimal,
    ) -> bool {
        if of != WatchedPrice::Last {
            self.refresh_house(index);
        }
        let Some(market) = self.markets.get(index) else {
            return false;
        };
        let quote = market.quote(self.now);
        let last = quote.last.map(Price::get);
        let best = if above { quote.ask } else { quote.bid }.map(Price::get);
        let there =
            |price: Option<Decimal>| price.is_some_and(|price| reaches(price, above, level));
        match of {
            WatchedPrice::Last => there(last),
            WatchedPrice::BidAsk => there(best),
            WatchedPrice::LastOrBidAsk => there(last) || there(best),
            WatchedPrice::Middle => there(quote.mid()),
        }
    }

    /// An account's excess liquidity in percent of its net liquidation value.
    fn cushion(&self, account: usize) -> Option<Decimal> {
        let summary = self.accounts.get(account)?.summary(&self.marks(), self.now);
        let excess = summary.excess_liquidity?.amount;
        let whole = summary.net_liquidation?.amount;
        excess.checked_div(whole)?.checked_mul(Decimal::ONE_HUNDRED)
    }

    /// Notes a trade of an account for the conditions that wait for one.
    pub(super) fn note_execution(&mut self, account: usize, instrument: &Instrument) {
        if self.conditioned.is_empty() {
            return;
        }
        let traded_on = self
            .by_instrument
            .get(instrument)
            .and_then(|index| self.markets.get(*index))
            .and_then(|market| market.listing.details.exchanges.first().copied());
        for key in &self.conditioned {
            let Some(order) = self.orders.get_mut(key) else {
                continue;
            };
            if order.account_index != account {
                continue;
            }
            let Some(conditions) = &order.instructions.conditions else {
                continue;
            };
            let met = conditions.all.iter().enumerate();
            let met: BTreeSet<usize> = met
                .filter(|(_, condition)| condition.test.is_met_by(instrument, traded_on))
                .map(|(place, _)| place)
                .collect();
            order.executions_seen.extend(met);
        }
    }
}

impl SimOrder {
    fn conditions_cancel(&self) -> bool {
        let conditions = self.instructions.conditions.as_ref();
        conditions.is_some_and(|conditions| conditions.cancels)
    }
}

impl Test {
    /// Whether it waits for a trade in an instrument.
    fn is_met_by(&self, instrument: &Instrument, traded_on: Option<Mic>) -> bool {
        let Self::Execution {
            symbol,
            class,
            exchange,
        } = self
        else {
            return false;
        };
        *class == instrument.asset_class()
            && *symbol == traded_symbol(instrument)
            && (exchange.is_none() || *exchange == traded_on)
    }
}

/// The symbol by which a trade is known: of an option its root, of a pair its first part.
fn traded_symbol(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Option(option) => option.symbol.root().to_owned(),
        Instrument::Forex(pair) => pair.base.to_string(),
        Instrument::Crypto(pair) => pair.base.to_string(),
        other => super::queries::ticker(other),
    }
}
