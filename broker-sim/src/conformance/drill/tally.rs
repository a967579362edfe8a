use core::fmt;
use std::collections::BTreeMap;

use crate::fault::Fault;

/// What drills have done and seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Drills that were begun.
    pub schedules: u64,
    /// Submits, replaces and cancels that were called.
    pub commands: u64,
    /// Calls that ended with [`Unconfirmed`](broker_core::Acknowledgement::Unconfirmed).
    pub unconfirmed: u64,
    /// Lists of orders that were sent.
    pub lists: u64,
    /// Lists of which a part still works although another part never came to be.
    pub half_lists: u64,
    /// Lists of which more was filled than one of their orders was for.
    pub overfilled_lists: u64,
    /// Orders whose fate was compared with the truth.
    pub orders: u64,
    /// Executions that were compared with the truth, bit for bit.
    pub fills: u64,
    /// New processes in the same world.
    pub restarts: u64,
    /// Orders at the broker that the adapter does not know or says to be absent.
    pub lost_orders: u64,
    /// Orders at the broker that are there more often than they were sent.
    pub duplicate_orders: u64,
    /// Executions of the truth that the ledger or the broker's list does not have as they are.
    pub lost_fills: u64,
    /// Executions that the ledger or the broker's list has and the truth has not, or not as often.
    pub invented_fills: u64,
    /// Faults that happened or were armed, by kind.
    pub faults: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a fault.
    pub(super) fn struck_by(&mut self, fault: &Fault) {
        let name = format!("{fault:?}");
        let kind = name.split([' ', '{', '(']).next().unwrap_or_default();
        *self.faults.entry(kind.to_owned()).or_default() += 1;
    }

    /// Adds what another tally has counted.
    pub fn add(&mut self, other: &Self) {
        self.schedules += other.schedules;
        self.commands += other.commands;
        self.unconfirmed += other.unconfirmed;
        self.lists += other.lists;
        self.half_lists += other.half_lists;
        self.overfilled_lists += other.overfilled_lists;
        self.orders += other.orders;
        self.fills += other.fills;
        self.restarts += other.restarts;
        self.lost_orders += other.lost_orders;
        self.duplicate_orders += other.duplicate_orders;
        self.lost_fills += other.lost_fills;
        self.invented_fills += other.invented_fills;
        for (kind, count) in &other.faults {
            *self.faults.entry(kind.clone()).or_default() += count;
        }
    }

    /// Whether every order, every list and every fill was where it belongs.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        let orders = self.lost_orders + self.duplicate_orders;
        let fills = self.lost_fills + self.invented_fills;
        orders + fills + self.half_lists + self.overfilled_lists == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: u64 = self.faults.values().sum();
        writeln!(
            f,
            "{} schedules, {} commands ({} unconfirmed), {} restarts, {faults} faults",
            self.schedules, self.commands, self.unconfirmed, self.restarts
        )?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:>6} {kind}")?;
        }
        writeln!(
            f,
            "{} lists: {} in half, {} overfilled",
            self.lists, self.half_lists, self.overfilled_lists
        )?;
        write!(
            f,
            "{} orders compared: {} lost, {} duplicate; {} fills compared: {} lost, {} invented",
            self.orders,
            self.lost_orders,
            self.duplicate_orders,
            self.fills,
            self.lost_fills,
            self.invented_fills
        )
    }
}
