//! Lists of which it is not known that TWS has all of them.
//!
//! A list goes out order by order, and a connection can be lost between two of them. What TWS has of
//! such a list then waits there for an order that never comes, or works without the order that was to
//! limit it (protocol notes, section 3.7, 14). Nothing is sent again: the lists of TWS tell which
//! orders arrived, and a list that did not arrive whole is taken back.

use std::collections::HashMap;

use broker_core::{
    event::{Ledger, Notice, Severity},
    model::{
        AccountId, BrokerText, ClientOrderId, Contingency, ExecutionKind, ExecutionReport, ListId,
        OrderList,
    },
};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{blotter::Blotter, reading::Account, register::Register};
use crate::session::{Signal, Today};

/// A list that has been sent, at least in part, and has not been seen whole.
#[derive(Debug)]
pub(super) struct Family {
    number: u64,
    list: ListId,
    account: AccountId,
    /// The first one leads the others if `led`.
    members: Vec<ClientOrderId>,
    led: bool,
    sent_at: DateTime<Utc>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is being sent, and words about it are waited for.
    Sending,
    /// Nobody knows how much of it arrived. Only a reading that began later than this one tells.
    Doubted { after: u64 },
    /// It did not arrive whole; what did is being taken back.
    Broken { after: u64 },
}

/// What TWS has of a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// TWS has, or has had, the order.
    pub(super) there: bool,
    /// It may still trade.
    pub(super) open: bool,
    /// Some of it has been filled.
    pub(super) filled: bool,
    /// TWS has refused it, which has been told.
    pub(super) refused: bool,
}

/// What is to be done about a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// All of it is there, or what is there has to stay.
    Leave,
    /// Nothing of it is there.
    Absent,
    /// These of its members have to go, by their place in the list.
    Cancel(Vec<usize>),
    /// What was there is gone, or protects what its first order has bought or sold.
    Settled,
}

/// Decides about a list from what TWS has of its members, the leading one first.
pub(super) fn remedy(led: bool, members: &[Seen]) -> Remedy {
    if members.iter().all(|member| member.there) {
        return Remedy::Leave;
    }
    if !members.iter().any(|member| member.there) {
        return Remedy::Absent;
    }
    let open = || {
        let places = members.iter().enumerate();
        places.filter(|(_, member)| member.open).map(|(at, _)| at)
    };
    let Some(first) = members.first().filter(|_| led) else {
        let open: Vec<usize> = open().collect();
        return if open.is_empty() {
            Remedy::Settled
        } else {
            Remedy::Cancel(open)
        };
    };
    // TWS takes no order whose parent it has not seen: the parent has ended and left the lists.
    if !first.there && !first.refused {
        return Remedy::Leave;
    }
    // With the first order the others go by themselves, as far as it has not been filled. Canceling
    // them by name could take the stop away from a position that exists by now.
    if first.open {
        return Remedy::Cancel(vec![0]);
    }
    let left: Vec<usize> = open().collect();
    if first.filled || left.is_empty() {
        Remedy::Settled
    } else {
        Remedy::Cancel(left)
    }
}

/// A list while it is being sent. Dropped early, it leaves the list in doubt.
pub(super) struct Sending<'a> {
    blotter: &'a Blotter,
    number: Option<u64>,
}

impl Sending<'_> {
    /// TWS has all of it, or nothing.
    pub(super) fn settle(mut self) {
        if let Some(number) = self.number.take() {
            let mut register = self.blotter.register();
            register.families.retain(|family| family.number != number);
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        {
            let mut register = self.blotter.register();
            let after = register.readings;
            let mut families = register.families.iter_mut();
            if let Some(family) = families.find(|family| family.number == number) {
                family.stage = Stage::Doubted { after };
            }
        }
        self.blotter.signal(Signal::Unanswered);
    }
}

impl Register {
    /// Notes that the lists of TWS are being asked for; the number of the reading.
    pub(super) fn begin_reading(&mut self) -> u64 {
        self.readings += 1;
        self.readings
    }

    /// Whether an order is of a list of which it is not known that TWS has all of it.
    pub(super) fn is_in_doubt(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let mut families = self.families.iter();
        families.any(|family| family.account == *account && family.members.contains(id))
    }

    /// What is known of a member beside what is listed.
    fn remembered(&self, account: &AccountId, id: &ClientOrderId) -> Seen {
        let entry = self.by_id(account, id).and_then(|key| self.get(key));
        let filled = !self.executions.filled(account, id).is_zero();
        let refused = entry.is_some_and(|entry| entry.ended && entry.refused.is_some());
        Seen {
            there: filled || entry.is_some_and(|entry| entry.live) && !refused,
            open: false,
            filled,
            refused,
        }
    }
}

