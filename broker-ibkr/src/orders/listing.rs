//! The lists that TWS keeps: open orders, finished orders, executions.

use core::future::Future;
use std::collections::HashMap;

use broker_core::{Decimal, Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use chrono_tz::America::New_York;
use ibapi::orders::{
    CommissionReport, ExecutionData, ExecutionFilter, Executions as Item, OrderData,
    OrderStatus as WireStatus, Orders,
};
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    executions::{Counting, parts},
};
use crate::convert;

/// An order of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(super) data: OrderData,
    pub(super) status: Option<WireStatus>,
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
    /// Executions that counted before it began.
    pub(super) counted: Vec<Counting>,
    pub(crate) open: Result<Vec<Listed>>,
    pub(crate) completed: Result<Vec<Listed>>,
    pub(crate) executed: Result<Executed>,
}

impl Listed {
    /// What TWS counts as filled; the list of finished orders has it beside what was left.
    pub(super) fn filled(&self) -> Decimal {
        let stated = match &self.status {
            Some(status) => status.filled,
            None => self.data.order.filled_quantity,
        };
        convert::optional(stated).unwrap_or_default()
    }
}

impl Blotter {
    /// Asks for everything.
    pub(crate) async fn lists(&self) -> Lists {
        let (reading, counted) = {
            let mut register = self.register();
            (register.begin_reading(), register.executions.counting())
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
        let _one_at_a_time = self.asking.lock().await;
        let until = Instant::now() + self.link.deadlines().request;
        let question = self.link.ask("open_orders", |client| async move {
            let mut stream = client.all_open_orders().await?;
            stream
                .collect_to_end_within(until.saturating_duration_since(Instant::now()))
                .await
        });
        let items = self.unless_read_only(question).await?;
        let mut listed: Vec<Listed> = Vec::new();
        let mut places: HashMap<(i32, i32, i64), usize> = HashMap::new();
        for item in items {
            match item {
                Orders::OrderData(data) => {
                    let place = (data.order.client_id, data.order_id, data.order.perm_id);
                    let index = *places.entry(place).or_insert(listed.len());
                    match listed.get_mut(index) {
                        Some(known) => known.data = data,
                        None => listed.push(Listed {
                            data,
                            status: None,
                            completed: false,
                        }),
                    }
                }
                Orders::OrderStatus(status) => {
                    let place = (status.client_id, status.order_id, status.perm_id);
                    let known = places.get(&place).and_then(|index| listed.get_mut(*index));
                    if let Some(known) = known {
                        known.status = Some(status);
                    }
                }
            }
        }
        listed.retain(|listed| !listed.data.order.what_if);
        Ok(listed)
    }

    async fn completed_orders(&self) -> Result<Vec<Listed>> {
        let _one_at_a_time = self.asking.lock().await;
        let until = Instant::now() + self.link.deadlines().request;
        let question = self.link.ask("completed_orders", |client| async move {
            let mut stream = client.completed_orders(false).await?;
            stream
                .collect_to_end_within(until.saturating_duration_since(Instant::now()))
                .await
        });
        let items = self.unless_read_only(question).await?;
        let orders = items.into_iter().filter_map(|item| match item {
            Orders::OrderData(data) => Some(Listed {
                data,
                status: None,
                completed: true,
            }),
            Orders::OrderStatus(_) => None,
        });
        Ok(orders.collect())
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

    /// The answer, unless TWS says meanwhile that it is in read-only mode: then it never answers.
    async fn unless_read_only<T>(&self, question: impl Future<Output = Result<T>>) -> Result<T> {
        let mut mode = self.read_only.subscribe();
        tokio::select! {
            biased;
            answer = question => answer,
            _ = mode.wait_for(|read_only| *read_only) => Err(read_only()),
        }
    }
}

/// Whether what was at `at` is still in TWS's lists: they are of its day, which is New York's.
pub(super) fn of_today(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let day = |instant: DateTime<Utc>| instant.with_timezone(&New_York).date_naive();
    day(at) == day(now)
}

pub(super) fn read_only() -> Error {
    let message = "TWS is in read-only mode: uncheck `Read-Only API` in its API settings";
    Error::new(ErrorKind::PermissionDenied, message)
}
