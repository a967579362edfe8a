//! Orders that depend on each other: exits that are attached to their entry, and groups of which one
//! cancels the others. Each goes in one request, so Tiger takes all of it or nothing.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, Result, UnconfirmedCause,
    model::{
        Contingency, ListLink, ListRole, NewOrder, OrderList, OrderType, TimeInForce,
        TradingSession,
    },
};

use super::{
    blotter::{Blotter, Flight},
    encode::{force_word, marked, trail},
    journal::SentOrder,
    naming::{can_be_exit, exit_role},
    register::Entry,
    row::{Placed, broker_order_id},
    submit::numbered,
};
use crate::transport::{Call, Method, Parameters, Written};

impl Blotter {
    pub(super) async fn submit_orders(
        self: &Arc<Self>,
        list: &OrderList,
    ) -> Result<Vec<Acknowledgement>> {
        self.link.commander()?;
        self.check_account(list.account())?;
        // The numbers that were reserved, in the order of the list; exits have none.
        let mut reserved = Vec::new();
        let parameters = match list.contingency() {
            Contingency::Bracket {
                entry,
                take_profit,
                stop_loss,
            } => {
                let listing = self.book.listing(&entry.instrument).await?;
                let parameters = attached(marked(entry, &listing)?, take_profit, stop_loss)?;
                reserved.push(self.reserve(&entry.account).await?);
                numbered(parameters, reserved.iter().copied().flatten().next())?
            }
            Contingency::OneCancelsOther { orders } => {
                let mut plain = Vec::new();
                for order in orders {
                    let listing = self.book.listing(&order.instrument).await?;
                    let element = marked(order, &listing)?;
                    plain.push(element.with("account", order.account.as_str())?);
                }
                let mut elements = Vec::new();
                for element in plain {
                    let number = self.reserve(list.account()).await?;
                    reserved.push(number);
                    elements.push(numbered(element, number)?);
                }
                Parameters::default().with("oca_orders", elements)?
            }
            other => {
                let message = format!("a list of the kind {}", other.kind());
                return Err(Error::unsupported(message).at_field("contingency.type"));
            }
        };
        self.write_down(self.sent(list, &reserved)).await?;
        let flight = self.begin_list(list, &reserved);
        let call = Call::new(Method::PLACE_ORDER, parameters).of(list.account());
        let count = list.orders().count();
        match self.link.commander()?.command(&call).await {
            Err(error) => {
                flight.never_was();
                let names = list.orders().map(|(order, _)| &order.client_order_id);
                self.write_never_was(list.account(), names).await;
                Err(error)
            }
            Ok(Written::Done(data)) => {
                let placed = match data.decode::<Placed>() {
                    Ok(placed) if placed.id.get().is_some_and(|id| id > 0) => placed,
                    Ok(_) | Err(_) => {
                        let cause = UnconfirmedCause::UnreadableAnswer;
                        return Ok(vec![Acknowledgement::unconfirmed(cause); count]);
                    }
                };
                Ok(self.learn_list(&flight, &placed))
            }
            Ok(Written::Unconfirmed { cause, detail, .. }) => {
                Ok(vec![Acknowledgement::Unconfirmed { cause, detail }; count])
            }
        }
    }

    /// What is written down about a list.
    fn sent(&self, list: &OrderList, reserved: &[Option<i64>]) -> Vec<SentOrder> {
        let (at, mut reserved) = (self.link.now(), reserved.iter().copied());
        let entry = list
            .orders()
            .next()
            .map(|(entry, _)| entry.client_order_id.clone());
        let orders = list.orders().map(|(order, role)| SentOrder {
            number: reserved.next().flatten(),
            list: Some(ListLink {
                list: list.id().clone(),
                role,
            }),
            entry: entry.clone().filter(|_| is_exit(role)),
            ..SentOrder::new(order.account.clone(), order.client_order_id.clone(), at)
        });
        orders.collect()
    }

