//! Which lines of a journal may go.

use std::collections::{HashMap, HashSet};

use broker_core::model::{AccountId, ClientOrderId};
use chrono::{DateTime, Utc};

use super::SentOrder;

/// What stays of a journal when an account's orders are let go that ended before an instant.
///
/// Of an order that has ended one line stays. An entry and its exits go together, because an exit is known
/// by its entry's name only.
pub(super) fn kept(
    lines: Vec<SentOrder>,
    account: &AccountId,
    before: DateTime<Utc>,
) -> Vec<SentOrder> {
    let mut kept: Vec<SentOrder> = Vec::with_capacity(lines.len());
    let mut begun: HashMap<(AccountId, ClientOrderId), usize> = HashMap::new();
    for line in lines {
        let name = (line.account.clone(), line.client_order_id.clone());
        let first = begun.get(&name).and_then(|at| kept.get_mut(*at));
        match first {
            // The order itself once more, with its end.
            Some(first) if line.ended_at.is_some() && is_same(first, &line) => *first = line,
            _ => {
                begun.insert(name, kept.len());
                kept.push(line);
            }
        }
    }
    let staying: HashSet<ClientOrderId> = kept
        .iter()
        .filter(|line| line.account == *account)
        .filter(|line| line.ended_at.is_none_or(|at| at >= before))
        .map(|line| family(line).clone())
        .collect();
    kept.retain(|line| line.account != *account || staying.contains(family(line)));
    kept
}

fn is_same(sent: &SentOrder, ended: &SentOrder) -> bool {
    sent.at == ended.at && sent.number == ended.number && sent.exchange == ended.exchange
}

/// The order with which it goes and stays.
const fn family(line: &SentOrder) -> &ClientOrderId {
    match &line.entry {
        Some(entry) => entry,
        None => &line.client_order_id,
    }
}
