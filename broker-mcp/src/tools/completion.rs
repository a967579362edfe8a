//! Completions of accounts and symbols, in addresses of resources and arguments of prompts.

use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompleteResult, CompletionInfo},
};
use serde_json::{Value, json};

use super::BrokerTools;
use crate::Call;

/// Most suggestions.
const MOST: usize = 50;

impl BrokerTools {
    pub(super) async fn completed(
        &self,
        call: &Call,
        request: &CompleteRequestParams,
    ) -> Result<CompleteResult, ErrorData> {
        let begun = request.argument.value.as_str();
        let mut values = match request.argument.name.as_str() {
            "account" => self.account_names(call, begun),
            "symbol" | "benchmark" => self.symbols(call, begun).await,
            _ => Vec::new(),
        };
        let more = values.len() > MOST;
        values.truncate(MOST);
        let info = CompletionInfo::with_pagination(values, None, more);
        let info = info.map_err(|message| ErrorData::internal_error(message, None))?;
        Ok(CompleteResult::new(info))
    }

    fn account_names(&self, call: &Call, begun: &str) -> Vec<String> {
        let begun = begun.to_ascii_lowercase();
        let names = self.service.accounts_of(call).map(|one| one.name.clone());
        names
            .filter(|name| name.to_ascii_lowercase().starts_with(&begun))
            .collect()
    }

    /// What the broker finds. Whoever may not search, or searches in vain, is suggested nothing.
    async fn symbols(&self, call: &Call, begun: &str) -> Vec<String> {
        if begun.is_empty() || begun.len() > 64 {
            return Vec::new();
        }
        let Value::Object(arguments) = json!({ "query": begun, "limit": 10 }) else {
            return Vec::new();
        };
        let found = self.service.call(call, "search_instruments", arguments);
        let Ok(found) = found.await else {
            return Vec::new();
        };
        let matches = found.pointer("/data/matches").and_then(Value::as_array);
        let mut symbols: Vec<String> = matches
            .into_iter()
            .flatten()
            .filter_map(|found| {
                let instrument = &found["instrument"];
                let text = instrument.as_str().or_else(|| instrument["id"].as_str());
                text.map(str::to_owned)
            })
            .collect();
        symbols.dedup();
        symbols
    }
}
