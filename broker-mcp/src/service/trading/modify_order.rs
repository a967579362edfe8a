use broker_core::{
    Broker, Decimal,
    model::{
        AccountId, ClientOrderId, NewOrder, Order, OrderStatus, Price, Quantity, ReplaceOrder,
        TimeInForce,
    },
};
use broker_runtime::registry::Permission;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    find, guard, plan,
    send::{Outcome, Sending, What},
};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    policy::{Facts, checks, first_refusal, holdings},
    principal::{Role, Toolset},
    service::{
        Scope,
        agree::{Wanted, digest_of},
    },
    value::{Number, OrderView, TimeInForceWord},
};

/// Changes an order that works. What is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModifyOrder {
    /// order_id or client_order_id.
    pub order_id: String,
    /// New total quantity, filled part included.
    #[serde(default)]
    pub quantity: Option<Number>,
    /// New limit price.
    #[serde(default)]
    pub limit_price: Option<Number>,
    /// New stop price.
    #[serde(default)]
    pub stop_price: Option<Number>,
    /// New lifetime.
    #[serde(default)]
    pub time_in_force: Option<TimeInForceWord>,
    /// New end of a GTD order, UTC.
    #[serde(default)]
    pub good_till: Option<DateTime<Utc>>,
    /// Account name or id. Needed when the key has several.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
    /// The approval_id that a person has agreed to.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// The order as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModifiedOrder {
    /// The order; the change may still be under way.
    pub order: OrderView,
    /// What was asked to be changed.
    pub modified_fields: Vec<String>,
    /// Who agreed; nobody is asked about a change that only lessens what is at risk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
}

impl ModifyOrder {
    fn change(&self, order: &Order, now: DateTime<Utc>) -> Result<ReplaceOrder, Fault> {
        let account = order.account().clone();
        let mut change = ReplaceOrder::new(account, order.client_order_id().clone());
        let price = |field: &str, number: Option<Number>| {
            let price = number.map(|number| Price::new(number.0));
            price
                .transpose()
                .map_err(|error| Fault::invalid(field, error))
        };
        let quantity = self.quantity.map(|number| Quantity::new(number.0));
        change.quantity = quantity
            .transpose()
            .map_err(|error| Fault::invalid("quantity", error))?;
        change.limit_price = price("limit_price", self.limit_price)?;
        change.trigger_price = price("stop_price", self.stop_price)?;
        change.time_in_force = self.lifetime(order, now)?;
        if change.fields().next().is_none() {
            return Err(Fault::invalid("quantity", "nothing is to be changed"));
        }
        Ok(change)
    }

    /// The new lifetime. An end by itself moves that of an order which has one.
    fn lifetime(&self, order: &Order, now: DateTime<Utc>) -> Result<Option<TimeInForce>, Fault> {
        let word = match (self.time_in_force, self.good_till) {
            (None, Some(_)) if !matches!(order.terms.time_in_force, TimeInForce::Gtd(_)) => {
                let what = "only a GTD order has an end; to make it one, say time_in_force GTD";
                return Err(Fault::invalid("good_till", what));
            }
            (Some(TimeInForceWord::Gtd) | None, Some(end)) => {
                return if end > now {
                    Ok(Some(TimeInForce::Gtd(end)))
                } else {
                    Err(Fault::invalid("good_till", "it has passed"))
                };
            }
            (Some(_), Some(_)) => {
                let what = "only a GTD order has an end";
                return Err(Fault::invalid("good_till", what));
            }
            (word, None) => word,
        };
        Ok(match word {
            None => None,
            Some(TimeInForceWord::Day) => Some(TimeInForce::Day),
            Some(TimeInForceWord::Gtc) => Some(TimeInForce::Gtc),
            Some(TimeInForceWord::Ioc) => Some(TimeInForce::Ioc),
            Some(TimeInForceWord::Fok) => Some(TimeInForce::Fok),
            Some(TimeInForceWord::Opg) => Some(TimeInForce::Opg),
            Some(TimeInForceWord::AtClose) => Some(TimeInForce::AtClose),
            Some(TimeInForceWord::Gtd) => {
                return Err(Fault::invalid("good_till", "a GTD order needs its end"));
            }
        })
    }
}

