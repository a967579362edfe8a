//! What the list of tools costs a model that only reads.
//!
//! Clients give a model the name, the description and the schema of the arguments of each tool; title, hints and
//! the schema of the answer are for programs. Vendors' tokenizers are megabytes of tables each and differ, so the
//! measure here is bytes: counted with OpenAI's, the list had 4.2 bytes to the token (`o200k_base`, 4.3 with
//! `cl100k_base`). Taking 3.5 leaves a sixth for tokenizers that cut JSON finer.

use std::sync::Arc;

use broker_runtime::registry::Registry;
use serde_json::{Value, json};

use super::{
    BrokerTools,
    test_support::{Wire, somebody},
};
use crate::{BrokerService, principal::Role};

/// Most tokens that the list of somebody who only reads may cost.
const MOST: usize = 8_000;

/// Tokens of a text, rather too many than too few.
fn tokens(text: &str) -> usize {
    text.len() * 2 / 7
}

async fn list(roles: &[Role]) -> Vec<Value> {
    let service = BrokerService::over(Registry::new());
    let tools = BrokerTools::over(Arc::new(service)).unwrap();
    let tools = tools.speaking_for(somebody("reader", roles));
    let mut wire = Wire::of(tools, "2025-11-25", json!({})).await;
    let listed = wire.ask("tools/list", json!({})).await;
    listed["result"]["tools"].as_array().unwrap().clone()
}

fn seen_by_a_model(tools: &[Value]) -> String {
    let seen = tools.iter().map(|tool| {
        json!({
            "name": tool["name"],
            "description": tool["description"],
            "input_schema": tool["inputSchema"],
        })
    });
    Value::Array(seen.collect()).to_string()
}

#[tokio::test]
async fn what_reads_costs_a_model_at_most_eight_thousand_tokens() {
    let tools = list(&[Role::Read]).await;
    assert_eq!(tools.len(), 23);
    let seen = seen_by_a_model(&tools);
    let cost = tokens(&seen);
    assert!(cost <= MOST, "{cost} tokens: {seen}");
}
