use broker_core::model::{
    AssetClass, OrderStatus, OrderType, Right, Side, TimeInForce, TradingSession,
};

use super::word::words;

words! {
    /// Which way an order trades.
    pub enum SideWord {
        /// Buy.
        Buy = "BUY" | "b" | "bot" | "bought",
        /// Sell what is held.
        Sell = "SELL" | "s" | "sld" | "sold",
        /// Sell short.
        SellShort = "SELL_SHORT" | "sshort" | "ssell",
    }
}

impl From<SideWord> for Side {
    fn from(word: SideWord) -> Self {
        match word {
            SideWord::Buy => Self::Buy,
            SideWord::Sell => Self::Sell,
            SideWord::SellShort => Self::SellShort,
        }
    }
}

impl From<Side> for SideWord {
    fn from(side: Side) -> Self {
        match side {
            Side::Buy => Self::Buy,
            Side::SellShort => Self::SellShort,
            // The model's list is open to additions; each of them sells or buys.
            other if other.is_sell() => Self::Sell,
            _ => Self::Buy,
        }
    }
}

words! {
    /// What makes an order execute.
    pub enum OrderTypeWord {
        /// At the best price available now.
        Market = "MARKET" | "mkt",
        /// At the limit price or better.
        Limit = "LIMIT" | "lmt",
        /// A market order once the stop price trades.
        Stop = "STOP" | "stp" | "stop_market" | "stop_loss",
        /// A limit order once the stop price trades.
        StopLimit = "STOP_LIMIT" | "stp_lmt" | "stop_loss_limit",
        /// A stop that follows the market.
        Trail = "TRAIL" | "trailing_stop" | "trail_stop",
        /// A trailing stop that becomes a limit order.
        TrailLimit = "TRAIL_LIMIT" | "trailing_stop_limit" | "trail_lmt",
        /// A market order in the opening auction.
        MarketOnOpen = "MARKET_ON_OPEN" | "moo",
        /// A limit order in the opening auction.
        LimitOnOpen = "LIMIT_ON_OPEN" | "loo",
        /// A market order in the closing auction.
        MarketOnClose = "MARKET_ON_CLOSE" | "moc",
        /// A limit order in the closing auction.
        LimitOnClose = "LIMIT_ON_CLOSE" | "loc",
        /// A market order once the market comes to the stop price from the better side.
        MarketIfTouched = "MARKET_IF_TOUCHED" | "mit",
        /// A limit order once the market comes to the stop price from the better side.
        LimitIfTouched = "LIMIT_IF_TOUCHED" | "lit",
        /// A market order whose rest becomes a limit order.
        MarketToLimit = "MARKET_TO_LIMIT" | "mtl",
        /// At the price of the next auction.
        Auction = "AUCTION" | "am",
        /// In the next auction at the limit price or better.
        AuctionLimit = "AUCTION_LIMIT" | "al",
        /// Equal slices over time.
        Twap = "TWAP",
        /// Slices in proportion to the market's volume.
        Vwap = "VWAP",
        /// A type that has no word here; only answered.
        Other = "OTHER",
    }
}

impl From<&OrderType> for OrderTypeWord {
    fn from(order_type: &OrderType) -> Self {
        // The model's own words are among the spellings.
        order_type.kind().as_str().parse().unwrap_or(Self::Other)
    }
}

words! {
    /// How long an order works.
    pub enum TimeInForceWord {
        /// Until the end of the trading day.
        Day = "DAY" | "gfd" | "good_for_day",
        /// Until canceled.
        Gtc = "GTC" | "good_till_cancel" | "good_till_canceled" | "good_till_cancelled",
        /// Until `good_till`.
        Gtd = "GTD" | "good_till_date",
        /// What can be filled at once.
        Ioc = "IOC" | "immediate_or_cancel",
        /// All at once or nothing.
        Fok = "FOK" | "fill_or_kill",
        /// In the opening auction only.
        Opg = "OPG" | "at_open",
        /// In the closing auction only.
        AtClose = "AT_CLOSE" | "cls",
    }
}

impl From<TimeInForce> for TimeInForceWord {
    fn from(time_in_force: TimeInForce) -> Self {
        match time_in_force {
            TimeInForce::Gtc => Self::Gtc,
            TimeInForce::Gtd(_) => Self::Gtd,
            TimeInForce::Ioc => Self::Ioc,
            TimeInForce::Fok => Self::Fok,
            TimeInForce::Opg => Self::Opg,
            TimeInForce::AtClose => Self::AtClose,
            _ => Self::Day,
        }
    }
}

words! {
    /// When in the day an order may trade, or prices are from.
    pub enum SessionWord {
        /// The regular session.
        Regular = "regular" | "rth" | "regular_only",
        /// Pre-market, regular and post-market.
        Extended = "extended" | "eth" | "extended_hours" | "outside_rth" | "all_hours",
        /// The overnight session.
        Overnight = "overnight",
        /// Every session there is.
        All = "all" | "24h" | "full",
    }
}

impl From<SessionWord> for TradingSession {
    fn from(word: SessionWord) -> Self {
        match word {
            SessionWord::Regular => Self::Regular,
            SessionWord::Extended => Self::Extended,
            SessionWord::Overnight => Self::Overnight,
            SessionWord::All => Self::All,
        }
    }
}