    fn begin_list(self: &Arc<Self>, list: &OrderList, reserved: &[Option<i64>]) -> Flight {
        let mut register = self.register();
        let mut keys: Vec<u64> = Vec::new();
        let mut reserved = reserved.iter().copied();
        for (order, role) in list.orders() {
            let mut entry = Entry::new(Arc::new(order.clone()));
            entry.reserved = reserved.next().flatten();
            entry.own = true;
            entry.in_flight = 1;
            entry.sent_after = self.progress.read_until(&order.account);
            entry.list = Some(ListLink {
                list: list.id().clone(),
                role,
            });
            if is_exit(role) {
                entry.parent = keys.first().copied();
            }
            keys.push(register.add(entry));
        }
        drop(register);
        Flight::new(Arc::clone(self), keys)
    }

    /// Gives each order of a list its number out of the answer; what the answer leaves out is found
    /// in the lists by its mark or by its entry. All of them exist: the request was one.
    fn learn_list(&self, flight: &Flight, placed: &Placed) -> Vec<Acknowledgement> {
        let mut register = self.register();
        for row in &placed.orders.rows {
            let Some(number) = row.row.id.get().filter(|number| *number > 0) else {
                continue;
            };
            let mark = row.row.mark();
            let key = flight.keys.iter().copied().find(|key| {
                let Some(entry) = register.get(*key) else {
                    return false;
                };
                if entry.number.is_some_and(|known| known != number) {
                    return false;
                }
                match entry.parent {
                    Some(_) => {
                        row.row.parent().is_some() && entry.role() == Some(exit_role(&row.row))
                    }
                    None => {
                        let number = row.row.reserved();
                        let by_number = number.is_some() && number == entry.reserved;
                        row.row.parent().is_none()
                            && (by_number || mark.as_ref() == Some(&entry.id))
                    }
                }
            });
            if let Some(key) = key {
                register.learn(key, number);
            }
        }
        if let (Some(first), Some(number)) = (flight.keys.first(), placed.id.get()) {
            register.learn(*first, number);
        }
        let answers = flight.keys.iter().map(|key| {
            let number = register.get(*key).and_then(|entry| entry.number);
            Acknowledgement::Accepted {
                broker_order_id: number.and_then(broker_order_id),
            }
        });
        answers.collect()
    }
}

fn is_exit(role: ListRole) -> bool {
    matches!(role, ListRole::TakeProfit | ListRole::StopLoss)
}

fn not_attached(exit: &NewOrder, why: &str) -> Error {
    let message = format!("the exit {} {why}", exit.client_order_id);
    Error::unsupported(message).at_field("contingency")
}

/// Adds the exits to their entry.
fn attached(entry: Parameters, take_profit: &NewOrder, stop_loss: &NewOrder) -> Result<Parameters> {
    for (exit, role) in [
        (take_profit, ListRole::TakeProfit),
        (stop_loss, ListRole::StopLoss),
    ] {
        if !can_be_exit(&exit.order_type, role) {
            let kind = exit.order_type.kind();
            return Err(not_attached(exit, &format!("cannot be a {kind} order")));
        }
        let plain = exit.display_quantity.is_none()
            && matches!(
                exit.session,
                TradingSession::Regular | TradingSession::Extended
            )
            && matches!(exit.time_in_force, TimeInForce::Day | TimeInForce::Gtc);
        if !plain {
            return Err(not_attached(
                exit,
                "has a lifetime, a session or a display quantity that Tiger does not attach",
            ));
        }
    }
    let outside = |exit: &NewOrder| exit.session == TradingSession::Extended;
    let mut written = entry
        .with("attach_type", "BRACKETS")?
        .with("profit_taker_tif", force_word(take_profit.time_in_force)?)?
        .with("profit_taker_rth", outside(take_profit))?
        .with("stop_loss_tif", force_word(stop_loss.time_in_force)?)?
        .with("stop_loss_rth", outside(stop_loss))?;
    if let OrderType::Limit { price } = &take_profit.order_type {
        written = written.number("profit_taker_price", price.get())?;
    }
    match &stop_loss.order_type {
        OrderType::Stop { trigger } => written.number("stop_loss_price", trigger.get()),
        OrderType::StopLimit { trigger, price } => written
            .number("stop_loss_price", trigger.get())?
            .number("stop_loss_limit_price", price.get()),
        OrderType::TrailingStop { offset, .. } => trail(
            written,
            *offset,
            "stop_loss_trailing_percent",
            "stop_loss_trailing_amount",
        ),
        _ => Ok(written),
    }
}
