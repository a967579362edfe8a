//! What an account may come to hold, at worst.

use std::collections::{BTreeMap, HashMap};

use broker_core::{
    Decimal,
    model::{ClientOrderId, Instrument, ListId, ListRole},
};

use super::book::{Book, parts};

/// One instrument: what is held, and what would be if every order on one side traded and none on the
/// other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Line {
    low: Decimal,
    high: Decimal,
    buys: Decimal,
    sells: Decimal,
}

impl Line {
    /// Adds what an order may trade, negative to sell.
    fn work(&mut self, signed: Decimal) {
        if signed.is_sign_negative() {
            self.sells = self.sells.saturating_sub(signed);
        } else {
            self.buys = self.buys.saturating_add(signed);
        }
    }
    /// The most that may be held.
    pub(super) fn longest(&self) -> Decimal {
        self.high.saturating_add(self.buys)
    }
    /// The least that may be held; below zero is short.
    pub(super) fn shortest(&self) -> Decimal {
        self.low.saturating_sub(self.sells)
    }
    /// The larger of the two.
    pub(super) fn magnitude(&self) -> Decimal {
        self.longest().abs().max(self.shortest().abs())
    }
    /// Whether an order of so many units, negative to sell, can only lessen what is held.
    pub(super) fn is_lessened_by(&self, signed: Decimal) -> bool {
        if signed.is_sign_negative() {
            self.low > Decimal::ZERO && self.sells.saturating_sub(signed) <= self.low
        } else {
            self.high < Decimal::ZERO && self.buys.saturating_add(signed) <= -self.high
        }
    }
}

/// What some accounts may come to hold.
#[derive(Debug, Default)]
pub(super) struct Exposure<'a> {
    /// Only these instruments; all of them when absent.
    only: Option<Vec<&'a Instrument>>,
    pub(super) lines: BTreeMap<Instrument, Line>,
    /// An order whose size nobody knows.
    pub(super) unknown: Option<ClientOrderId>,
    pub(super) open_orders: usize,
}

impl<'a> Exposure<'a> {
    /// Nothing yet, and nothing but these instruments later.
    pub(super) fn only(instruments: impl IntoIterator<Item = &'a Instrument>) -> Self {
        Self {
            only: Some(instruments.into_iter().collect()),
            ..Self::default()
        }
    }

    fn wants(&self, instrument: &Instrument) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| only.contains(&instrument))
    }

    fn at(&mut self, instrument: &Instrument) -> &mut Line {
        self.lines.entry(instrument.clone()).or_default()
    }

    /// Adds what an account holds and has working, orders that are `left_out` apart.
    pub(super) fn add(&mut self, book: &Book, left_out: &[&ClientOrderId]) {
        for (instrument, held) in &book.positions {
            if self.wants(instrument) {
                let line = self.at(instrument);
                line.low = line.low.saturating_add(held.low());
                line.high = line.high.saturating_add(held.high());
            }
        }
        self.open_orders += book.orders.len();
        let new = book.claims.values().filter(|claim| !claim.change);
        self.open_orders += new.count();
        self.add_working(book, left_out);
    }

    /// Adds orders of an account, each identifier and each list of alternatives at its largest.
    fn add_working(&mut self, book: &Book, left_out: &[&ClientOrderId]) {
        let mut largest: HashMap<(Group<'_>, &Instrument), (Decimal, Decimal)> = HashMap::new();
        for (id, working) in book.working() {
            if left_out.contains(&id) {
                continue;
            }
            let Some(units) = book.can_trade(working) else {
                self.unknown = Some(id.clone());
                continue;
            };
            let group = match &working.link {
                Some(link) if link.role == ListRole::Alternative => Group::List(&link.list, false),
                Some(link) if matches!(link.role, ListRole::TakeProfit | ListRole::StopLoss) => {
                    Group::List(&link.list, true)
                }
                _ => Group::Order(id),
            };
            let is_alone = matches!(group, Group::Order(_)) && !book.is_changing(id);
            for (instrument, signed) in parts(&working.terms, units) {
                if !self.wants(instrument) {
                    continue;
                }
                if is_alone && !matches!(working.terms.instrument, Instrument::Combo(_)) {
                    self.at(instrument).work(signed);
                    continue;
                }
                let (most_bought, most_sold) = largest.entry((group, instrument)).or_default();
                if signed.is_sign_negative() {
                    *most_sold = (*most_sold).max(-signed);
                } else {
                    *most_bought = (*most_bought).max(signed);
                }
            }
        }
        for ((_, instrument), (buys, sells)) in largest {
            let line = self.at(instrument);
            line.work(buys);
            line.work(-sells);
        }
    }

    pub(super) fn line(&self, instrument: &Instrument) -> Line {
        self.lines.get(instrument).copied().unwrap_or_default()
    }
}

/// Orders of which only the largest can trade in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group<'a> {
    /// An order as it is and as it is to be.
    Order(&'a ClientOrderId),
    /// The alternatives of a list, or its exits.
    List(&'a ListId, bool),
}
