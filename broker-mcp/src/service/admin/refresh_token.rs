use broker_runtime::registry::SeatKey;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{IDEMPOTENT, about};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Request},
    service::Scope,
};
use broker_runtime::registry::Permission;

/// Renews the token of an account's login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// Account name or id, or `all`.
    pub account: String,
    /// Connection, when several have this account.
    #[serde(default)]
    pub broker: Option<String>,
    /// Approval of a person for this call.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// What became of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenResults {
    /// One for each account.
    pub results: Vec<TokenResult>,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenResult {
    /// The account.
    pub account: String,
    /// Whether there is a new token.
    pub refreshed: bool,
    /// When the one in use ends, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why there is no new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl RefreshToken {
    fn meant(&self, service: &BrokerService, call: &Call) -> Result<Vec<(String, SeatKey)>, Fault> {
        let broker = self.broker.as_deref();
        if self.account == "all" {
            let here = service
                .accounts_of(call)
                .filter(|one| broker.is_none_or(|broker| one.key.broker.as_str() == broker));
            return Ok(here
                .map(|one| (one.name.clone(), one.key.clone()))
                .collect());
        }
        let scope = Scope {
            account: Some(self.account.clone()),
            broker: self.broker.clone(),
        };
        let (account, seat) = service.seat_among(call, &scope, None, Permission::Read)?;
        Ok(vec![(account.name, seat.key.clone())])
    }
}

impl Request for RefreshToken {
    type Data = TokenResults;

    const ABOUT: About = about(
        "refresh_token",
        "Refresh a token",
        "Renews the token of an account's login, or of all, and says when each ends. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<TokenResults>, Fault> {
        let meant = self.meant(service, call)?;
        if meant.is_empty() {
            return Err(Fault::new(FaultCode::NotFound, "account: there is none"));
        }
        let names: Vec<&str> = meant.iter().map(|(name, _)| name.as_str()).collect();
        let sentence = format!("Renew the broker's token of {}.", names.join(", "));
        service
            .person_agrees(call, Self::ABOUT.name, &names, sentence)
            .await?;
        let mut results = Vec::new();
        for (account, key) in meant {
            let result = match service.house.operator.refresh_token(&key).await {
                Ok(token) => TokenResult {
                    account,
                    refreshed: token.renewed,
                    expires_at: token.expires_at,
                    error: None,
                },
                // Of several accounts each has its own answer; of one it is the answer.
                Err(error) if self.account != "all" => return Err(error.into()),
                Err(error) => TokenResult {
                    account,
                    refreshed: false,
                    expires_at: None,
                    error: Some(Fault::from(error).message),
                },
            };
            results.push(result);
        }
        let meta = Meta::of_server(service.clock.now());
        Ok(Answer::new(TokenResults { results }, meta))
    }
}
