//! Executions that TWS no longer lists: busted trades.
//!
//! TWS writes no message for a bust but a remark in words, if anybody is connected to read it. What it
//! lists as executed is the proof.

use std::collections::{HashMap, HashSet};

use broker_core::{
    Decimal,
    event::{Notice, Severity},
    model::{AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport},
};

use super::{
    blotter::Blotter,
    executions::{Counting, parts},
    listing::{Listed, Lists},
    reading::Account,
    register::Said,
};
use crate::session::Today;

/// What the lists say about the executions of one order that they lack.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The order counts less by exactly these: they were busted.
    Busted,
    /// The order counts them: the list of executions is not whole.
    Counted,
    /// Neither: nobody knows.
    Unclear,
}

/// Decides about executions that are missing from the list: from what TWS counts as filled, what the
/// other executions of the order add up to, and those.
pub(super) fn verdict(stated: Decimal, others: Decimal, missing: Decimal) -> Verdict {
    if stated == others {
        Verdict::Busted
    } else if stated == others + missing {
        Verdict::Counted
    } else {
        Verdict::Unclear
    }
}

impl Blotter {
    /// Executions of today that counted before the lists were asked for and are not in them.
    fn unlisted(&self, lists: &Lists) -> Vec<Counting> {
        let Some(listed) = stems(lists) else {
            return Vec::new();
        };
        let today = self.link.today();
        let mut counted = lists.counted.clone();
        counted.retain(|known| known.is_due(today) && !listed.contains(known.stem()));
        counted
    }

    /// After a gap, in which TWS may have said to nobody that a trade was busted, or after it has said
    /// so (`said`), which names no trade: makes executions not count that it no longer lists, if it
    /// counts the order's fills without them. Gives back the orders.
    ///
    /// Two lists have to agree, for one that lacks something may just not be whole.
    pub(crate) fn take_busts(
        &self,
        lists: &Lists,
        account: &AccountId,
        said: bool,
    ) -> HashSet<ClientOrderId> {
        let mut missing: HashMap<ClientOrderId, Vec<Counting>> = HashMap::new();
        for execution in self.unlisted(lists) {
            if execution.account == *account {
                let order = execution.order.clone();
                missing.entry(order).or_default().push(execution);
            }
        }
        let mut orders = HashSet::new();
        for (order, executions) in missing {
            let Some((stated, others)) = self.figures(lists, account, &order) else {
                continue;
            };
            let gone = executions.iter().map(|execution| execution.quantity).sum();
            match verdict(stated, others, gone) {
                Verdict::Busted => {
                    self.bust(executions, lists.reading);
                    orders.insert(order);
                }
                Verdict::Counted if !said => {}
                Verdict::Counted | Verdict::Unclear => self.hear(|_| {
                    let text = format!(
                        "TWS counts {stated} as filled, and of the executions that are known it lists {others} and lacks {gone}: look at the trades of this order"
                    );
                    let notice = Notice {
                        severity: Severity::Error,
                        message: BrokerText::text(text),
                        client_order_id: Some(order),
                    };
                    vec![Said::Notice(account.clone(), notice)]
                }),
            }
        }
        orders
    }

    /// What TWS counts as filled of an order, where exactly one order goes by its name, and what the
    /// executions add up to that are listed or too old to be.
    fn figures(
        &self,
        lists: &Lists,
        account: &AccountId,
        order: &ClientOrderId,
    ) -> Option<(Decimal, Decimal)> {
        let (Ok(open), Ok(completed)) = (&lists.open, &lists.completed) else {
            return None;
        };
        let listed = stems(lists)?;
        let today = self.link.today();
        let register = self.register();
        let named = |listed: &&Listed| {
            let wire = (listed.written.client_id, listed.written.order_id);
            let key = register.find(wire, listed.written.perm_id, None);
            let entry = key.and_then(|key| register.get(key));
            entry.is_some_and(|entry| entry.account == *account && entry.id == *order)
        };
        let mut found = open.iter().chain(completed).filter(named);
        let stated = found.next().map(Listed::filled)?;
        if found.next().is_some() {
            return None;
        }
        let others = register.executions.counting();
        let others = others
            .filter(|known| known.account == *account && known.order == *order)
            .filter(|known| !known.is_due(today) || listed.contains(known.stem()))
            .map(|known| known.quantity);
        Some((stated, others.sum()))
    }

    fn bust(&self, executions: Vec<Counting>, reading: u64) {
        self.hear(|register| {
            let mut said = Vec::new();
            for gone in executions {
                if let Some(execution_id) = register.executions.bust(&gone.id, reading) {
                    let kind = ExecutionKind::TradeCancel { execution_id };
                    let report = ExecutionReport::new(gone.order, kind);
                    said.push(Said::Report(gone.account, Box::new(report)));
                }
            }
            said
        });
    }
}

/// The executions that TWS lists, by the part of their ids that stays.
fn stems(lists: &Lists) -> Option<HashSet<&str>> {
    let executed = lists.executed.as_ref().ok()?;
    let executions = executed.executions.iter();
    Some(
        executions
            .map(|data| parts(&data.execution.execution_id).0)
            .collect(),
    )
}

impl Counting {
    fn stem(&self) -> &str {
        parts(self.id.as_str()).0
    }

    /// Whether TWS should list it: what was executed on another day is missing for a reason.
    fn is_due(&self, today: Today) -> bool {
        self.executed_at.is_some_and(|at| today.has(at))
    }
}

impl Account {
    /// The listed reports of some orders.
    pub(crate) fn reports_of(&self, orders: &HashSet<ClientOrderId>) -> Vec<ExecutionReport> {
        let reports = self.orders.value().into_iter().flatten();
        reports
            .filter(|report| orders.contains(&report.client_order_id))
            .cloned()
            .collect()
    }
}
