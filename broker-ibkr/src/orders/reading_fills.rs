//! What the executions that TWS lists say about one account, in core's words.

use std::{collections::HashMap, sync::Arc};

use broker_core::{
    Covered, Decimal, Error, ErrorKind, Result,
    model::{
        AccountId, ClientOrderId, Fill, Instrument, NewOrder, OrderAmount, OrderType, Quantity,
        Side,
    },
};
use chrono::{DateTime, Utc};
use ibapi::orders::{CommissionReport, ExecutionData, ExecutionSide};

use super::{
    blotter::Blotter,
    decode::name,
    executions::{costs, fill, parts},
    listing::Executed,
    reading::{Unread, covered},
    register::Called,
};

impl Blotter {
    /// The fills, and what could not be read of them.
    pub(super) async fn read_fills(
        &self,
        executed: &Executed,
        reading: u64,
        account: &AccountId,
    ) -> (Covered<Vec<Fill>>, Unread) {
        let mut fills: HashMap<&str, Fill> = HashMap::new();
        let mut unread = Unread::default();
        let costs_of: HashMap<&str, &CommissionReport> = executed
            .commissions
            .iter()
            // The first of two counts.
            .rev()
            .map(|report| (report.execution_id.as_str(), report))
            .collect();
        for data in &executed.executions {
            let execution = &data.execution;
            if execution.account_number != account.as_str() {
                continue;
            }
            let (stem, _) = parts(&execution.execution_id);
            match self.read_fill(data, account).await {
                Ok(Some(mut fill)) => {
                    if let Some(report) = costs_of.get(execution.execution_id.as_str()) {
                        (fill.commission, fill.realized_pnl) = costs(report);
                    }
                    fills.insert(stem, fill);
                }
                Ok(None) => {
                    fills.remove(stem);
                }
                Err(error) => {
                    let named = name(&execution.order_reference, execution.perm_id);
                    unread.add("an execution", named, false, &error);
                }
            }
            // Also into the register, which knows what it corrects.
            self.hear(|register| {
                let wire = (execution.client_id, execution.order_id);
                let named = name(&execution.order_reference, execution.perm_id);
                let called = named.as_ref().map(|name| Called {
                    account,
                    id: &name.id,
                    contract: &data.contract,
                });
                register
                    .executions
                    .is_listed(&execution.execution_id, reading);
                match register.find(wire, execution.perm_id, called) {
                    Some(_) => register.hear_execution(data, self.link.now()),
                    None => Vec::new(),
                }
            });
        }
        for report in &executed.commissions {
            self.hear(|register| register.hear_commission(report));
        }
        let mut fills: Vec<Fill> = fills.into_values().collect();
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        let read = covered(fills, unread.count, "executions", [None, None]);
        // By now, and not by when they were asked for: a day may have ended meanwhile.
        (since(read, self.link.today().begins()), unread)
    }

    /// The fill of a listed execution; `None` for a bust and for the leg of a combination.
    async fn read_fill(&self, data: &ExecutionData, account: &AccountId) -> Result<Option<Fill>> {
        let execution = &data.execution;
        let named = name(&execution.order_reference, execution.perm_id).ok_or_else(|| {
            Error::new(
                ErrorKind::Protocol,
                "an execution of an order without any name",
            )
        })?;
        let wire = (execution.client_id, execution.order_id);
        let known = {
            let register = self.register();
            let called = Called {
                account,
                id: &named.id,
                contract: &data.contract,
            };
            let key = register.find(wire, execution.perm_id, Some(called));
            match key.and_then(|key| register.get(key)) {
                Some(entry) => Ok((Arc::clone(&entry.terms), entry.magnifier)),
                None => Err(register.free_name(account, named)?),
            }
        };
        let (terms, magnifier) = match known {
            Ok(known) => known,
            Err(name) => {
                let instrument = self.book.instrument(&self.link, &data.contract).await?;
                let listing = self.book.numbered(data.contract.contract_id);
                let magnifier = listing.map_or(Decimal::ONE, |listing| listing.magnifier());
                (
                    Arc::new(stand_in(name, account, instrument, execution.side)?),
                    magnifier,
                )
            }
        };
        if matches!(terms.instrument, Instrument::Combo(_)) && !data.contract.is_bag() {
            return Ok(None);
        }
        let known = {
            let register = self.register();
            register.executions.executed_at(&execution.execution_id)
        };
        let received = known.unwrap_or_else(|| self.link.now());
        fill(execution, &terms, magnifier, received)
    }
}

/// TWS lists the executions of its day: older ones are missing, or listed where it is set up to.
fn since(read: Covered<Vec<Fill>>, day: Option<DateTime<Utc>>) -> Covered<Vec<Fill>> {
    match (read, day) {
        (Covered::Complete(value), Some(from)) => Covered::Since { value, from },
        (Covered::Complete(value), None) => Covered::Partial {
            value,
            missing:
                "TWS lists the executions since midnight, and runs in a time zone that is not known"
                    .into(),
        },
        (read, _) => read,
    }
}

/// What a fill needs of its order, for an order that no list has: who, what and which way.
fn stand_in(
    id: ClientOrderId,
    account: &AccountId,
    instrument: Instrument,
    side: ExecutionSide,
) -> Result<NewOrder> {
    let side = match side {
        ExecutionSide::Bought => Side::Buy,
        ExecutionSide::Sold => Side::Sell,
    };
    let amount = OrderAmount::Quantity(Quantity::new(Decimal::ONE)?);
    Ok(NewOrder::new(
        id,
        account.clone(),
        instrument,
        side,
        amount,
        OrderType::Market,
    ))
}
