//! Where an order is, in the vendor's words.

use broker_core::model::{ExecutionKind, Price, Quantity};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::record::{CancelStatus, Desk, Record};
use crate::exchange::{End, Exchange, Place, SimOrder};

/// Where an order is. A partial fill is no status of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) enum Status {
    /// Its lifetime ended.
    Invalid,
    /// Taken, and on its way to the exchange.
    Initial,
    PendingCancel,
    Cancelled,
    Submitted,
    Filled,
    /// Refused.
    Inactive,
    /// At the exchange, and not working yet.
    PendingSubmit,
}

impl Status {
    pub(in crate::tiger::gateway) const fn word(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Initial => "Initial",
            Self::PendingCancel => "PendingCancel",
            Self::Cancelled => "Cancelled",
            Self::Submitted => "Submitted",
            Self::Filled => "Filled",
            Self::Inactive => "Inactive",
            Self::PendingSubmit => "PendingSubmit",
        }
    }

    pub(in crate::tiger::gateway) const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Initial | Self::PendingCancel | Self::Submitted | Self::PendingSubmit
        )
    }

    /// Where an order of the exchange is now.
    const fn at(place: Place) -> Self {
        match place {
            Place::Waiting | Place::Conditional | Place::Held => Self::PendingSubmit,
            Place::Auction | Place::Armed | Place::Book | Place::Hungry | Place::Algo => {
                Self::Submitted
            }
            Place::Ended(End::Filled) => Self::Filled,
            Place::Ended(End::Canceled) => Self::Cancelled,
            Place::Ended(End::Expired) => Self::Invalid,
            Place::Ended(End::Rejected) => Self::Inactive,
        }
    }

    /// Where an order was when something was reported: by the time it is told, more may have
    /// happened.
    pub(super) fn when(
        kind: &ExecutionKind,
        order: &SimOrder,
        filled: Decimal,
        total: Decimal,
    ) -> Self {
        match kind {
            ExecutionKind::Canceled => Self::Cancelled,
            ExecutionKind::Expired => Self::Invalid,
            ExecutionKind::Rejected => Self::Inactive,
            ExecutionKind::Trade { .. } | ExecutionKind::TradeCorrect { .. } if filled >= total => {
                Self::Filled
            }
            ExecutionKind::TradeCorrect { .. } | ExecutionKind::TradeCancel { .. } => {
                Self::at(order.place)
            }
            _ if order.is_open() => Self::at(order.place),
            _ => Self::Submitted,
        }
    }
}

/// What an order is at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tiger::gateway) struct Moment {
    pub(in crate::tiger::gateway) status: Status,
    pub(in crate::tiger::gateway) filled: Decimal,
    pub(in crate::tiger::gateway) total: Decimal,
    pub(in crate::tiger::gateway) average: Option<Decimal>,
    pub(in crate::tiger::gateway) notional: Decimal,
    pub(in crate::tiger::gateway) commission: Decimal,
    pub(in crate::tiger::gateway) realized: Decimal,
    pub(in crate::tiger::gateway) remark: String,
    pub(in crate::tiger::gateway) updated_at: DateTime<Utc>,
    /// Where its trigger is now.
    pub(super) trigger: Option<Decimal>,
}

impl Moment {
    /// As the exchange has it now.
    pub(in crate::tiger::gateway) fn now(record: &Record, exchange: &Exchange) -> Self {
        let order = record.key.and_then(|key| exchange.order(key));
        match order {
            Some(order) => {
                let mut moment = Self::of(record, order, exchange);
                if order.is_open() && record.cancel_status == CancelStatus::Received {
                    moment.status = Status::PendingCancel;
                }
                moment
            }
            None => Self::outside(record),
        }
    }

    /// As it was when something was reported.
    pub(super) fn when(
        record: &Record,
        report: &broker_core::model::ExecutionReport,
        order: &SimOrder,
        exchange: &Exchange,
    ) -> Self {
        let mut moment = Self::of(record, order, exchange);
        let terms = report.terms.as_ref();
        if let Some(total) = terms.and_then(|terms| terms.quantity()) {
            moment.total = total.get();
        }
        if let Some(filled) = report.cumulative_quantity {
            moment.filled = filled;
        }
        moment.average = report.average_price.map(Price::get);
        moment.notional = moment.average.unwrap_or_default() * moment.filled;
        moment.status = Status::when(&report.kind, order, moment.filled, moment.total);
        moment
    }

    fn of(record: &Record, order: &SimOrder, exchange: &Exchange) -> Self {
        let (mut commission, mut realized) = (Decimal::ZERO, Decimal::ZERO);
        for fill in exchange.fills_of(order.key) {
            commission += fill.commission.map_or(Decimal::ZERO, |money| money.amount);
            realized += fill
                .realized_pnl
                .map_or(Decimal::ZERO, |money| money.amount);
        }
        let reason = order.reason.as_ref().map(|reason| reason.text.to_string());
        Self {
            status: Status::at(order.place),
            filled: order.filled,
            total: order.quantity,
            average: order.average_price().map(Price::get),
            notional: order.notional,
            commission,
            realized,
            remark: record.remark.clone().or(reason).unwrap_or_default(),
            updated_at: order.updated_at.max(record.updated_at),
            trigger: order.trigger_price().map(Price::get),
        }
    }

    /// Of an order that the exchange does not have.
    fn outside(record: &Record) -> Self {
        let status = match record.desk {
            Desk::Refused => Status::Inactive,
            Desk::Dropped => Status::Cancelled,
            Desk::Waiting | Desk::Passed => Status::Initial,
        };
        Self {
            status,
            filled: Decimal::ZERO,
            total: record.terms.quantity().map_or(Decimal::ZERO, Quantity::get),
            average: None,
            notional: Decimal::ZERO,
            commission: Decimal::ZERO,
            realized: Decimal::ZERO,
            remark: record.remark.clone().unwrap_or_default(),
            updated_at: record.updated_at,
            trigger: None,
        }
    }

    /// As a fresh order is answered, whatever has become of it meanwhile.
    pub(super) fn fresh(record: &Record) -> Self {
        Self {
            status: Status::Initial,
            updated_at: record.opened_at,
            ..Self::outside(record)
        }
    }
}
