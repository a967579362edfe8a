use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Broker, BrokerExt, Decimal, OrderLookup, Result as BrokerResult, Retry,
    model::{AccountId, ClientOrderId, Order, ReplaceOrder},
};
use broker_runtime::{audit::acting_as, registry::Seat};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::{sync::OwnedMutexGuard, time::sleep};

use super::plan::Outgoing;
use crate::{
    BrokerService, Call, Fault, FaultCode,
    policy::{Working, first_refusal},
    service::{house::Claims, trail::actor},
    store::{Begun, Intent, IntentState, NewIntent, Quota, Store},
};

/// What sales of an account take turns for.
pub(super) const SALES: &str = "sales";

/// A command that a broker may get.
#[derive(Debug, Clone)]
pub(super) enum What {
    New(Outgoing),
    Change(ReplaceOrder),
}

/// A command with all that is written down about it.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    pub(super) id: ClientOrderId,
    pub(super) operation: &'static str,
    pub(super) digest: String,
    /// In the currency of the caller's limits.
    pub(super) notional: Option<Decimal>,
    pub(super) what: What,
}

impl Sending {
    /// The order that it is about.
    fn about(&self) -> &ClientOrderId {
        match &self.what {
            What::New(_) => &self.id,
            What::Change(change) => &change.client_order_id,
        }
    }

    /// Every name that the broker learns by it.
    fn names(&self) -> Vec<String> {
        match &self.what {
            What::New(outgoing) => outgoing.names(),
            What::Change(_) => Vec::new(),
        }
    }
}

/// What came of a command.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing: it was not given, or it is proven that nothing happened and it may be given again.
    Nothing,
    /// It was sent before, and not again: this is the order.
    Earlier(Arc<Order>),
    /// It was sent now.
    Now(Arc<Order>),
}

/// How long another process may be at a command that it has written down.
const AT_IT: TimeDelta = TimeDelta::minutes(2);

/// When a broker is asked about a command that nobody knows the outcome of.
const LOOKS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// What a caller is told who must not send again.
pub(super) fn unknown(id: &ClientOrderId, why: &str) -> Fault {
    let message = format!(
        "it is not known whether the broker has order {id} ({why}). It was not refused. Do not place it \
         again: call get_order with client_order_id {id} until it says"
    );
    let details = json!({ "client_order_id": id });
    Fault::new(FaultCode::OutcomeUnknown, message)
        .verify_with("get_order")
        .with_details(details)
}

fn too_many(call: &Call, wait: TimeDelta) -> Fault {
    let most = call.principal.limits.max_orders_per_minute;
    let most = most.unwrap_or_default();
    let message = format!("max_orders_per_minute: the limit is {most}. Nothing was sent");
    Fault::new(FaultCode::RateLimited, message).retry_safe(wait.to_std().ok())
}

fn too_much(call: &Call, spent: Decimal) -> Fault {
    let limits = &call.principal.limits;
    let most = limits.max_daily_notional.map(|most| most.0);
    let (most, currency) = (most.unwrap_or_default(), limits.currency);
    let message = format!(
        "max_daily_notional: the limit is {most} {currency}, and {spent} was sent today. Nothing was sent"
    );
    Fault::new(FaultCode::LimitExceeded, message)
}

fn too_many_open(call: &Call, open: usize) -> Fault {
    let most = call.principal.limits.max_open_orders.unwrap_or_default();
    let broken = Working::check(most, open);
    let message = format!("{}: {}. Nothing was sent", broken.rule, broken.detail);
    Fault::new(FaultCode::LimitExceeded, message)
}

fn conflict(id: &ClientOrderId) -> Fault {
    let message = format!(
        "client_order_id: {id} was used for something else; nothing was sent. Another order needs \
         another identifier"
    );
    Fault::new(FaultCode::Conflict, message)
}

fn taken(name: &str) -> Fault {
    let message = format!(
        "client_order_id: {name} names an order of another key, or an exit of another order, in this \
         account; nothing was sent. Another order needs another identifier"
    );
    Fault::new(FaultCode::Conflict, message)
}

impl BrokerService {
    /// Refuses names of orders that another command has in an account: another key's, or those of an
    /// order's exits. The broker knows orders by these names only, and could not tell whose they are.
    pub(super) async fn not_taken(
        &self,
        call: &Call,
        seat: &Seat,
        id: &ClientOrderId,
        names: Vec<String>,
    ) -> Result<(), Fault> {
        let (account, command) = (seat.key.to_string(), (&*call.principal.id, id.as_str()));
        let other = self.store()?.taken(&account, command, names).await?;
        other.map_or(Ok(()), |name| Err(taken(&name)))
    }

    /// Waits until nobody else in this process deals with a command of this name.
    pub(super) async fn claim(&self, call: &Call, id: &ClientOrderId) -> OwnedMutexGuard<()> {
        self.house
            .claims
            .claim(&call.principal.id, id.as_str())
            .await
    }

