use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{IDEMPOTENT, about};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Request},
    service::Scope,
    store::Purpose,
};
use broker_runtime::registry::Permission;

/// Makes an account the one that this key means when it names none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDefaultAccount {
    /// Account name or id.
    pub account: String,
    /// `data` for questions, `trading` for orders.
    pub purpose: Purpose,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
    /// Approval of a person for this call.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// The account that is meant from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultAccount {
    /// Its name.
    pub account: String,
    /// What for.
    pub purpose: Purpose,
}

impl Request for SetDefaultAccount {
    type Data = DefaultAccount;

    const ABOUT: About = about(
        "set_default_account",
        "Set the default account",
        "Makes an account this key's default for data or for trading. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<DefaultAccount>, Fault> {
        let scope = Scope {
            account: Some(self.account),
            broker: self.broker,
        };
        let need = match self.purpose {
            Purpose::Data => Permission::Read,
            Purpose::Trading => Permission::Trade,
        };
        let (account, _) = service.seat(call, &scope, need).await?;
        let purpose = self.purpose.as_str();
        let sentence = format!(
            "Make {} the default account of key {} for {purpose}.",
            account.name, call.principal.name
        );
        let arguments = (&account.name, purpose);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        let (store, id) = (service.store()?, &call.principal.id);
        store
            .set_default_account(id, self.purpose, &account.name)
            .await?;
        let meta = Meta::of_server(service.clock.now());
        let data = DefaultAccount {
            account: account.name,
            purpose: self.purpose,
        };
        Ok(Answer::new(data, meta))
    }
}

impl BrokerService {
    /// The account that a key means when it names none, if somebody has set one that it still may use.
    ///
    /// # Errors
    /// When the server's file cannot be read.
    pub async fn default_account(
        &self,
        call: &Call,
        purpose: Purpose,
    ) -> Result<Option<String>, Fault> {
        let name = self
            .store()?
            .default_account(&call.principal.id, purpose)
            .await?;
        Ok(name.filter(|name| self.accounts_of(call).any(|one| one.name == *name)))
    }
}