impl From<TradingSession> for SessionWord {
    fn from(session: TradingSession) -> Self {
        match session {
            TradingSession::Extended => Self::Extended,
            TradingSession::Overnight => Self::Overnight,
            TradingSession::All => Self::All,
            _ => Self::Regular,
        }
    }
}

words! {
    /// Where an order stands.
    pub enum StatusWord {
        /// Sent and not answered.
        Pending = "pending"
            | "pending_new" | "initial" | "pending_submit" | "api_pending" | "new_pending",
        /// Working.
        Submitted = "submitted" | "new" | "presubmitted" | "working" | "held",
        /// Working and filled in part.
        PartiallyFilled = "partially_filled" | "partial_filled" | "partial" | "part_filled",
        /// Filled.
        Filled = "filled",
        /// Cancelled; part of it may have been filled.
        Cancelled = "cancelled" | "canceled" | "api_cancelled" | "api_canceled",
        /// Working; a cancel is under way.
        PendingCancel = "pending_cancel",
        /// Working; a change is under way.
        PendingReplace = "pending_replace",
        /// Refused.
        Rejected = "rejected" | "invalid",
        /// Its lifetime ended.
        Expired = "expired",
        /// Held by the broker, not working now.
        Inactive = "inactive" | "suspended" | "done_for_day",
        /// Nobody knows yet: ask get_order again, and never send it again.
        Unknown = "unknown" | "unconfirmed",
    }
}

impl From<&OrderStatus> for StatusWord {
    fn from(status: &OrderStatus) -> Self {
        match status {
            OrderStatus::PendingNew => Self::Pending,
            OrderStatus::New => Self::Submitted,
            OrderStatus::PartiallyFilled => Self::PartiallyFilled,
            OrderStatus::Filled => Self::Filled,
            OrderStatus::PendingCancel => Self::PendingCancel,
            OrderStatus::Canceled => Self::Cancelled,
            OrderStatus::PendingReplace => Self::PendingReplace,
            OrderStatus::Rejected => Self::Rejected,
            OrderStatus::Expired => Self::Expired,
            OrderStatus::Suspended | OrderStatus::DoneForDay => Self::Inactive,
            // The broker's own word stands beside it.
            _ => Self::Unknown,
        }
    }
}

words! {
    /// The class of an instrument.
    pub enum SecTypeWord {
        /// A share, a depositary receipt or an exchange-traded fund.
        Stock = "STK" | "stock" | "stocks" | "equity" | "etf" | "adr",
        /// A listed option.
        Option = "OPT" | "option" | "options",
        /// A future.
        Future = "FUT" | "future" | "futures",
        /// An option on a future.
        FutureOption = "FOP" | "future_option" | "futures_option",
        /// A currency pair.
        Cash = "CASH" | "forex" | "fx" | "currency",
        /// An index.
        Index = "IND" | "index",
        /// A crypto asset pair.
        Crypto = "CRYPTO" | "cryptocurrency" | "cc",
        /// An open-end fund.
        Fund = "FUND" | "mutual_fund",
        /// A warrant or a callable bull/bear contract.
        Warrant = "WAR" | "warrant" | "iopt" | "cbbc",
        /// A bond.
        Bond = "BOND" | "bill",
        /// Several legs traded as one.
        Combo = "BAG" | "combo" | "mleg" | "combination",
        /// Only the broker can say.
        Native = "NATIVE" | "unknown",
    }
}

impl From<SecTypeWord> for AssetClass {
    fn from(word: SecTypeWord) -> Self {
        match word {
            SecTypeWord::Stock => Self::Equity,
            SecTypeWord::Option => Self::Option,
            SecTypeWord::Future => Self::Future,
            SecTypeWord::FutureOption => Self::FutureOption,
            SecTypeWord::Cash => Self::Forex,
            SecTypeWord::Index => Self::Index,
            SecTypeWord::Crypto => Self::Crypto,
            SecTypeWord::Fund => Self::Fund,
            SecTypeWord::Warrant => Self::Warrant,
            SecTypeWord::Bond => Self::Bond,
            SecTypeWord::Combo => Self::Combo,
            SecTypeWord::Native => Self::Native,
        }
    }
}

impl From<AssetClass> for SecTypeWord {
    fn from(class: AssetClass) -> Self {
        match class {
            AssetClass::Equity => Self::Stock,
            AssetClass::Option => Self::Option,
            AssetClass::Future => Self::Future,
            AssetClass::FutureOption => Self::FutureOption,
            AssetClass::Forex => Self::Cash,
            AssetClass::Index => Self::Index,
            AssetClass::Crypto => Self::Crypto,
            AssetClass::Fund => Self::Fund,
            AssetClass::Warrant => Self::Warrant,
            AssetClass::Bond => Self::Bond,
            AssetClass::Combo => Self::Combo,
            // A class without a word here is one that only the broker can say.
            _ => Self::Native,
        }
    }
}

words! {
    /// The right of an option.
    pub enum RightWord {
        /// To buy the underlying.
        Call = "CALL" | "c" | "calls",
        /// To sell the underlying.
        Put = "PUT" | "p" | "puts",
    }
}

impl From<RightWord> for Right {
    fn from(word: RightWord) -> Self {
        match word {
            RightWord::Call => Self::Call,
            RightWord::Put => Self::Put,
        }
    }
}

impl From<Right> for RightWord {
    fn from(right: Right) -> Self {
        if right == Right::Call {
            Self::Call
        } else {
            Self::Put
        }
    }
}
