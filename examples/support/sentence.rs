use broker_core::{
    SessionState,
    event::{Event, EventBody, GapCause},
    model::{ExecutionKind, ExecutionReport, Order},
    order_state::OrderWarning,
};

use crate::{dollars, text};

/// One event as one line: where it stands, when it came, what happened.
#[must_use]
pub fn sentence(event: &Event) -> String {
    let what = match &event.body {
        EventBody::Session { session } => match session {
            SessionState::Degraded { reason } => format!("session     degraded: {reason}"),
            SessionState::Displaced { by } => format!("session     displaced: {by}"),
            other => format!("session     {}", word(other)),
        },
        EventBody::Snapshot { snapshot } => {
            let count = |length: Option<usize>| text(length);
            format!(
                "snapshot    {} orders, {} fills, {} positions",
                count(snapshot.orders.value().map(Vec::len)),
                count(snapshot.fills.value().map(Vec::len)),
                count(snapshot.positions.value().map(Vec::len)),
            )
        }
        EventBody::Execution {
            report,
            order,
            warning,
        } => execution(report, order, warning.as_ref()),
        EventBody::Position { holding } => {
            format!("position    {} {}", holding.quantity, holding.instrument)
        }
        EventBody::Account { summary } => {
            format!("account     worth {}", dollars(summary.net_liquidation))
        }
        EventBody::Gap { cause, since } => {
            let cause = match cause {
                GapCause::Disconnected => "the connection was lost".to_owned(),
                GapCause::BrokerReset => "the broker restarted".to_owned(),
                GapCause::ReaderLagged { dropped } => format!("{dropped} events were not read"),
                GapCause::BrokerLost { notice } => format!("the broker ended it: {}", notice.text),
                other => format!("{other:?}"),
            };
            format!(
                "gap         {cause}; whole up to {}",
                since.format("%H:%M:%S")
            )
        }
        EventBody::Notice { notice } => format!("notice      {}", notice.message),
        EventBody::ProfitAndLoss { figures } => format!(
            "profit      {} today, {} open",
            dollars(figures.daily),
            dollars(figures.unrealized)
        ),
        other => format!("{other:?}"),
    };
    let time = event.received_at.format("%Y-%m-%d %H:%M:%S");
    format!("{time}  {:>5}  {what}", event.position.to_string())
}

fn execution(report: &ExecutionReport, order: &Order, warning: Option<&OrderWarning>) -> String {
    let happened = match &report.kind {
        ExecutionKind::Trade { fill } => format!(
            "{} {} at {}",
            if fill.side.is_sell() {
                "sold"
            } else {
                "bought"
            },
            fill.quantity,
            fill.price
        ),
        ExecutionKind::TradeCancel { .. } => "execution busted".into(),
        ExecutionKind::TradeCorrect { fill, .. } => {
            format!("execution corrected: {} at {}", fill.quantity, fill.price)
        }
        ExecutionKind::Commission { commission, .. } => {
            format!("commission {}", dollars(*commission))
        }
        ExecutionKind::Replaced { terms } => format!(
            "replaced: {} at {}",
            text(terms.quantity()),
            text(terms.order_type.limit_price())
        ),
        ExecutionKind::New => "accepted".into(),
        ExecutionKind::Status { .. } => "stated again".into(),
        other => word(other),
    };
    let name = match &order.list {
        Some(link) => link.role.as_str().replace('_', " "),
        None => "order".into(),
    };
    let mut line = format!(
        "{name:<11} {} {}: {happened} → {}, {} of {} filled",
        order.terms.side,
        order.instrument(),
        order.status,
        order.cumulative_quantity,
        text(order.terms.quantity()),
    );
    if let Some(reason) = &report.reason {
        line.push_str(&format!(" ({reason})"));
    }
    if let Some(warning) = warning {
        line.push_str(&format!("\n{:>28}⚠ {warning:?}", ""));
    }
    line
}

/// A variant's name as words: `PendingCancel` is `pending cancel`.
fn word(value: &impl std::fmt::Debug) -> String {
    let debug = format!("{value:?}");
    let mut words = String::new();
    for letter in debug.chars().take_while(|c| c.is_alphanumeric()) {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
