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
    service::NamedAccount,
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

/// Adds an account of a broker that is configured, or brings one back that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAccount {
    /// Name of a secret that a person has stored, with the account's number; never the secret itself. One that
    /// was removed needs none.
    #[serde(default)]
    pub credentials_ref: Option<String>,
    /// What callers will call it: 1 to 40 letters, digits, `-` and `_`.
    pub alias: String,
    /// Connection.
    pub broker: String,
    /// `paper`; one that is new and `live`, a person has to write into the configuration.
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

impl AddAccount {
    /// Lets calls use an account again that was removed. What it may do is what the configuration says.
    async fn bring_back(
        self,
        service: &BrokerService,
        call: &Call,
        known: &NamedAccount,
    ) -> Result<Answer<AddedAccount>, Fault> {
        let conflict = || {
            let message = format!("alias: there is an account `{}`", self.alias);
            Fault::new(FaultCode::Conflict, message)
        };
        let store = service.store()?;
        let may_use = call.principal.accounts.allows(&known.name);
        if !may_use || !store.withdrawn().await?.contains(&known.name) {
            return Err(conflict());
        }
        let Some(seat) = service.registry.get(&known.key) else {
            return Err(conflict());
        };
        let is_live = seat.broker.environment() == Environment::Live;
        let same_money = is_live == (self.kind == AccountMoney::Live);
        if known.key.broker.as_str() != self.broker || !same_money {
            let money = if is_live { "live" } else { "paper" };
            let message = format!(
                "alias: `{}` was removed and is a {money} account at {}",
                known.name, known.key.broker
            );
            return Err(Fault::new(FaultCode::Conflict, message));
        }
        let sentence = format!(
            "Bring the account {} at {} back, which was removed from this server.",
            known.name, self.broker
        );
        let arguments = (&known.name, &self.broker);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        service.take_back(known).await?;
        let data = AddedAccount {
            account: self.alias,
            after_restart: false,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}

impl Request for AddAccount {
    type Data = AddedAccount;

    const ABOUT: About = about(
        "add_account",
        "Add an account",
        "Adds an account that the broker's login has, for questions only, from the next start on; or brings one back that was removed, at once. Secrets are never taken here. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<AddedAccount>, Fault> {
        let secret = self.credentials_ref.as_ref();
        let secret = secret.map(|secret| ("credentials_ref", secret));
        for (field, text) in [("alias", &self.alias)].into_iter().chain(secret) {
            if !plain(text) {
                let what = "1 to 40 letters, digits, `-` and `_`";
                return Err(Fault::invalid(field, what));
            }
        }
        if let Some(known) = service.accounts.get(&self.alias) {
            return self.bring_back(service, call, known).await;
        }
        let broker = service.one_broker(call, Some(&self.broker))?;
        let Some(credentials_ref) = self.credentials_ref else {
            let what = "name the stored secret of an account that is new here";
            return Err(Fault::invalid("credentials_ref", what));
        };
        let account = NewAccount {
            broker,
            alias: self.alias,
            environment: match self.kind {
                AccountMoney::Live => Environment::Live,
                AccountMoney::Paper => Environment::Paper,
            },
            credentials_ref,
        };
        let (alias, broker, money) = (&account.alias, &account.broker, account.environment);
        let secret = &account.credentials_ref;
        let sentence =
            format!("Add the {money} account {alias} at {broker} with the stored secret {secret}.");
        let arguments = (alias, broker.as_str(), money.as_str(), secret);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        let operator = &service.house.operator;
        let in_force = operator.add_account(&account, &call.principal.id).await?;
        let data = AddedAccount {
            account: account.alias,
            after_restart: in_force == InForce::AfterRestart,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}
