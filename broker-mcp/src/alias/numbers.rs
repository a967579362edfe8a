//! Contract numbers beside instruments, for clients that name contracts by them: what they read in a
//! position they give back in the next request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{BrokerService, Call};

/// Most instruments of one question.
const AT_ONCE: usize = 20;

/// The operations whose answers list contracts at the other server.
const LISTS: [&str; 4] = ["get_executions", "get_order", "get_orders", "get_positions"];

/// Puts the broker's number beside each instrument of an answer, where the broker has numbers. An answer
/// without them is better than none: what cannot be asked now is left out.
pub(crate) async fn add(service: &BrokerService, call: &Call, operation: &str, answer: &mut Value) {
    if !LISTS.contains(&operation) {
        return;
    }
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (account, row) in rows(answer) {
        if let Some(id) = instrument(row) {
            wanted.entry(account).or_default().insert(id);
        }
    }
    let mut known = BTreeMap::new();
    for (account, ids) in wanted {
        let ids: Vec<String> = ids.into_iter().collect();
        for some in ids.chunks(AT_ONCE) {
            let numbers = ask(service, call, &account, some).await;
            known.extend(
                numbers
                    .into_iter()
                    .map(|(id, one)| ((account.clone(), id), one)),
            );
        }
    }
    for (account, row) in rows(answer) {
        let number = instrument(row).and_then(|id| known.get(&(account, id)));
        if let (Some(number), Some(row)) = (number, row.as_object_mut()) {
            row.insert("con_id".to_owned(), number.clone());
        }
    }
}

async fn ask(
    service: &BrokerService,
    call: &Call,
    account: &str,
    ids: &[String],
) -> Vec<(String, Value)> {
    let mut arguments = Map::from_iter([("instruments".to_owned(), json!(ids))]);
    if !account.is_empty() {
        arguments.insert("account".to_owned(), json!(account));
    }
    let answer = match service.call(call, "get_contracts", arguments).await {
        Ok(answer) => answer,
        Err(fault) => {
            tracing::debug!(fault = %fault.message, "contract numbers are left out");
            return Vec::new();
        }
    };
    let contracts = answer.pointer("/data/contracts").and_then(Value::as_array);
    let numbered = contracts.into_iter().flatten().filter_map(|contract| {
        let number = contract.get("con_id").filter(|number| !number.is_null())?;
        Some((instrument(contract)?, number.clone()))
    });
    numbered.collect()
}

/// The text that names the instrument of a row.
fn instrument(row: &Value) -> Option<String> {
    let id = row.get("instrument")?.get("id")?.as_str()?;
    Some(id.to_owned())
}

/// What an answer lists, with the account of each.
fn rows(answer: &mut Value) -> Vec<(String, &mut Value)> {
    let own = answer.pointer("/meta/account").and_then(Value::as_str);
    let own = own.unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for (name, part) in answer.as_object_mut().into_iter().flatten() {
        match name.as_str() {
            "data" => inside(&own, part, &mut all),
            "accounts" => {
                for one in part.as_array_mut().into_iter().flatten() {
                    let account = one.get("account").and_then(Value::as_str);
                    let account = account.unwrap_or_default().to_owned();
                    if let Some(data) = one.get_mut("data") {
                        inside(&account, data, &mut all);
                    }
                }
            }
            _ => {}
        }
    }
    all
}

fn inside<'a>(account: &str, data: &'a mut Value, all: &mut Vec<(String, &'a mut Value)>) {
    if data.get("instrument").is_some() {
        all.push((account.to_owned(), data));
        return;
    }
    for (name, part) in data.as_object_mut().into_iter().flatten() {
        match (name.as_str(), part) {
            ("positions" | "orders" | "fills", Value::Array(list)) => {
                all.extend(list.iter_mut().map(|row| (account.to_owned(), row)));
            }
            ("order", row @ Value::Object(_)) => all.push((account.to_owned(), row)),
            _ => {}
        }
    }
}
