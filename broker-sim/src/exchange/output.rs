use broker_core::model::{AccountId, AccountSummary, ExecutionReport, Position, Trade};

/// Something that the exchange tells its clients, in the order in which it happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// An order changed.
    Report {
        /// Whose order.
        account: AccountId,
        /// What happened.
        report: Box<ExecutionReport>,
    },
    /// A position changed.
    Position {
        /// The position as it is now.
        position: Box<Position>,
    },
    /// An account's figures changed.
    Summary {
        /// The figures as they are now.
        summary: Box<AccountSummary>,
    },
    /// The best prices or the book of a listing changed.
    Market {
        /// The listing's number.
        listing: usize,
    },
    /// A trade was printed.
    Print {
        /// The listing's number.
        listing: usize,
        /// The trade.
        trade: Box<Trade>,
    },
}