/// Whether a change can only lessen what is at risk: fewer units, or a limit price further away. A stop
/// that is moved, or a lifetime, is a matter for a person.
fn only_lessens(before: &NewOrder, after: &NewOrder) -> bool {
    let fewer = match (before.quantity(), after.quantity()) {
        (Some(before), Some(after)) => after <= before,
        _ => before.amount == after.amount,
    };
    let (was, is) = (&before.order_type, &after.order_type);
    let tamer = match (was.limit_price(), is.limit_price()) {
        (Some(was), Some(is)) if before.side.is_sell() => is >= was,
        (Some(was), Some(is)) => is <= was,
        (was, is) => was == is,
    };
    let same_stop = was.trigger_price() == is.trigger_price();
    fewer && tamer && same_stop && before.time_in_force == after.time_in_force
}

fn after(order: &Order, change: &ReplaceOrder) -> Result<NewOrder, Fault> {
    change.apply_to(&order.terms).map_err(|field| {
        let kind = order.terms.order_type.kind();
        Fault::invalid(field.as_str(), format!("a {kind} order has none to change"))
    })
}

/// Refuses a change of an order that is not any more as it was when the change was looked at.
fn unchanged(broker: &dyn Broker, account: &AccountId, order: &Order) -> Result<(), Fault> {
    let ledger = broker.desk().ledger(account)?;
    let now = ledger.order(order.client_order_id());
    let same = now.as_ref().is_none_or(|now| now.terms == order.terms);
    let changing = now.is_some_and(|now| now.status == OrderStatus::PendingReplace);
    if same && !changing {
        return Ok(());
    }
    let message = format!(
        "the order {} was changed by somebody else meanwhile, or is being changed; nothing was sent. Look \
         at it with get_order before it is changed again",
        order.client_order_id()
    );
    Err(Fault::new(FaultCode::Conflict, message))
}

/// What changes, for a person.
fn lines(
    account: &str,
    money: &str,
    order: &Order,
    after: &NewOrder,
    facts: &Facts,
) -> Vec<(String, String)> {
    let before = &*order.terms;
    let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    let mut lines = vec![
        ("account".to_owned(), account.to_owned()),
        ("money".to_owned(), money.to_owned()),
        ("order".to_owned(), order.client_order_id().to_string()),
        ("side".to_owned(), before.side.to_string()),
        ("instrument".to_owned(), before.instrument.to_string()),
    ];
    let fields = [
        (
            "quantity",
            before.quantity().map(|quantity| quantity.to_string()),
            after.quantity().map(|quantity| quantity.to_string()),
        ),
        (
            "limit price",
            before
                .order_type
                .limit_price()
                .map(|price| price.to_string()),
            after
                .order_type
                .limit_price()
                .map(|price| price.to_string()),
        ),
        (
            "stop price",
            before
                .order_type
                .trigger_price()
                .map(|price| price.to_string()),
            after
                .order_type
                .trigger_price()
                .map(|price| price.to_string()),
        ),
        (
            "time in force",
            Some(plan::lifetime(before.time_in_force)),
            Some(plan::lifetime(after.time_in_force)),
        ),
    ];
    for (name, was, is) in fields {
        if was != is {
            lines.push((name.to_owned(), format!("{} → {}", text(was), text(is))));
        } else if let Some(is) = is {
            lines.push((name.to_owned(), is));
        }
    }
    let notional = match &facts.notional {
        Ok(money) => format!("{} {}", money.amount.round_dp(2), money.currency),
        Err(why) => format!("not known: {why}"),
    };
    lines.push(("notional".to_owned(), notional));
    lines
}

impl Request for ModifyOrder {
    type Data = ModifiedOrder;