    /// Waits until nobody else in this process is between looking at something of an account and sending
    /// what follows from it.
    pub(super) async fn turn(&self, seat: &Seat, about: &str) -> OwnedMutexGuard<()> {
        self.house.claims.turn(&seat.key, about).await
    }

    /// What came of a command under this name, if it was given before.
    ///
    /// # Errors
    /// The first refusal; [`Conflict`](FaultCode::Conflict) for other arguments under the same name;
    /// [`OutcomeUnknown`](FaultCode::OutcomeUnknown).
    pub(super) async fn before(
        &self,
        call: &Call,
        id: &ClientOrderId,
        digest: &str,
        seat: &Seat,
        about: &ClientOrderId,
    ) -> Result<Outcome, Fault> {
        let store = self.store()?;
        let Some(intent) = store.intent(&call.principal.id, id.as_str()).await? else {
            return Ok(Outcome::Nothing);
        };
        self.known(store, intent, (id, about), digest, seat).await
    }

    async fn known(
        &self,
        store: &Store,
        intent: Intent,
        (id, about): (&ClientOrderId, &ClientOrderId),
        digest: &str,
        seat: &Seat,
    ) -> Result<Outcome, Fault> {
        if intent.new.digest != digest {
            return Err(conflict(id));
        }
        let (broker, account) = (&*seat.broker, &seat.key.account);
        match intent.state {
            IntentState::Void => Ok(Outcome::Nothing),
            IntentState::Refused => {
                let first = intent.outcome.map(serde_json::from_value::<Fault>);
                let lost = || Fault::new(FaultCode::Rejected, "it was refused before");
                Err(first.and_then(Result::ok).unwrap_or_else(lost))
            }
            IntentState::Done => {
                let found = super::find::own(broker, account, about).await;
                // It was sent, whatever the broker says of it now.
                let found = found.map_err(|fault| unknown(id, &fault.message));
                found.map(Outcome::Earlier)
            }
            // Only the order itself shows whether a change of it has arrived.
            IntentState::Open if about != id => {
                Err(unknown(about, "a change of it was interrupted"))
            }
            IntentState::Open => {
                let now = self.clock.now();
                // Another process may be about to send it.
                let may_be_coming = !intent.ours && now - intent.begun_at < AT_IT;
                let key = (intent.new.principal.as_str(), id);
                match settle(store, broker, account, key, may_be_coming).await {
                    Some(Settled::Found(order)) => Ok(Outcome::Earlier(order)),
                    Some(Settled::Absent) => Ok(Outcome::Nothing),
                    None => Err(unknown(id, "it was interrupted")),
                }
            }
        }
    }

    /// Writes a command down and sends it, once. It goes on even if nobody waits for it any more. What is
    /// `held` is let go when the broker has answered.
    ///
    /// # Errors
    /// Proof that nothing was sent, or [`OutcomeUnknown`](FaultCode::OutcomeUnknown).
    pub(super) async fn send(
        &self,
        call: &Call,
        seat: &Seat,
        sending: Sending,
        held: Vec<OwnedMutexGuard<()>>,
    ) -> Result<Outcome, Fault> {
        let store = self.store()?.clone();
        let limits = &call.principal.limits;
        let open = match &sending.what {
            // Somebody may have thought about it for minutes, so it is asked again.
            What::New(_) => self.open_orders(call, seat).await,
            What::Change(_) => Ok(None),
        };
        let open = open.or_else(|unknown| first_refusal(&[unknown]).map(|()| None))?;
        let quota = Quota {
            per_minute: limits.max_orders_per_minute,
            per_day: limits.max_daily_notional.map(|most| most.0),
            open,
        };
        let principal = call.principal.id.to_string();
        let id = sending.id.clone();
        let new = NewIntent {
            principal: principal.clone(),
            client_order_id: id.to_string(),
            operation: sending.operation.to_owned(),
            account: seat.key.to_string(),
            digest: sending.digest.clone(),
            notional: sending.notional,
        };
        let names = sending.names();
        let now = self.clock.now();
        let mut begun = store.begin(new.clone(), &names, &quota, now).await?;
        if let Begun::Known(intent) = begun {
            let (about, digest) = ((&id, sending.about()), &sending.digest);
            match self.known(&store, *intent, about, digest, seat).await? {
                // A call that was interrupted has left it behind, and nothing was sent.
                Outcome::Nothing => {
                    begun = store.begin(new, &names, &quota, self.clock.now()).await?;
                }
                sent => return Ok(sent),
            }
        }
        match begun {
            Begun::New => {}
            // Somebody else was faster once more.
            Begun::Known(_) => return Ok(Outcome::Nothing),
            Begun::Taken { name } => return Err(taken(&name)),
            Begun::TooMany { wait } => return Err(too_many(call, wait)),
            Begun::TooMuch { spent } => return Err(too_much(call, spent)),
            Begun::TooManyOpen { open } => return Err(too_many_open(call, open)),
        }
        let delivery = Delivery {
            store,
            broker: Arc::clone(&seat.broker),
            account: seat.key.account.clone(),
            principal,
            claims: Arc::clone(&self.house.claims),
        };
        // A caller that goes away does not leave an order half sent.
        let task = tokio::spawn(acting_as(actor(call), async move {
            let _held = held;
            delivery.send(sending).await
        }));
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a command was interrupted");
            Err(unknown(&id, "sending was interrupted"))
        })
    }
}

