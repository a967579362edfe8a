use broker_core::model::Money;
use broker_runtime::registry::Seat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{get_account_summary::FRESH, get_positions::held};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, portfolio},
    },
    value::{InstrumentRef, InstrumentView, Number},
};

/// Profit and loss of an account, or of one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPnl {
    /// Only this position.
    #[serde(default)]
    pub instrument: Option<InstrumentRef>,
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Profit and loss. What the broker does not say is left out, never zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Pnl {
    /// Since the last close; only of a whole account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Number>,
    /// What closing now would realise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized: Option<Number>,
    /// Realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized: Option<Number>,
    /// Currency of the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentView>,
    /// Its quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Number>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
}

impl Request for GetPnl {
    type Data = Pnl;

    const ABOUT: About = About {
        name: "get_pnl",
        title: "Profit and loss",
        summary: "Daily, unrealised and realised profit and loss of an account, or of one position of it.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Pnl>, Fault> {
        let scope = Scope::new(self.account, self.broker);
        let asked = &self.instrument;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let amount = |money: Option<Money>| money.map(|money| Number(money.amount));
            let now = broker.desk().clock().now();
            let Some(asked) = asked else {
                let figures = portfolio(broker)?.profit_and_loss(seat.account()).await?;
                let all = figures.daily.or(figures.unrealized).or(figures.realized);
                let data = Pnl {
                    daily: amount(figures.daily),
                    unrealized: amount(figures.unrealized),
                    realized: amount(figures.realized),
                    currency: all.map(|money| money.currency.to_string()),
                    ..Pnl::default()
                };
                return Ok(Told::new(data, figures.as_of).fresh_for(FRESH, now));
            };
            let wanted = asked.resolve(broker).await?;
            let mut warnings = Vec::new();
            let held = held(broker, &seat, Some(&wanted), &mut warnings).await?;
            let Some(position) = held.first() else {
                if let Some(warning) = warnings.pop() {
                    let message =
                        format!("instrument: nobody knows whether {wanted} is held: {warning}");
                    return Err(Fault::new(FaultCode::BrokerError, message).retry_safe(None));
                }
                let message = format!("instrument: no position in {wanted}");
                return Err(Fault::new(FaultCode::NotFound, message));
            };
            let money = position.market_value.or(position.unrealized_pnl);
            let currency = money
                .map(|money| money.currency)
                .or_else(|| wanted.currency());
            let data = Pnl {
                daily: None,
                unrealized: amount(position.unrealized_pnl),
                realized: amount(position.realized_pnl),
                currency: currency.map(|currency| currency.to_string()),
                instrument: Some(InstrumentView::of(&position.instrument)),
                position: Some(Number(position.quantity.get())),
                value: amount(position.market_value),
            };
            let told = Told::new(data, position.as_of).fresh_for(FRESH, now);
            Ok(told.warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
