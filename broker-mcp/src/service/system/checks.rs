use std::collections::BTreeMap;

use broker_core::model::BrokerId;
use broker_runtime::registry::Seat;
use serde::Serialize;

use super::{CircuitView, ConnectionWord, state::state};
use crate::{BrokerService, Call};

/// How each part that answers depend on is: `healthy`, `unhealthy: …`, or `not used`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checks {
    /// The server's file: something was written to it and taken back.
    pub database: String,
    /// Nothing here uses Redis; what it kept for others is in this process.
    pub redis: String,
    /// The connections to Tiger Brokers of the accounts that the caller may use.
    pub tiger_api: String,
    /// The accounts that the caller may use.
    pub accounts: BTreeMap<String, String>,
}

const HEALTHY: &str = "healthy";
const NOT_USED: &str = "not used";
/// The kind of a connection to Tiger Brokers.
const TIGER: &str = "tiger";

fn unhealthy(why: impl core::fmt::Display) -> String {
    format!("unhealthy: {why}")
}

impl BrokerService {
    /// Looks at each part. Brokers are not asked anything: what is said of a connection is what the last
    /// round trip of its watch has shown.
    pub async fn checks(&self, call: &Call) -> Checks {
        let mut accounts = BTreeMap::new();
        let mut tiger: BTreeMap<BrokerId, String> = BTreeMap::new();
        for account in self.accounts_of(call) {
            let id = &account.key.broker;
            let seat = self.registry.get(&account.key);
            let connection = match &seat {
                Some(seat) => self.connection_word(id, seat),
                None => unhealthy("it is not there"),
            };
            if self.house.operator.kind(id).as_deref() == Some(TIGER) {
                tiger.insert(id.clone(), connection.clone());
            }
            let word = match seat {
                Some(seat) if !seat.enabled => unhealthy("it is disabled"),
                _ => connection,
            };
            accounts.insert(account.name.clone(), word);
        }
        Checks {
            database: self.database_word().await,
            redis: NOT_USED.to_owned(),
            tiger_api: worst(&tiger),
            accounts,
        }
    }

    fn connection_word(&self, id: &BrokerId, seat: &Seat) -> String {
        let (word, why) = state(&*seat.broker);
        if let Some(why) = why {
            return unhealthy(why);
        }
        if word != ConnectionWord::Connected {
            return unhealthy(word.as_str());
        }
        let circuit = self.standings.get(id);
        match circuit.map(|standing| CircuitView::of(&standing.breaker)) {
            Some(circuit) if circuit.rank() > 0 => {
                unhealthy(format_args!("the breaker is {}", circuit.state))
            }
            _ => HEALTHY.to_owned(),
        }
    }

    async fn database_word(&self) -> String {
        let store = match self.store() {
            Ok(store) => store,
            Err(fault) => return unhealthy(fault.message),
        };
        match store.try_to_write().await {
            Ok(()) => HEALTHY.to_owned(),
            Err(error) => unhealthy(error.message()),
        }
    }
}

/// Healthy when all are; otherwise the first that is not, by name.
fn worst(connections: &BTreeMap<BrokerId, String>) -> String {
    let bad = connections.iter().find(|(_, word)| *word != HEALTHY);
    match bad {
        Some((id, word)) => {
            let why = word.strip_prefix("unhealthy: ").unwrap_or(word);
            unhealthy(format_args!("{id}: {why}"))
        }
        None if connections.is_empty() => NOT_USED.to_owned(),
        None => HEALTHY.to_owned(),
    }
}