/// What it takes to send a command and to find out what became of it, without the caller.
struct Delivery {
    store: Store,
    broker: Arc<dyn Broker>,
    account: AccountId,
    principal: String,
    claims: Arc<Claims>,
}

impl Delivery {
    async fn send(self, sending: Sending) -> Result<Outcome, Fault> {
        let id = &sending.id;
        let order = sending.about();
        let sent: BrokerResult<Vec<Acknowledgement>> = match &sending.what {
            What::New(Outgoing::One(order)) => {
                let sent = BrokerExt::submit(&*self.broker, order).await;
                sent.map(|one| vec![one])
            }
            What::New(Outgoing::List(list)) => BrokerExt::submit_list(&*self.broker, list).await,
            What::Change(change) => {
                let sent = BrokerExt::replace(&*self.broker, change).await;
                sent.map(|one| vec![one])
            }
        };
        let done = json!({ "client_order_id": order });
        match sent {
            Err(error) => {
                let state = match error.retry() {
                    Retry::Safe { .. } => IntentState::Void,
                    _ => IntentState::Refused,
                };
                let fault = Fault::from(error);
                end(&self.store, &self.principal, id, state, json!(fault)).await;
                Err(fault)
            }
            Ok(all) if !all.is_empty() && all.iter().all(Acknowledgement::is_accepted) => {
                end(&self.store, &self.principal, id, IntentState::Done, done).await;
                let found = super::find::own(&*self.broker, &self.account, order).await;
                let found = found.map(Outcome::Now);
                found.map_err(|fault| unknown(order, &fault.message))
            }
            Ok(all) => {
                let why = all.iter().find_map(|one| match one {
                    Acknowledgement::Unconfirmed { cause, .. } => Some(cause.as_str()),
                    _ => None,
                });
                let fault = unknown(order, why.unwrap_or("the broker did not answer for it"));
                if matches!(sending.what, What::New(_)) {
                    tokio::spawn(self.reconcile(sending.id));
                } else {
                    // Whether a change arrived is seen in the order itself.
                    end(&self.store, &self.principal, id, IntentState::Done, done).await;
                }
                Err(fault)
            }
        }
    }

    /// Asks until it is known, or until somebody else has to ask.
    async fn reconcile(self, id: ClientOrderId) {
        let key = (self.principal.as_str(), &id);
        for wait in LOOKS {
            sleep(wait).await;
            // Nobody else may be about to send it while the broker says that it does not have it.
            let _claim = self.claims.claim(&self.principal, id.as_str()).await;
            let known = self.store.intent(&self.principal, id.as_str()).await;
            if !matches!(known, Ok(Some(intent)) if intent.state == IntentState::Open) {
                return;
            }
            let settled = settle(&self.store, &*self.broker, &self.account, key, false).await;
            if settled.is_some() {
                return;
            }
        }
        tracing::warn!(%id, "nobody knows what became of an order");
    }
}

/// What cannot be written down now is found at the broker later.
async fn end(
    store: &Store,
    principal: &str,
    id: &ClientOrderId,
    state: IntentState,
    outcome: Value,
) {
    if let Err(error) = store.end(principal, id.as_str(), state, outcome).await {
        tracing::error!(%error, %id, "what became of a command could not be written down");
    }
}

enum Settled {
    Found(Arc<Order>),
    Absent,
}

/// Asks the broker what became of a command, and writes it down if it is known.
async fn settle(
    store: &Store,
    broker: &dyn Broker,
    account: &AccountId,
    (principal, id): (&str, &ClientOrderId),
    may_be_coming: bool,
) -> Option<Settled> {
    match BrokerExt::lookup(broker, account, id).await {
        Ok(OrderLookup::Found(order)) => {
            let outcome = json!({ "client_order_id": id });
            end(store, principal, id, IntentState::Done, outcome).await;
            Some(Settled::Found(order))
        }
        Ok(OrderLookup::Absent) if !may_be_coming => {
            end(store, principal, id, IntentState::Void, Value::Null).await;
            Some(Settled::Absent)
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, %id, "the broker could not be asked about a command");
            None
        }
    }
}
