use broker_core::{
    Broker, BrokerExt,
    model::{AccountId, ClientOrderId, Order},
};
use broker_runtime::registry::Permission;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    guard, plan,
    plan::{Outgoing, Plan},
    send::{Outcome, Sending, What},
};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    policy::{self, Check, first_refusal, holdings},
    principal::{Role, Toolset},
    service::{Scope, agree::Wanted},
    value::{OrderInput, OrderView},
};

/// Places an order, once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// The order.
    pub order: OrderInput,
    /// Account name or id. Needed when the key has several.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
    /// Your name for this order, 1 to 56 characters: the same name never places two.
    #[serde(default)]
    pub client_order_id: Option<String>,
    /// From preview_order, or the approval_id that a person has agreed to.
    #[serde(default)]
    pub preview_id: Option<String>,
    /// Check everything and send nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlacedOrder {
    /// The order as it stands; absent for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderView>,
    /// The exit with profit, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_profit: Option<ExitOrder>,
    /// The exit with loss, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_loss: Option<ExitOrder>,
    /// Who agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// It was placed before under this name, and not again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Nothing was sent.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub dry_run: bool,
    /// Limits it was held against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// The names of an exit; get_order tells how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExitOrder {
    /// The broker's newest id, or `client_order_id` while there is none.
    pub order_id: String,
    /// Its name from before it was sent.
    pub client_order_id: String,
}

impl ExitOrder {
    /// What is known here of an order of this name.
    fn of(broker: &dyn Broker, account: &AccountId, name: &ClientOrderId) -> Self {
        let known = broker.desk().ledger(account).ok();
        let known = known.and_then(|ledger| ledger.order(name));
        let broker_id = known
            .as_ref()
            .and_then(|order| order.broker_order_id().map(ToString::to_string));
        Self {
            order_id: broker_id.unwrap_or_else(|| name.to_string()),
            client_order_id: name.to_string(),
        }
    }
}

impl PlacedOrder {
    /// An order that was sent under a name, with its exits.
    fn sent(order: &Order, id: &ClientOrderId, plan: &Plan, broker: &dyn Broker) -> Self {
        let exit = |name: Option<ClientOrderId>| {
            name.map(|name| ExitOrder::of(broker, order.account(), &name))
        };
        let (take_profit, stop_loss) = plan.exits(id);
        Self {
            order: Some(OrderView::of(order)),
            take_profit: exit(take_profit),
            stop_loss: exit(stop_loss),
            confirmed_by: None,
            duplicate_of: None,
            dry_run: false,
            checks: Vec::new(),
        }
    }

    /// The same, when it was sent by a call before this one.
    fn before(mut self, id: &ClientOrderId) -> Self {
        self.duplicate_of = Some(id.to_string());
        self
    }
}

/// An identifier as a caller gave it.
fn identifier(text: &str) -> Result<ClientOrderId, Fault> {
    let id = ClientOrderId::new(text).map_err(|error| Fault::invalid("client_order_id", error))?;
    // Exits are named after the order.
    if id.as_str().len() > 56 || id.is_outside() {
        let what = "at most 56 characters, not beginning with `outside:`";
        return Err(Fault::invalid("client_order_id", what));
    }
    Ok(id)
}

impl PlaceOrder {
    /// The name of the order, where it is known before a person is asked.
    fn name(&self, call: &Call) -> Result<Option<ClientOrderId>, Fault> {
        let given = self.client_order_id.as_deref();
        let given = match (given, call.idempotency_key.as_deref()) {
            (Some(one), Some(other)) if one != other => {
                let what = "the idempotency key of the request says another";
                return Err(Fault::invalid("client_order_id", what));
            }
            (one, other) => one.or(other),
        };
        given
            .or(self.preview_id.as_deref())
            .map(identifier)
            .transpose()
    }
}

impl BrokerService {
    /// What was shown before under a name. It has to be of the same caller and for the same order.
    async fn shown_before(
        &self,
        call: &Call,
        preview_id: Option<&str>,
        digest: &str,
    ) -> Result<Option<Vec<(String, String)>>, Fault> {
        let Some(id) = preview_id else {
            return Ok(None);
        };
        let (store, mine) = (self.store()?, &*call.principal.id);
        let shown = match store.preview(id, self.clock.now()).await? {
            Some(preview) => Some((preview.principal, preview.digest, Some(preview.lines))),
            None => {
                let asked = store.approval(id).await?;
                asked.map(|asked| (asked.principal, asked.digest, None))
            }
        };
        match shown {
            // What is another caller's does not exist.
            Some((of, was, lines)) if of == mine => {
                if was == digest {
                    return Ok(lines);
                }
                let message = "preview_id: it was for another order than this one; nothing was sent. \
                               Preview the order that you want";
                Err(Fault::new(FaultCode::Conflict, message))
            }
            _ => {
                let message = "preview_id: there is no such preview or approval, or it is void";
                Err(Fault::new(FaultCode::NotFound, message))
            }
        }
    }
}

impl Request for PlaceOrder {
    type Data = PlacedOrder;

