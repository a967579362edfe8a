use broker_core::{BrokerExt, model::OrderFilter};
use broker_runtime::registry::Permission;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{DESTRUCTIVE, about};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Request},
    service::Scope,
};

/// Takes an account out of this server, until it is added again: also over restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveAccount {
    /// Account name or id.
    pub account: String,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
    /// Even if orders work, or nobody can say whether.
    #[serde(default)]
    pub force: bool,
    /// Approval of a person for this call.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemovedAccount {
    /// The account. No call reaches it any more.
    pub account: String,
}

impl Request for RemoveAccount {
    type Data = RemovedAccount;

    const ABOUT: About = about(
        "remove_account",
        "Remove an account",
        "Takes an account out of this server; its orders go on working at the broker. Needs force while orders work. A person has to agree.",
        DESTRUCTIVE,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<RemovedAccount>, Fault> {
        let scope = Scope {
            account: Some(self.account),
            broker: self.broker,
        };
        let (account, seat) = service.seat(call, &scope, Permission::Read).await?;
        if !self.force {
            let open = OrderFilter::open();
            let orders = BrokerExt::orders(&*seat.broker, &seat.key.account, &open).await?;
            let count = orders.complete()?.len();
            if count > 0 {
                let message = format!(
                    "{count} orders of {} work; cancel them, or use force",
                    account.name
                );
                return Err(Fault::new(FaultCode::Conflict, message));
            }
        }
        let sentence = format!(
            "Remove the account {} from this server: its orders go on working at the broker, and nobody here watches them.",
            account.name
        );
        let arguments = (&account.name, self.force);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        let (by, now) = (&*call.principal.id, service.clock.now());
        service.withdraw(&account, by, now).await?;
        service.house.operator.remove_account(&account.name).await?;
        let data = RemovedAccount {
            account: account.name,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}
