use broker_core::model::{Currency, Instrument};
use rust_decimal::Decimal;

/// The prices and rates at which an account is valued.
///
/// A figure that is absent here makes every total that depends on it absent, never zero.
pub trait Marks {
    /// The price per unit in the instrument's currency; also asked for underlyings of options.
    fn price(&self, instrument: &Instrument) -> Option<Decimal>;

    /// Units of `to` per unit of `from`, above zero. Never asked when they are equal.
    fn rate(&self, from: Currency, to: Currency) -> Option<Decimal>;

    /// A number that changes whenever a price or rate may have changed.
    ///
    /// [`Account::can_afford`](super::Account::can_afford) keeps its figures while the number
    /// stays. An exchange may advance it more rarely than prices move, as brokers do; affordability
    /// is then as old as the number, while summaries are always computed afresh.
    fn revision(&self) -> u64;
}