    const ABOUT: About = About {
        name: "modify_order",
        title: "Modify an order",
        summary: "Changes quantity, prices or lifetime of a working order. May answer confirmation_required: a person agrees, then repeat with preview_id. Never repeat after outcome_unknown.",
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
    ) -> Result<Answer<ModifiedOrder>, Fault> {
        let scope = Scope {
            account: self.account.clone(),
            broker: self.broker.clone(),
        };
        let (account, seat) = service.seat(call, &scope, Permission::Trade).await?;
        let broker: &dyn Broker = &*seat.broker;
        let order = find::order(broker, &seat.key.account, &self.order_id).await?;
        let change = self.change(&order, broker.desk().clock().now())?;
        let next = after(&order, &change)?;
        let fields: Vec<String> = change.fields().map(|field| field.to_string()).collect();
        // What a person agrees to is this change of the order as it is now.
        let digest = digest_of(
            call,
            Self::ABOUT.name,
            &json!([account.key, change, order.terms]),
        );
        let now = service.clock.now();
        let meta = Meta::of_broker(account.name.clone(), seat.key.broker.as_str(), now);
        let answer = |order: &Order, confirmed_by| ModifiedOrder {
            order: OrderView::of(order),
            modified_fields: fields.clone(),
            confirmed_by,
        };
        // A change is told apart by what it is to be, not by how the order is at the moment.
        let intent = digest_of(call, Self::ABOUT.name, &json!([account.key, change]));
        let name = call
            .idempotency_key
            .as_deref()
            .map(ClientOrderId::new)
            .transpose();
        let name = name.map_err(|error| Fault::invalid("idempotency_key", error))?;
        let mut claim = None;
        if let Some(id) = &name {
            claim = Some(service.claim(call, id).await);
            let about = order.client_order_id();
            if let Outcome::Earlier(order) = service.before(call, id, &intent, &seat, about).await?
            {
                return Ok(Answer::new(answer(&order, None), meta));
            }
        }
        let money = guard::money(&account, &seat)?;
        service.not_killed(&seat)?;
        let limits = &call.principal.limits;
        let own = Some(order.client_order_id());
        let mut facts = Facts::gather(broker, &next, limits, own).await;
        let lessens = only_lessens(&order.terms, &next);
        if !lessens {
            first_refusal(&checks(limits, &next, &facts))?;
        }
        let (mut confirmed_by, mut waited) = (None, false);
        if !lessens {
            let mut lines = lines(
                &account.name,
                plan::money_word(money),
                &order,
                &next,
                &facts,
            );
            let wanted = Wanted {
                operation: Self::ABOUT.name,
                digest,
                sentence: plan::sentence("Change an order", &mut lines, None),
                lines,
                within_limits: guard::is_play(money)
                    || (limits.max_order_notional.is_some() && facts.limited.is_ok()),
            };
            let agreement = service.agree(call, wanted).await?;
            (confirmed_by, waited) = (Some(agreement.by), agreement.waited);
        }
        let id = name.unwrap_or_else(ClientOrderId::generate);
        let mut held = vec![match claim {
            Some(claim) => claim,
            None => service.claim(call, &id).await,
        }];
        // From here to the broker's answer nobody else changes it: what was held against the limits, and
        // what a person has agreed to, is a change of the order as it was then.
        let about = format!("order {}", order.client_order_id());
        held.push(service.turn(&seat, &about).await);
        // Nothing that was looked at before a person was asked has to hold still.
        let renewed = service
            .ready(call, &Self::ABOUT, &account, &next, &mut held)
            .await?;
        let old = waited || service.is_old(now, call, &renewed);
        let (call, limits) = (&renewed, &renewed.principal.limits);
        unchanged(broker, &seat.key.account, &order)?;
        if !lessens && old {
            facts = Facts::gather(broker, &next, limits, own).await;
            first_refusal(&checks(limits, &next, &facts))?;
        } else if !lessens {
            first_refusal(&holdings(broker, &next, limits, own).await)?;
        }
        // What the order was worth before has been counted.
        let mut notional = None;
        if !lessens && limits.max_daily_notional.is_some() {
            let was = Facts::gather(broker, &order.terms, limits, own).await;
            // What is not known to have been counted is counted now.
            let was = was.limited.unwrap_or_default();
            notional = facts
                .limited
                .clone()
                .ok()
                .map(|is| (is - was).max(Decimal::ZERO));
        }
        let sending = Sending {
            id,
            operation: Self::ABOUT.name,
            digest: intent,
            notional,
            what: What::Change(change),
        };
        match service.send(call, &seat, sending, held).await? {
            Outcome::Earlier(order) | Outcome::Now(order) => {
                Ok(Answer::new(answer(&order, confirmed_by), meta))
            }
            Outcome::Nothing => {
                let message = "nothing was sent; the same call may be made again";
                Err(Fault::new(FaultCode::Conflict, message).retry_safe(None))
            }
        }
    }
}
