use std::sync::Arc;

use broker_core::{
    Acknowledgement, BrokerExt, Covered,
    model::{Order, OrderFilter},
};
use broker_runtime::registry::{Permission, Seat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::Scope,
    value::{InstrumentRef, OrderView},
};

/// Asks the broker to cancel every order that works, of one instrument or of all.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CancelAllOrders {
    /// Only orders of this instrument; all of the account when absent.
    pub instrument: Option<InstrumentRef>,
    /// Account name or id. Needed when the key has several.
    pub account: Option<String>,
    /// Connection, when several have this account.
    pub broker: Option<String>,
}

/// What became of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CanceledOrders {
    /// The broker has the request; `pending_cancel` may still be filled.
    pub cancelled: Vec<OrderView>,
    /// The others.
    pub failed: Vec<NotCanceled>,
}

/// An order that may go on working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NotCanceled {
    /// Its name.
    pub order_id: String,
    /// Why.
    pub reason: String,
}

/// Cancels one order. One that has ended meanwhile needs no cancel.
async fn cancel(seat: &Seat, order: &Order) -> Result<(), String> {
    let (account, id) = (&seat.key.account, order.client_order_id());
    match BrokerExt::cancel(&*seat.broker, account, id).await {
        Ok(Acknowledgement::Unconfirmed { cause, .. }) => Err(format!(
            "it is not known whether the broker has the request: {cause}"
        )),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == broker_core::ErrorKind::TooLate => Ok(()),
        Err(error) => Err(Fault::from(error).message),
    }
}

impl Request for CancelAllOrders {
    type Data = CanceledOrders;

    const ABOUT: About = About {
        name: "cancel_all_orders",
        title: "Cancel all orders",
        summary: "Asks the broker to cancel every working order of an account, or of one instrument, those placed elsewhere included. Always allowed.",
        toolset: Toolset::Trading,
        role: Role::Trade,
        effect: Effect::Write {
            destructive: true,
            idempotent: true,
        },
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<CanceledOrders>, Fault> {
        let scope = Scope {
            account: self.account,
            broker: self.broker,
        };
        let (account, seat) = service.seat(call, &scope, Permission::Trade).await?;
        let broker = &*seat.broker;
        let mut filter = OrderFilter::open();
        if let Some(instrument) = &self.instrument {
            filter.instrument = Some(instrument.resolve(broker).await?);
        }
        let now = service.clock.now();
        let mut meta = Meta::of_broker(account.name, seat.key.broker.as_str(), now);
        let ledger = broker.desk().ledger(&seat.key.account)?;
        let working = || ledger.orders_where(|order| filter.accepts(order));
        // What was known before: afterwards it does not work any more, and nobody lists it.
        let mut known = working();
        // One request for all is sent even if nobody can say what all are, and before anybody is asked.
        let at_once = if self.instrument.is_none() {
            Some(BrokerExt::cancel_all(broker, &seat.key.account).await)
        } else {
            None
        };
        let swept = matches!(&at_once, Some(Ok(sent)) if sent.is_accepted());
        let listed = BrokerExt::orders(broker, &seat.key.account, &filter).await;
        if !matches!(&listed, Ok(Covered::Complete(_))) {
            meta = meta.warning(
                "the broker could not say which orders work: there may be others than these",
            );
        }
        for order in listed.iter().filter_map(Covered::value).flatten() {
            let id = order.client_order_id();
            if !known.iter().any(|other| other.client_order_id() == id) {
                known.push(Arc::clone(order));
            }
        }
        let (mut cancelled, mut failed) = (Vec::new(), Vec::new());
        for order in known {
            let outcome = if swept {
                Ok(())
            } else {
                cancel(&seat, &order).await
            };
            let newest = ledger.order(order.client_order_id()).unwrap_or(order);
            let view = OrderView::of(&newest);
            match outcome {
                Ok(()) => cancelled.push(view),
                Err(reason) => failed.push(NotCanceled {
                    order_id: view.order_id,
                    reason,
                }),
            }
        }
        if let (Some(Err(error)), true) = (&at_once, cancelled.is_empty()) {
            return Err(error.clone().into());
        }
        Ok(Answer::new(CanceledOrders { cancelled, failed }, meta))
    }
}