impl Blotter {
    /// Remembers a list before its first order is written.
    pub(super) fn begin_list(&self, list: &OrderList) -> Sending<'_> {
        let sent_at = self.link.now();
        let mut register = self.register();
        register.last_family += 1;
        let number = register.last_family;
        register.families.push(Family {
            number,
            list: list.id().clone(),
            account: list.account().clone(),
            members: list
                .orders()
                .map(|(order, _)| order.client_order_id.clone())
                .collect(),
            led: !matches!(list.contingency(), Contingency::OneCancelsOther { .. }),
            sent_at,
            stage: Stage::Sending,
        });
        Sending {
            blotter: self,
            number: Some(number),
        }
    }

    /// Whether the lists of TWS have to be read because of an order list.
    pub(crate) fn has_doubts(&self) -> bool {
        let register = self.register();
        let mut families = register.families.iter();
        families.any(|family| family.stage != Stage::Sending)
    }

    /// Settles the order lists of an account that are in doubt, as far as a reading of all lists of
    /// TWS tells.
    pub(crate) async fn mend_lists(&self, reading: u64, ledger: &Ledger, read: &Account) {
        if !read.proves_absence() {
            return;
        }
        let mut listed: HashMap<&ClientOrderId, Seen> = HashMap::new();
        for report in read.orders.value().into_iter().flatten() {
            let seen = listed.entry(&report.client_order_id).or_default();
            seen.there = true;
            seen.open |= match &report.kind {
                ExecutionKind::Status { status } => status.is_open(),
                _ => true,
            };
            seen.filled |= report
                .cumulative_quantity
                .is_some_and(|units| !units.is_zero());
        }
        for fill in read.fills.value().into_iter().flatten() {
            let seen = listed.entry(&fill.client_order_id).or_default();
            (seen.there, seen.filled) = (true, true);
        }
        for (id, open) in &read.unread {
            let seen = listed.entry(id).or_default();
            (seen.there, seen.open) = (true, seen.open || *open);
        }
        let today = self.link.today();
        let mut cancels = Vec::new();
        {
            let mut register = self.register();
            let mut families = std::mem::take(&mut register.families);
            families.retain_mut(|family| {
                let (Stage::Doubted { after } | Stage::Broken { after }) = family.stage else {
                    return true;
                };
                if family.account != *ledger.account() || reading <= after {
                    return true;
                }
                let go = self.mend(&mut register, family, &listed, ledger, today);
                let keep = go.is_some();
                cancels.extend(go.into_iter().flatten());
                keep
            });
            register.families = families;
        }
        for order_id in cancels {
            let until = Instant::now() + self.link.deadlines().command;
            if let Err(error) = self.write_cancel(order_id, until).await {
                // It is still in doubt, and the next reading finds it again.
                tracing::warn!(%error, order_id, "an order of a broken list could not be canceled");
            }
        }
    }

    /// Settles one list; the orders to cancel while it stays in doubt.
    fn mend(
        &self,
        register: &mut Register,
        family: &mut Family,
        listed: &HashMap<&ClientOrderId, Seen>,
        ledger: &Ledger,
        today: Today,
    ) -> Option<Vec<i32>> {
        let seen: Vec<Seen> = family
            .members
            .iter()
            .map(|id| {
                let known = register.remembered(&family.account, id);
                let listed = listed.get(id).copied().unwrap_or_default();
                Seen {
                    there: known.there || listed.there,
                    open: listed.open,
                    filled: known.filled || listed.filled,
                    refused: known.refused,
                }
            })
            .collect();
        let remedy = remedy(family.led, &seen);
        // TWS's lists begin anew each day, so that what is missing may have ended on another one.
        let proof = today.has_ours(family.sent_at);
        if remedy == Remedy::Leave || !proof {
            return None;
        }
        let first_time = matches!(family.stage, Stage::Doubted { .. });
        if first_time {
            let why = format!("the list {} was not completely sent", family.list);
            for (id, seen) in family.members.iter().zip(&seen) {
                if seen.there {
                    ledger.notice(Notice {
                        severity: Severity::Warning,
                        message: BrokerText::text(why.as_str()),
                        client_order_id: Some(id.clone()),
                    });
                } else if !seen.refused {
                    register.forget_unsent(&family.account, id);
                    let absent = ExecutionReport::new(id.clone(), ExecutionKind::ProvenAbsent);
                    ledger.report(absent.with_reason(BrokerText::text(why.as_str())));
                }
            }
        }
        let Remedy::Cancel(places) = remedy else {
            return None;
        };
        // Whether they have gone is told by the next reading.
        family.stage = Stage::Broken {
            after: register.readings,
        };
        let mut cancels = Vec::new();
        for id in places.into_iter().filter_map(|at| family.members.get(at)) {
            let key = register.by_id(&family.account, id);
            let Some(entry) = key.and_then(|key| register.get_mut(key)) else {
                continue;
            };
            entry.cancel_asked = true;
            if let Some((owner, order_id)) = entry.wire
                && owner == self.client_id
            {
                cancels.push(order_id);
            }
        }
        Some(cancels)
    }
}
