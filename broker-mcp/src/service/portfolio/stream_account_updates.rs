use core::time::Duration;

use broker_core::{
    BrokerExt as _,
    event::{Event, EventBody},
};
use broker_runtime::registry::{Permission, Seat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    get_account_summary::{AccountFigures, FRESH},
    get_positions::{PositionRow, Positions, held},
};
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, portfolio, ready, within},
    },
    value::{OrderView, Untrusted},
};

/// Watches an account for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamAccountUpdates {
    /// How long, 1 to 300. Default 60.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// What happened, and how the account is at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct AccountUpdates {
    /// Changes of orders, positions and figures that came.
    pub updates_count: u32,
    /// The account at the end.
    pub latest: LatestAccount,
    /// Ended before its time: cancelled, or the session was closed.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub ended_early: bool,
}

/// An account at the end of a watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LatestAccount {
    /// Figures.
    pub summary: AccountFigures,
    /// Positions.
    pub positions: Positions,
}

/// What is told of an event: one line of JSON; nothing for what changes nothing.
fn line(event: &Event) -> Option<Value> {
    Some(match &event.body {
        EventBody::Execution { order, .. } => json!({ "order": OrderView::of(order) }),
        EventBody::Position { holding } => json!({ "position": PositionRow::of(holding) }),
        EventBody::Account { summary } => json!({ "summary": AccountFigures::of(summary) }),
        EventBody::ProfitAndLoss { figures } => {
            let amount = |money: Option<broker_core::model::Money>| {
                money.map(|money| money.amount.to_string())
            };
            json!({ "pnl": {
                "daily": amount(figures.daily),
                "unrealized": amount(figures.unrealized),
                "realized": amount(figures.realized),
            } })
        }
        EventBody::Notice { notice } => {
            json!({ "notice": Untrusted::name(&notice.message.to_string()) })
        }
        // Sessions and gaps are told as warnings; a snapshot repeats what is known.
        _ => return None,
    })
}

impl StreamAccountUpdates {
    async fn watch(
        &self,
        service: &BrokerService,
        call: &Call,
        seat: &Seat,
    ) -> Result<Told<AccountUpdates>, Fault> {
        let seconds = within("seconds", self.seconds.unwrap_or(60), 1, 300)?;
        let broker = &*seat.broker;
        let mut events = broker.events(seat.account())?;
        let begin = Instant::now();
        let end = begin + Duration::from_secs(u64::from(seconds));
        let mut count: u32 = 0;
        let mut warnings: Vec<String> = Vec::new();
        let ended_early = loop {
            let event = tokio::select! {
                biased;
                () = call.cancel.cancelled() => break true,
                () = tokio::time::sleep_until(end) => break false,
                event = events.next() => event,
            };
            let Some(event) = event else {
                break true;
            };
            // One that was taken out meanwhile tells nothing any more.
            service.registry.seat(&seat.key, Permission::Read)?;
            if matches!(event.body, EventBody::Gap { .. }) {
                let warning = "events were lost in between; what is answered is from after that";
                if !warnings.iter().any(|known| known == warning) {
                    warnings.push(warning.to_owned());
                }
            }
            if let Some(line) = line(&event) {
                count = count.saturating_add(1);
                let elapsed = u32::try_from(begin.elapsed().as_secs()).unwrap_or(seconds);
                call.progress
                    .report(elapsed.min(seconds), seconds, line.to_string())
                    .await;
            }
        };
        // What was true at the beginning is not given as what is true at the end.
        warnings.extend(ready(broker)?);
        let summary = portfolio(broker)?.summary(seat.account()).await?;
        let positions = held(broker, seat, None, &mut warnings).await?;
        let data = AccountUpdates {
            updates_count: count,
            latest: LatestAccount {
                summary: AccountFigures::of(&summary),
                positions: Positions::of(&positions),
            },
            ended_early,
        };
        let now = broker.desk().clock().now();
        let told = Told::new(data, summary.as_of).fresh_for(FRESH, now);
        Ok(told.warned(warnings))
    }
}

impl Request for StreamAccountUpdates {
    type Data = AccountUpdates;

    const ABOUT: About = About {
        name: "stream_account_updates",
        title: "Watch an account",
        summary: "Watches an account for up to 300 seconds, reports progress with each change, and answers how it is at the end.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<AccountUpdates>, Fault> {
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        if scope.is_all() {
            return Err(Fault::invalid(
                "account",
                "one account is watched at a time",
            ));
        }
        let asked = &self;
        let ask = move |_, seat: Seat| async move { asked.watch(service, call, &seat).await };
        service.read(call, &scope, ask).await
    }
}
