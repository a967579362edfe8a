use broker_core::model::Environment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    InForce, NewAccount,
    person::{IDEMPOTENT, about},
};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Request},
};

/// What the money of an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccountMoney {
    /// Real.
    Live,
    /// The broker's paper.
    Paper,
}

/// Adds an account of a broker that is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAccount {
    /// Name of a secret that a person has stored; never the secret itself.
    pub credentials_ref: String,
    /// What callers will call it: 1 to 40 letters, digits, `-` and `_`.
    pub alias: String,
    /// Connection.
    pub broker: String,
    /// `paper` or `live`. Orders with real money need the operator's word in the configuration as well.
    pub kind: AccountMoney,
    /// Approval of a person for this call.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddedAccount {
    /// The account.
    pub account: String,
    /// Whether it is there only after the next start.
    pub after_restart: bool,
}

/// Whether a text is fit to be a name in a file.
fn plain(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl Request for AddAccount {
    type Data = AddedAccount;

    const ABOUT: About = about(
        "add_account",
        "Add an account",
        "Adds an account whose credentials a person has stored before. Secrets are never taken here. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<AddedAccount>, Fault> {
        for (field, text) in [
            ("alias", &self.alias),
            ("credentials_ref", &self.credentials_ref),
        ] {
            if !plain(text) {
                let what = "1 to 40 letters, digits, `-` and `_`";
                return Err(Fault::invalid(field, what));
            }
        }
        if service.accounts.contains_key(&self.alias) {
            let message = format!("alias: there is an account `{}`", self.alias);
            return Err(Fault::new(FaultCode::Conflict, message));
        }
        let account = NewAccount {
            broker: service.one_broker(call, Some(&self.broker))?,
            alias: self.alias,
            environment: match self.kind {
                AccountMoney::Live => Environment::Live,
                AccountMoney::Paper => Environment::Paper,
            },
            credentials_ref: self.credentials_ref,
        };
        let (alias, broker, money) = (&account.alias, &account.broker, account.environment);
        let secret = &account.credentials_ref;
        let sentence =
            format!("Add the {money} account {alias} at {broker} with the stored secret {secret}.");
        let arguments = (alias, broker.as_str(), money.as_str(), secret);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        let in_force = service.house.operator.add_account(&account).await?;
        let data = AddedAccount {
            account: account.alias,
            after_restart: in_force == InForce::AfterRestart,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}
