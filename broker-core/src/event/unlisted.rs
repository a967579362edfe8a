//! Fills that a broker's lists lack: busted, or not to be told.
//!
//! A bust of which nobody was told, because no process ran or no connection stood, shows in nothing but the
//! lists. Two of them have to agree before a fill is taken away: the executions lack it, and what the broker
//! counts as filled of its order is filled without it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use rust_decimal::Decimal;

use super::{
    Baseline, EventBody, Ledger, Notice, Severity,
    state::{State, bust},
};
use crate::{
    Covered,
    model::{BrokerText, ClientOrderId, ExecutionId, Fill},
    order_state::OrderWarning,
};

/// What a broker listed about executions when it was asked for everything.
#[derive(Debug)]
pub(super) struct Listing {
    covered: Covered<()>,
    executions: HashSet<ExecutionId>,
    orders: HashMap<ClientOrderId, Counts>,
    /// Known executions about which the lists do not agree.
    doubted: HashSet<ExecutionId>,
}

/// What is filled of an order.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    listed: bool,
    /// As the broker counts, where it says.
    stated: Option<Decimal>,
    /// As the listed executions add up.
    executed: Decimal,
}

/// An order of which the lists do not agree about what is filled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) order: ClientOrderId,
    pub(super) text: String,
}

impl Listing {
    pub(super) fn of(baseline: &Baseline) -> Self {
        let mut orders: HashMap<ClientOrderId, Counts> = HashMap::new();
        for report in baseline.orders.value().into_iter().flatten() {
            let counts = orders.entry(report.client_order_id.clone()).or_default();
            counts.listed = true;
            counts.stated = report.cumulative_quantity.or(counts.stated);
        }
        let mut executions = HashSet::new();
        for fill in baseline.fills.value().into_iter().flatten() {
            if executions.insert(fill.execution_id.clone()) {
                let counts = orders.entry(fill.client_order_id.clone()).or_default();
                counts.executed += fill.quantity.get();
            }
        }
        Self {
            covered: covering(&baseline.fills),
            executions,
            orders,
            doubted: HashSet::new(),
        }
    }

    /// Whether the list says anything about a fill that is written down: one that it covers and that
    /// `counts` in the ledger is listed or has come since, unless it was doubted.
    pub(super) fn bears_on(&self, fill: &Fill, counts: bool) -> bool {
        !counts
            || !self.covered.covers(fill.executed_at)
            || self.doubted.contains(&fill.execution_id)
    }

    /// What the broker counts as filled of an order, where it says.
    pub(super) fn stated(&self, order: &ClientOrderId) -> Option<Decimal> {
        self.orders.get(order)?.stated
    }

    /// Which of the fills that are known were busted, and what about the others that the list lacks cannot
    /// be told.
    pub(super) fn judge<'a>(
        &mut self,
        known: impl IntoIterator<Item = &'a Arc<Fill>>,
    ) -> (Vec<Arc<Fill>>, Vec<Doubt>) {
        let mut lacking: BTreeMap<&ClientOrderId, Lacking> = BTreeMap::new();
        for fill in known {
            if self.executions.contains(&fill.execution_id) {
                continue;
            }
            let of_order = lacking.entry(&fill.client_order_id).or_default();
            if self.covered.covers(fill.executed_at) {
                of_order.due.push(Arc::clone(fill));
            } else {
                of_order.older += fill.quantity.get();
            }
        }
        let (mut busted, mut doubts) = (Vec::new(), Vec::new());
        for (order, lacking) in lacking {
            if lacking.due.is_empty() {
                continue;
            }
            let counts = self.orders.get(order).copied().unwrap_or_default();
            match counts.doubt(&lacking) {
                None => busted.extend(lacking.due),
                Some(text) => {
                    let told = self.doubted.len();
                    let names = lacking.due.iter().map(|fill| fill.execution_id.clone());
                    self.doubted.extend(names);
                    if self.doubted.len() > told {
                        doubts.push(Doubt {
                            order: order.clone(),
                            text,
                        });
                    }
                }
            }
        }
        (busted, doubts)
    }
}

/// Known fills of an order that are not listed.
#[derive(Debug, Default)]
struct Lacking {
    /// Those that should be.
    due: Vec<Arc<Fill>>,
    /// The sum of those that are too old to be.
    older: Decimal,
}

impl Counts {
    /// Why the fills that should be listed may count all the same, if they may.
    fn doubt(&self, lacking: &Lacking) -> Option<String> {
        let gone: Decimal = lacking.due.iter().map(|fill| fill.quantity.get()).sum();
        if !self.listed {
            let text = format!(
                "the broker lists no executions of {gone} that are known, and says nothing about their \
                 order: look at its trades"
            );
            return Some(text);
        }
        let others = self.executed + lacking.older;
        let stated = self.stated.filter(|stated| *stated > others)?;
        Some(format!(
            "the broker counts {stated} as filled, and of the executions that are known it lists {others} \
             and lacks {gone}: look at the trades of this order"
        ))
    }
}

/// How much a list covers, without it.
fn covering<T>(list: &Covered<T>) -> Covered<()> {
    match list {
        Covered::Complete(_) => Covered::Complete(()),
        Covered::Since { from, .. } => Covered::Since {
            value: (),
            from: *from,
        },
        Covered::Partial { missing, .. } => Covered::Partial {
            value: (),
            missing: Arc::clone(missing),
        },
        Covered::Unavailable(missing) => Covered::Unavailable(Arc::clone(missing)),
    }
}

impl Ledger {
    /// Holds fills that somebody has written down, such as an earlier process, against what the broker
    /// listed for the last snapshot; gives back those that count no longer, and tells the readers about
    /// each.
    ///
    /// `known` has every fill that is known of each order that one of them is of: what is too old to be
    /// listed counts for the sum. Nothing is given back while nothing is proven: before the first snapshot,
    /// after a gap, about what is older than the broker's list, and where its lists do not agree (then a
    /// notice says so).
    #[must_use]
    pub fn disprove(&self, known: Vec<Fill>) -> Vec<Arc<Fill>> {
        let mut state = self.lock();
        let now = self.clock.now();
        let (busted, doubts) = state.disprove(known, now);
        for fill in &busted {
            self.tell_bust(&mut state, Arc::clone(fill));
        }
        for doubt in doubts {
            self.tell_doubt(&mut state, doubt);
        }
        busted
    }

    pub(super) fn tell_bust(&self, state: &mut State, fill: Arc<Fill>) {
        let text = format!(
            "the broker's lists lack the execution {} of {} at {}: it was busted, and nobody was told",
            fill.execution_id, fill.quantity, fill.price
        );
        let why = BrokerText::text(text);
        let body = match state.tracker.order(&fill.client_order_id) {
            Some(order) => EventBody::Execution {
                report: Arc::new(bust(&fill).with_reason(why)),
                order: Arc::clone(order),
                warning: Some(OrderWarning::UnreportedBust { fill }),
            },
            None => EventBody::Notice {
                notice: Arc::new(Notice {
                    severity: Severity::Error,
                    message: why,
                    client_order_id: Some(fill.client_order_id.clone()),
                }),
            },
        };
        self.publish(state, None, body);
    }

    pub(super) fn tell_doubt(&self, state: &mut State, doubt: Doubt) {
        let notice = Notice {
            severity: Severity::Error,
            message: BrokerText::text(doubt.text),
            client_order_id: Some(doubt.order),
        };
        let notice = Arc::new(notice);
        self.publish(state, None, EventBody::Notice { notice });
    }
}
