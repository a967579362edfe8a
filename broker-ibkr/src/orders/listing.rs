//! The lists that TWS keeps: open orders, finished orders, executions.

use std::collections::HashMap;

use broker_core::{Decimal, Error, ErrorKind, Result};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use ibapi::{
    orders::{CommissionReport, ExecutionData, ExecutionFilter, Executions as Item, Orders},
    subscriptions::{Drained, Subscription, SubscriptionItem},
};
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    entry::Told,
    executions::{Counting, parts},
    reading::told,
    written::{Clerk, Written},
};
use crate::convert;

/// TWS lists executions of seven days at most, where it is set up to.
const LISTED_AT_MOST: TimeDelta = TimeDelta::days(8);

/// More than the day whose executions have to be in a list.
const RECENT: TimeDelta = TimeDelta::days(2);

/// An order of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(super) written: Written,
    pub(super) status: Option<Told>,
    pub(super) completed: bool,
}

/// Executions of a list, with what they cost.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    pub(super) executions: Vec<ExecutionData>,
    pub(super) commissions: Vec<CommissionReport>,
}

/// What TWS answered when it was asked for everything.
#[derive(Debug)]
pub(crate) struct Lists {
    /// Which reading it is; what happened after an earlier one began is in it.
    pub(crate) reading: u64,
    /// Recent executions that counted before it began.
    pub(super) counted: Vec<Counting>,
    pub(crate) open: Result<Vec<Listed>>,
    pub(crate) completed: Result<Vec<Listed>>,
    pub(crate) executed: Result<Executed>,
}

impl Listed {
    /// Where the order stands, and why it is held.
    pub(super) fn state(&self) -> (&ibapi::orders::OrderStatusKind, &str) {
        match &self.status {
            Some(status) => (&status.word, &status.why_held),
            None => (&self.written.status, ""),
        }
    }

    /// What TWS counts as filled; the list of finished orders has it beside what was left.
    pub(super) fn filled(&self) -> Decimal {
        let stated = match &self.status {
            Some(status) => status.filled,
            None => self.written.filled_quantity,
        };
        convert::optional(stated).unwrap_or_default()
    }
}

impl Blotter {
    /// Asks for everything.
    pub(crate) async fn lists(&self) -> Lists {
        let (reading, counted) = {
            let mut register = self.register();
            let now = self.link.now();
            register.executions.forget_before(now - LISTED_AT_MOST);
            let recent = register.executions.counting_since(now - RECENT);
            (register.begin_reading(), recent)
        };
        let open = self.open_orders().await;
        // A read-only API answers none of them; the others would only take their time.
        if open.is_err() && self.is_read_only() {
            let refused = || Err(read_only());
            return Lists {
                reading,
                counted,
                open,
                completed: refused(),
                executed: self.executed().await,
            };
        }
        let completed = self.completed_orders().await;
        let executed = self.executed().await;
        Lists {
            reading,
            counted,
            open,
            completed,
            executed,
        }
    }

    /// Every open order of the login, whoever placed it.
    pub(crate) async fn open_orders(&self) -> Result<Vec<Listed>> {
        let question = self.inquiry.ask("open_orders", |client| async move {
            let mut clerk = Clerk::default();
            let mut listed: Vec<Listed> = Vec::new();
            let mut places: HashMap<(i32, i32, i64), usize> = HashMap::new();
            let take = |item| match item {
                // A question what an order would cost is no order.
                Orders::OrderData(data) if data.order.what_if => {}
                Orders::OrderData(data) => {
                    let place = (data.order.client_id, data.order_id, data.order.perm_id);
                    let index = *places.entry(place).or_insert(listed.len());
                    let written = clerk.write(data);
                    match listed.get_mut(index) {
                        Some(known) => known.written = written,
                        None => listed.push(Listed {
                            written,
                            status: None,
                            completed: false,
                        }),
                    }
                }
                Orders::OrderStatus(status) => {
                    let place = (status.client_id, status.order_id, status.perm_id);
                    let known = places.get(&place).and_then(|index| listed.get_mut(*index));
                    if let Some(known) = known {
                        known.status = Some(told(&status));
                    }
                }
            };
            read_whole(client.all_open_orders().await?, take).await?;
            Ok(listed)
        });
        question.await
    }

    async fn completed_orders(&self) -> Result<Vec<Listed>> {
        let question = self.inquiry.ask("completed_orders", |client| async move {
            let mut clerk = Clerk::default();
            let mut listed: Vec<Listed> = Vec::new();
            let take = |item| match item {
                Orders::OrderData(data) => listed.push(Listed {
                    written: clerk.write(data),
                    status: None,
                    completed: true,
                }),
                Orders::OrderStatus(_) => {}
            };
            read_whole(client.completed_orders(false).await?, take).await?;
            Ok(listed)
        });
        question.await
    }

    async fn executed(&self) -> Result<Executed> {
        let until = Instant::now() + self.link.deadlines().request;
        let items = self
            .link
            .ask("executions", |client| async move {
                let mut stream = client.executions(ExecutionFilter::default()).await?;
                stream
                    .collect_to_end_within(until.saturating_duration_since(Instant::now()))
                    .await
            })
            .await?;
        let mut executed = Executed::default();
        for item in items {
            match item {
                Item::ExecutionData(data) => executed.executions.push(data),
                Item::CommissionReport(report) => executed.commissions.push(report),
            }
        }
        // A correction follows what it corrects.
        executed.executions.sort_by(|a, b| {
            parts(&a.execution.execution_id).cmp(&parts(&b.execution.execution_id))
        });
        Ok(executed)
    }
}

/// Reads a list one order at a time, so that a long one is never there as TWS tells it.
///
/// # Errors
/// When TWS did not tell its end: then it is no list. The stream ends quietly, too, when the
/// connection is gone.
async fn read_whole(
    mut stream: Subscription<Orders>,
    mut take: impl FnMut(Orders),
) -> Result<(), ibapi::Error> {
    while let Some(item) = stream.next().await {
        match item? {
            SubscriptionItem::Data(item) => take(item),
            SubscriptionItem::Notice(notice) if notice.code == ibapi::SUBSCRIPTION_LAG_CODE => {
                return Err(ibapi::Error::Notice(notice));
            }
            SubscriptionItem::Notice(notice) => {
                tracing::warn!(%notice, "TWS remarked on a list of orders");
            }
        }
    }
    // Nothing is left to wait for: this asks how the stream has ended.
    match stream.cancel_and_drain(Instant::now()).await? {
        Drained::Ended => Ok(()),
        Drained::Rejected(notice) => Err(ibapi::Error::Notice(notice)),
        Drained::Unconfirmed => Err(ibapi::Error::UnexpectedEndOfStream),
    }
}

pub(super) fn read_only() -> Error {
    let message = "TWS is in read-only mode: uncheck `Read-Only API` in its API settings";
    Error::new(ErrorKind::PermissionDenied, message)
}
