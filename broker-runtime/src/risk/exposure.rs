//! What an account may come to hold, at worst.

use std::collections::{BTreeMap, HashMap};

use broker_core::{
    Decimal,
    model::{ClientOrderId, Instrument, ListId, ListRole},
};

use super::book::{Book, Working, parts};

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

/// Every instrument of some accounts.
#[derive(Debug, Default)]
pub(super) struct Exposure {
    pub(super) lines: BTreeMap<Instrument, Line>,
    /// An order whose size nobody knows.
    pub(super) unknown: Option<ClientOrderId>,
    pub(super) open_orders: usize,
}

impl Exposure {
    /// Adds what an account holds and has working, orders that are `left_out` apart.
    pub(super) fn add(&mut self, book: &Book, left_out: &[&ClientOrderId]) {
        for (instrument, held) in &book.positions {
            let line = self.lines.entry(instrument.clone()).or_default();
            line.low = line.low.saturating_add(held.low());
            line.high = line.high.saturating_add(held.high());
        }
        self.open_orders += book.orders.len();
        let new = book.claims.values().filter(|claim| !claim.change);
        self.open_orders += new.count();
        self.add_working(book, book.working(), left_out);
    }

    /// Adds orders of an account, each identifier and each list of alternatives at its largest.
    pub(super) fn add_working<'a>(
        &mut self,
        book: &Book,
        orders: impl Iterator<Item = (&'a ClientOrderId, &'a Working)>,
        left_out: &[&ClientOrderId],
    ) {
        let mut largest: HashMap<(Group<'a>, &'a Instrument), (Decimal, Decimal)> = HashMap::new();
        for (id, working) in orders {
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
            for (instrument, signed) in parts(&working.terms, units) {
                let (buys, sells) = largest.entry((group, instrument)).or_default();
                if signed.is_sign_negative() {
                    *sells = (*sells).max(-signed);
                } else {
                    *buys = (*buys).max(signed);
                }
            }
        }
        for ((_, instrument), (buys, sells)) in largest {
            let line = self.lines.entry(instrument.clone()).or_default();
            line.buys = line.buys.saturating_add(buys);
            line.sells = line.sells.saturating_add(sells);
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
