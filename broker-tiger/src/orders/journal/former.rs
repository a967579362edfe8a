use std::collections::HashMap;

use broker_core::model::{AccountId, ClientOrderId, ListLink, ListRole};
use chrono::{DateTime, Utc};

use super::SentOrder;

/// What the journal says about orders that this process need not have sent itself.
#[derive(Debug, Default)]
pub(in crate::orders) struct Former {
    by_number: HashMap<(AccountId, i64), ClientOrderId>,
    by_id: HashMap<(AccountId, ClientOrderId), Known>,
}

#[derive(Debug, Default)]
struct Known {
    written_at: Option<DateTime<Utc>>,
    number: Option<i64>,
    list: Option<ListLink>,
    entry: Option<ClientOrderId>,
    exits: Vec<(ListRole, ClientOrderId)>,
    exchange: bool,
    ended: bool,
}

impl Former {
    pub(in crate::orders) fn add(&mut self, order: SentOrder) {
        let SentOrder {
            account,
            client_order_id: id,
            number,
            list,
            entry,
            at,
            exchange,
            ended_at,
        } = order;
        if let Some(number) = number {
            self.by_number.insert((account.clone(), number), id.clone());
        }
        if let (Some(entry), Some(list)) = (&entry, &list) {
            let key = (account.clone(), entry.clone());
            let known = self.by_id.entry(key).or_default();
            known.exits.retain(|(role, _)| *role != list.role);
            known.exits.push((list.role, id.clone()));
        }
        let known = self.by_id.entry((account, id)).or_default();
        // Sent again under its name after it had been proven absent: the newer number counts.
        known.written_at = Some(at);
        known.number = number.or(known.number);
        known.list = list.or(known.list.take());
        known.entry = entry.or(known.entry.take());
        known.exchange = exchange;
        known.ended = ended_at.is_some();
    }

    /// Notes that an order has ended, or never was; what is to be written down about it, unless it is known
    /// already or nothing was written down about the order.
    pub(in crate::orders) fn end(
        &mut self,
        account: &AccountId,
        id: &ClientOrderId,
        now: DateTime<Utc>,
    ) -> Option<SentOrder> {
        let known = self.by_id.get_mut(&(account.clone(), id.clone()))?;
        let at = known.written_at?;
        if std::mem::replace(&mut known.ended, true) {
            return None;
        }
        Some(SentOrder {
            number: known.number,
            list: known.list.clone(),
            entry: known.entry.clone(),
            exchange: known.exchange,
            ended_at: Some(now),
            ..SentOrder::new(account.clone(), id.clone(), at)
        })
    }

    /// Whether a name was given to something that was sent, and not known not to have been.
    pub(in crate::orders) fn is_used(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let known = self.known(account, id);
        known.is_some_and(|known| known.written_at.is_some() && !(known.exchange && known.ended))
    }

    /// Whether a name is that of an exchange of currencies that may have been made.
    pub(in crate::orders) fn is_exchange(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let known = self.known(account, id);
        known.is_some_and(|known| known.exchange && !known.ended)
    }

    /// The name of the order that a number was reserved for.
    pub(in crate::orders) fn of_number(
        &self,
        account: &AccountId,
        number: i64,
    ) -> Option<ClientOrderId> {
        self.by_number.get(&(account.clone(), number)).cloned()
    }

    /// The number that was reserved for an order.
    pub(in crate::orders) fn number(&self, account: &AccountId, id: &ClientOrderId) -> Option<i64> {
        self.known(account, id)?.number
    }

    /// The order whose exit an order is.
    pub(in crate::orders) fn entry(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
    ) -> Option<ClientOrderId> {
        self.known(account, id)?.entry.clone()
    }

    /// When an order was last written down.
    pub(in crate::orders) fn written_at(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
    ) -> Option<DateTime<Utc>> {
        self.known(account, id)?.written_at
    }

    /// The list that an order belongs to.
    pub(in crate::orders) fn list(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
    ) -> Option<ListLink> {
        self.known(account, id)?.list.clone()
    }

    /// The name of the exit of an order that plays a part.
    pub(in crate::orders) fn exit(
        &self,
        account: &AccountId,
        entry: &ClientOrderId,
        role: ListRole,
    ) -> Option<ClientOrderId> {
        let exits = &self.known(account, entry)?.exits;
        let exit = exits.iter().find(|(part, _)| *part == role)?;
        Some(exit.1.clone())
    }

    fn known(&self, account: &AccountId, id: &ClientOrderId) -> Option<&Known> {
        self.by_id.get(&(account.clone(), id.clone()))
    }
}
