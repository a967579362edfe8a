use broker_core::model::{
    AccountId, BarQuery, CancelOrder, ChainQuery, ClientOrderId, ExerciseOption, FillFilter,
    FundamentalKind, Instrument, InstrumentQuery, NewOrder, OptionQuery, OrderFilter, OrderList,
    ReplaceOrder, ResearchQuery, ScannerQuery, Subscription,
};
use chrono::NaiveDate;

/// What is asked of a broker that may change something there.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Command<'a> {
    /// A new order.
    Submit(&'a NewOrder),
    /// Orders that depend on each other.
    SubmitList(&'a OrderList),
    /// A change of a working order.
    Replace(&'a ReplaceOrder),
    /// A request to cancel an order.
    Cancel(&'a CancelOrder),
    /// A request to cancel every open order of an account.
    CancelAll(&'a AccountId),
    /// A request to exercise an option.
    Exercise(&'a ExerciseOption),
}

impl<'a> Command<'a> {
    /// The name of the method.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Submit(_) => "submit",
            Self::SubmitList(_) => "submit_list",
            Self::Replace(_) => "replace",
            Self::Cancel(_) => "cancel",
            Self::CancelAll(_) => "cancel_all",
            Self::Exercise(_) => "exercise",
        }
    }

    /// The account whose orders it is about.
    #[must_use]
    pub fn account(self) -> &'a AccountId {
        match self {
            Self::Submit(order) => &order.account,
            Self::SubmitList(list) => list.account(),
            Self::Replace(change) => &change.account,
            Self::Cancel(cancel) => &cancel.account,
            Self::CancelAll(account) => account,
            Self::Exercise(exercise) => &exercise.account,
        }
    }

    /// The order it is about; `None` when it is about several.
    #[must_use]
    pub const fn client_order_id(self) -> Option<&'a ClientOrderId> {
        match self {
            Self::Submit(order) => Some(&order.client_order_id),
            Self::Replace(change) => Some(&change.client_order_id),
            Self::Cancel(cancel) => Some(&cancel.client_order_id),
            Self::Exercise(exercise) => Some(&exercise.client_order_id),
            Self::SubmitList(_) | Self::CancelAll(_) => None,
        }
    }

    /// Whether it can only take orders away. Such a command is never held up by trouble that a layer
    /// sees elsewhere.
    #[must_use]
    pub const fn is_cancel(self) -> bool {
        matches!(self, Self::Cancel(_) | Self::CancelAll(_))
    }

    /// How many acknowledgements its answer has.
    #[must_use]
    pub fn answers(self) -> usize {
        match self {
            Self::SubmitList(list) => list.orders().count(),
            Self::Submit(_)
            | Self::Replace(_)
            | Self::Cancel(_)
            | Self::CancelAll(_)
            | Self::Exercise(_) => 1,
        }
    }
}

/// What is asked of a broker that changes nothing there.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is the method of that name with its arguments"
)]
pub enum Query<'a> {
    Accounts,
    Preview(&'a NewOrder),
    Find(&'a AccountId, &'a ClientOrderId),
    OrderReports(&'a AccountId, &'a OrderFilter),
    Fills(&'a AccountId, &'a FillFilter),
    Summary(&'a AccountId),
    Positions(&'a AccountId),
    ProfitAndLoss(&'a AccountId),
    Quotes(&'a [Instrument]),
    Depth(&'a Instrument, u16),
    Trades(&'a Instrument, u32),
    Bars(&'a BarQuery),
    /// A market data line is opened. It is asked once: its sink is given away.
    OpenLine(&'a Subscription),
    Search(&'a str, u32),
    Resolve(&'a InstrumentQuery),
    Contract(&'a Instrument),
    OptionExpirations(&'a Instrument),
    OptionChain(&'a ChainQuery),
    ComputeOption(&'a OptionQuery),
    Schedule(&'a Instrument, NaiveDate, NaiveDate),
    Fundamentals(&'a Instrument, FundamentalKind),
    CorporateActions(&'a ResearchQuery),
    News(&'a ResearchQuery),
    Article(&'a str, &'a str),
    Scan(&'a ScannerQuery),
}

impl<'a> Query<'a> {
    /// The name of the method.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Preview(_) => "preview",
            Self::Find(..) => "find",
            Self::OrderReports(..) => "order_reports",
            Self::Fills(..) => "fills",
            Self::Summary(_) => "summary",
            Self::Positions(_) => "positions",
            Self::ProfitAndLoss(_) => "profit_and_loss",
            Self::Quotes(_) => "quotes",
            Self::Depth(..) => "depth",
            Self::Trades(..) => "trades",
            Self::Bars(_) => "bars",
            Self::OpenLine(_) => "open_line",
            Self::Search(..) => "search",
            Self::Resolve(_) => "resolve",
            Self::Contract(_) => "contract",
            Self::OptionExpirations(_) => "option_expirations",
            Self::OptionChain(_) => "option_chain",
            Self::ComputeOption(_) => "compute_option",
            Self::Schedule(..) => "schedule",
            Self::Fundamentals(..) => "fundamentals",
            Self::CorporateActions(_) => "corporate_actions",
            Self::News(_) => "news",
            Self::Article(..) => "article",
            Self::Scan(_) => "scan",
        }
    }

    /// The account that it is about, for questions that are about one.
    #[must_use]
    pub const fn account(self) -> Option<&'a AccountId> {
        match self {
            Self::Preview(order) => Some(&order.account),
            Self::Find(account, _)
            | Self::OrderReports(account, _)
            | Self::Fills(account, _)
            | Self::Summary(account)
            | Self::Positions(account)
            | Self::ProfitAndLoss(account) => Some(account),
            Self::Accounts
            | Self::Quotes(_)
            | Self::Depth(..)
            | Self::Trades(..)
            | Self::Bars(_)
            | Self::OpenLine(_)
            | Self::Search(..)
            | Self::Resolve(_)
            | Self::Contract(_)
            | Self::OptionExpirations(_)
            | Self::OptionChain(_)
            | Self::ComputeOption(_)
            | Self::Schedule(..)
            | Self::Fundamentals(..)
            | Self::CorporateActions(_)
            | Self::News(_)
            | Self::Article(..)
            | Self::Scan(_) => None,
        }
    }
}
