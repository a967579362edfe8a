//! Orders that come together: attached exits, and groups of which one cancels the others.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{
        ClientOrderId, Contingency, ListId, ListRole, NewOrder, OrderList, OrderType, TimeInForce,
        TradingSession,
    },
};

use super::{
    refused::{bad_request, words},
    terms::{Reading, unsupported},
    words::Words,
};
use crate::{
    exchange::{Instructions, Refusal},
    tiger::gateway::{Complaint, turn::Turn},
};

/// An exit that is attached to an order.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) role: ListRole,
    pub(super) order_type: OrderType,
    pub(super) words: Words,
    force: TimeInForce,
    outside: bool,
}

impl Exit {
    /// The terms of the exit against its entry.
    pub(super) fn terms(&self, entry: &NewOrder, name: ClientOrderId) -> NewOrder {
        let mut terms = NewOrder::new(
            name,
            entry.account.clone(),
            entry.instrument.clone(),
            entry.side.opposite(),
            entry.amount,
            self.order_type.clone(),
        )
        .with_time_in_force(self.force);
        if self.outside {
            terms = terms.with_session(TradingSession::Extended);
        }
        terms
    }

    /// The part that the exit plays, by which the truth names it.
    pub(super) const fn part(&self) -> &'static str {
        match self.role {
            ListRole::TakeProfit => "profit",
            _ => "loss",
        }
    }
}

impl Reading<'_> {
    /// The exits that are attached to an order.
    pub(super) fn exits(&self, entry: &NewOrder) -> Result<Vec<Exit>, Complaint> {
        let (profit, loss) = match self.asked.text("attach_type")? {
            None => return Ok(Vec::new()),
            Some("PROFIT") => (true, false),
            Some("LOSS") => (false, true),
            Some("BRACKETS") => (true, true),
            Some(other) => return Err(unsupported("attach_type", other)),
        };
        if entry.quantity().is_none() {
            return Err(Complaint::business("attached orders need a total_quantity"));
        }
        let mut exits = Vec::new();
        if profit {
            let price = self.asked.decimal("profit_taker_price")?;
            let price = price
                .ok_or_else(|| crate::tiger::gateway::parameters::missing("profit_taker_price"))?;
            let order_type = OrderType::Limit {
                price: self.valid(price)?,
            };
            let names = ("profit_taker_tif", "profit_taker_rth");
            exits.push(self.exit(ListRole::TakeProfit, "LMT", order_type, names, entry)?);
        }
        if loss {
            let (word, order_type) = self.stop_loss()?;
            let names = ("stop_loss_tif", "stop_loss_rth");
            exits.push(self.exit(ListRole::StopLoss, word, order_type, names, entry)?);
        }
        Ok(exits)
    }

    fn stop_loss(&self) -> Result<(&'static str, OrderType), Complaint> {
        let (percent, amount) = ("stop_loss_trailing_percent", "stop_loss_trailing_amount");
        if self.asked.get(percent).is_some() || self.asked.get(amount).is_some() {
            return Ok(("TRAIL", self.trail(percent, amount)?));
        }
        let trigger = self.asked.decimal("stop_loss_price")?;
        let trigger =
            trigger.ok_or_else(|| crate::tiger::gateway::parameters::missing("stop_loss_price"))?;
        let trigger = self.valid(trigger)?;
        Ok(match self.asked.decimal("stop_loss_limit_price")? {
            Some(price) => {
                let price = self.valid(price)?;
                ("STP_LMT", OrderType::StopLimit { trigger, price })
            }
            None => ("STP", OrderType::Stop { trigger }),
        })
    }

    fn exit(
        &self,
        role: ListRole,
        word: &'static str,
        order_type: OrderType,
        (force, outside): (&str, &str),
        entry: &NewOrder,
    ) -> Result<Exit, Complaint> {
        let (force_word, force) = self.force_of(force)?;
        let mut exit = Exit {
            role,
            order_type,
            words: Words {
                order_type: word,
                time_in_force: force_word,
                ..Words::default()
            },
            force,
            outside: false,
        };
        let wish = self.asked.switch(outside)? == Some(true);
        let trial = exit.terms(entry, entry.client_order_id.clone());
        exit.outside = wish && self.goes_outside(&trial);
        exit.words.outside_rth = exit.outside;
        Ok(exit)
    }
}

impl Turn<'_> {
    /// What can be refused about an order that does not work yet: not its money, not the hour.
    pub(super) fn check_exit(&mut self, terms: &NewOrder) -> Result<(), Complaint> {
        match self.exchange.preview(terms) {
            Err(refusal)
                if !matches!(
                    refusal.kind,
                    ErrorKind::InsufficientFunds | ErrorKind::MarketClosed
                ) =>
            {
                Err(bad_request(&terms.account, words(&refusal)))
            }
            _ => Ok(()),
        }
    }
}

/// Sends an order with its exits to the exchange; nothing trades before all of them are there. All
/// are taken, or none.
pub(super) fn send(
    exchange: &mut crate::exchange::Exchange,
    entry: &Arc<NewOrder>,
    exits: &[(Arc<NewOrder>, ListRole)],
) -> Result<Vec<u64>, Refusal> {
    // The exchange lets an order wait for its session that was meant for now; the vendor does not.
    if let Err(refusal) = exchange.preview(entry)
        && refusal.kind == ErrorKind::MarketClosed
    {
        return Err(refusal);
    }
    let first = exchange.place_held(Arc::clone(entry), None, Instructions::default())?;
    let list = ListId::new(format!("TIGER-{first}")).unwrap_or_else(|_| ListId::generate());
    let mut keys = vec![first];
    for (exit, role) in exits {
        match exchange.place_follower(
            Arc::clone(exit),
            first,
            &list,
            *role,
            Instructions::default(),
        ) {
            Ok(key) => keys.push(key),
            Err(refusal) => {
                // Its exits end with it.
                let _ = exchange.cancel(first);
                return Err(refusal);
            }
        }
    }
    exchange.release(first);
    Ok(keys)
}

/// Sends a group of which one cancels the others; all are taken, or none.
pub(super) fn send_group(
    exchange: &mut crate::exchange::Exchange,
    orders: &[Arc<NewOrder>],
) -> Result<Vec<u64>, Refusal> {
    let orders: Vec<NewOrder> = orders.iter().map(|order| NewOrder::clone(order)).collect();
    match OrderList::new(ListId::generate(), Contingency::OneCancelsOther { orders }) {
        Ok(list) => exchange.place_list(&list),
        // The room takes no list that the exchange has no form for.
        Err(why) => {
            tracing::error!(%why, "a group that is none");
            Ok(Vec::new())
        }
    }
}
