use broker_core::model::{AccountId, Instrument, Price};
use rust_decimal::Decimal;

/// The best prices of an instrument as they really are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Best price to sell at.
    pub bid: Price,
    /// Units wanted at the bid.
    pub bid_size: Decimal,
    /// Best price to buy at.
    pub ask: Price,
    /// Units offered at the ask.
    pub ask_size: Decimal,
}

/// What a rig has to trade.
///
/// At the start it is a regular trading day in the middle of the regular session of
/// [`equity`](Self::equity), with at least an hour to go. The accounts are flat but for
/// [`held_option`](Self::held_option), have no orders, and each has the money for 10,000 units of
/// `equity`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct World {
    /// The accounts of the login; the first one trades, a second one watches.
    pub accounts: Vec<AccountId>,
    /// A share with a market on both sides, at least 100 units deep at the best price.
    pub equity: Instrument,
    /// An instrument of each further class that can be traded, with a market.
    pub others: Vec<Instrument>,
    /// A well-formed symbol that means nothing.
    pub unknown_symbol: String,
    /// A symbol that means several instruments.
    pub ambiguous_symbol: Option<String>,
    /// An instrument that has expired.
    pub expired: Option<Instrument>,
    /// An instrument whose market is closed now.
    pub closed_market: Option<Instrument>,
    /// An underlying with listed options.
    pub underlying: Option<Instrument>,
    /// An option in the money of which the first account holds at least one contract.
    pub held_option: Option<Instrument>,
    /// A share with company reports, corporate actions and news.
    pub researched: Option<Instrument>,
}

impl World {
    /// A world with one account and one share; the rest is added by field.
    #[must_use]
    pub fn new(account: AccountId, equity: Instrument) -> Self {
        Self {
            accounts: vec![account],
            equity,
            others: Vec::new(),
            unknown_symbol: "ZZZZZ".into(),
            ambiguous_symbol: None,
            expired: None,
            closed_market: None,
            underlying: None,
            held_option: None,
            researched: None,
        }
    }
}