    const ABOUT: About = About {
        name: "place_order",
        title: "Place an order",
        summary: "Places one order, with exits if wanted. May answer confirmation_required: a person agrees, then repeat with preview_id. After outcome_unknown never repeat: get_order.",
        toolset: Toolset::Trading,
        role: Role::Trade,
        effect: Effect::Write {
            destructive: true,
            idempotent: false,
        },
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<PlacedOrder>, Fault> {
        let name = self.name(call)?;
        let scope = Scope {
            account: self.account.clone(),
            broker: self.broker.clone(),
        };
        let (account, seat) = service.seat(call, &scope, Permission::Trade).await?;
        let broker = &*seat.broker;
        let draft = self.order.resolve(broker).await?;
        let plan = Plan::of(&draft, &seat.key.account)?;
        let digest = plan.digest(call, &account);
        let meta = || {
            let now = service.clock.now();
            Meta::of_broker(account.name.clone(), seat.key.broker.as_str(), now)
        };
        if let Some(id) = &name {
            service.not_taken(call, &seat, id, plan.names(id)).await?;
        }
        let mut claim = None;
        if let (Some(id), false) = (&name, self.dry_run) {
            claim = Some(service.claim(call, id).await);
            if let Outcome::Earlier(order) = service.before(call, id, &digest, &seat, id).await? {
                let sent = PlacedOrder::sent(&order, id, &plan, broker);
                return Ok(Answer::new(sent.before(id), meta()));
            }
        }
        let shown = self.preview_id.as_deref();
        let shown = service.shown_before(call, shown, &digest).await?;
        let money = guard::money(&account, &seat)?;
        service.not_killed(&seat)?;
        let limits = &call.principal.limits;
        let looked = service.clock.now();
        let mut facts = plan.facts(broker, limits).await;
        let mut checks = policy::checks(limits, &plan.order, &facts);
        checks.extend(service.open_orders_check(call, &seat).await?);
        first_refusal(&checks)?;
        plan.check(broker).await?;
        if self.dry_run {
            let data = PlacedOrder {
                order: None,
                take_profit: None,
                stop_loss: None,
                confirmed_by: None,
                duplicate_of: None,
                dry_run: true,
                checks,
            };
            return Ok(Answer::new(data, meta()));
        }
        let mut lines = plan.lines(&account, money, &facts);
        let sentence = plan::sentence("Place an order", &mut lines, shown.as_deref());
        let wanted = Wanted {
            operation: Self::ABOUT.name,
            digest: digest.clone(),
            sentence,
            lines,
            // Where real money moves, an operator's word needs a bound.
            within_limits: guard::is_play(money)
                || (limits.max_order_notional.is_some() && facts.limited.is_ok()),
        };
        let agreement = service.agree(call, wanted).await?;
        let id = match (name, &agreement.id) {
            (Some(name), _) => name,
            (None, Some(question)) => identifier(question)?,
            (None, None) => ClientOrderId::generate(),
        };
        let mut held = vec![match claim {
            Some(claim) => claim,
            None => service.claim(call, &id).await,
        }];
        // Nothing that was looked at before a person was asked has to hold still.
        let renewed = service
            .ready(call, &Self::ABOUT, &account, &plan.order, &mut held)
            .await?;
        let old = agreement.waited || service.is_old(looked, call, &renewed);
        let (call, limits) = (&renewed, &renewed.principal.limits);
        if old {
            facts = plan.facts(broker, limits).await;
            checks = policy::checks(limits, &plan.order, &facts);
            checks.extend(service.open_orders_check(call, &seat).await?);
            first_refusal(&checks)?;
        } else {
            first_refusal(&holdings(broker, &plan.order, limits, None).await)?;
        }
        let sending = Sending {
            operation: Self::ABOUT.name,
            digest,
            notional: facts.limited.clone().ok(),
            what: What::New(plan.outgoing(&id)?),
            id: id.clone(),
        };
        match service.send(call, &seat, sending, held).await? {
            Outcome::Earlier(order) => {
                let sent = PlacedOrder::sent(&order, &id, &plan, broker);
                Ok(Answer::new(sent.before(&id), meta()))
            }
            Outcome::Now(order) => {
                let mut data = PlacedOrder::sent(&order, &id, &plan, broker);
                data.confirmed_by = Some(agreement.by);
                data.checks = checks;
                Ok(Answer::new(data, meta()))
            }
            // Another process was faster, and then it came to nothing.
            Outcome::Nothing => {
                let message = "nothing was sent; the same call may be made again";
                Err(Fault::new(FaultCode::Conflict, message).retry_safe(None))
            }
        }
    }
}

impl Plan {
    /// What the broker would refuse without being asked, so that no person is asked for nothing.
    pub(super) async fn check(&self, broker: &dyn Broker) -> Result<(), Fault> {
        self.can_be_held(broker).await?;
        match self.outgoing(&plan::unnamed())? {
            Outgoing::One(order) => BrokerExt::check(broker, &order).await?,
            Outgoing::List(list) => {
                let capabilities = broker.capabilities(list.account()).await?;
                capabilities.check_list(&list)?;
                for (order, _) in list.orders() {
                    BrokerExt::check(broker, order).await?;
                }
            }
        }
        Ok(())
    }
}
