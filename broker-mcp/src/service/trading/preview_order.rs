use broker_core::{BrokerExt, ErrorKind, model::Money};
use broker_runtime::registry::Permission;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{guard, plan::Plan};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    policy::{Check, checks},
    principal::{Role, Toolset},
    service::Scope,
    store::Preview,
    value::{Number, OrderInput, Untrusted},
};

/// Says what an order would cost, and whether it would be taken. Nothing is sent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewOrder {
    /// The order.
    pub order: OrderInput,
    /// Account name or id. Needed when the key has several.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Figures of an order. What nobody knows is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Estimate {
    /// Price × quantity × multiplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional: Option<Number>,
    /// Commission and fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Number>,
    /// Initial margin now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_before: Option<Number>,
    /// Initial margin with the order filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_after: Option<Number>,
    /// Buying power with the order filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buying_power_after: Option<Number>,
    /// Currency of the notional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// One line for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shown {
    /// What it says.
    pub name: String,
    /// What that is.
    pub value: String,
}

/// What an order would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Previewed {
    /// The order as it was understood, for a person.
    pub lines: Vec<Shown>,
    /// Figures.
    pub estimate: Estimate,
    /// Limits, and whether it keeps them.
    pub checks: Vec<Check>,
    /// Whether it would be let through and taken, as far as is known.
    pub accepted: bool,
    /// Untrusted: the broker's reasons and remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Untrusted>,
    /// Give it to place_order.
    pub preview_id: String,
    /// When it is void, UTC.
    pub expires_at: DateTime<Utc>,
    /// `broker`, or `local` where the broker gives no previews.
    pub source: String,
}

fn amount(money: Option<Money>) -> Option<Number> {
    money.map(|money| Number(money.amount))
}

fn check(rule: &str, outcome: Result<(), Fault>) -> Check {
    Check {
        rule: rule.to_owned(),
        ok: outcome.is_ok(),
        detail: outcome
            .err()
            .map_or_else(|| "passes".to_owned(), |fault| fault.message),
    }
}

impl Request for PreviewOrder {
    type Data = Previewed;

    const ABOUT: About = About {
        name: "preview_order",
        title: "Preview an order",
        summary: "Says what an order would cost and whether limits and broker would take it. Sends nothing. Gives a preview_id for place_order.",
        toolset: Toolset::Trading,
        role: Role::Trade,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Previewed>, Fault> {
        let scope = Scope {
            account: self.account,
            broker: self.broker,
        };
        let (account, seat) = service.seat(call, &scope, Permission::Trade).await?;
        let broker = &*seat.broker;
        let draft = self.order.resolve(broker).await?;
        let plan = Plan::of(&draft, &seat.key.account)?;
        let limits = &call.principal.limits;
        let facts = plan.facts(broker, limits).await;
        let mut checks = checks(limits, &plan.order, &facts);
        checks.extend(service.open_orders_check(call, &seat).await?);
        checks.push(check("money", guard::money(&account, &seat).map(|_| ())));
        checks.push(check("kill_switch", service.not_killed(&seat)));
        checks.push(check("form", plan.check(broker).await));
        let mut estimate = Estimate {
            notional: facts
                .notional
                .as_ref()
                .ok()
                .map(|money| Number(money.amount)),
            currency: facts
                .notional
                .as_ref()
                .ok()
                .map(|money| money.currency.to_string()),
            ..Estimate::default()
        };
        let mut accepted = checks.iter().all(|check| check.ok);
        let mut messages = Vec::new();
        let source = match BrokerExt::preview(broker, &plan.order).await {
            Ok(preview) => {
                accepted &= preview.accepted;
                let said = preview.messages.iter();
                messages.extend(said.map(|text| Untrusted::name(&text.to_string())));
                estimate.commission = amount(preview.commission);
                estimate.margin_before = amount(preview.initial_margin_before);
                estimate.margin_after = amount(preview.initial_margin_after);
                estimate.buying_power_after = amount(preview.buying_power_after);
                if let Some(notional) = preview.notional {
                    estimate.notional = Some(Number(notional.amount));
                    estimate.currency = Some(notional.currency.to_string());
                }
                "broker"
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => "local",
            // What the form or a limit refuses is an answer; the rest is not.
            Err(error) if !accepted => {
                messages.push(Untrusted::name(error.message()));
                "local"
            }
            Err(error) => return Err(error.into()),
        };
        let now = service.clock.now();
        let lines = plan.lines(&account, seat.broker.environment(), &facts);
        let preview = Preview {
            id: Ulid::generate().to_string(),
            principal: call.principal.id.to_string(),
            digest: plan.digest(call, &account),
            lines: lines.clone(),
            expires_at: now + service.house.patience.preview,
        };
        let (preview_id, expires_at) = (preview.id.clone(), preview.expires_at);
        service.store()?.keep_preview(preview, now).await?;
        let lines = lines.into_iter().map(|(name, value)| Shown { name, value });
        let data = Previewed {
            lines: lines.collect(),
            estimate,
            checks,
            accepted,
            messages,
            preview_id,
            expires_at,
            source: source.to_owned(),
        };
        let meta = Meta::of_broker(account.name, seat.key.broker.as_str(), now);
        Ok(Answer::new(data, meta))
    }
}
