//! Lists whose fields are null, absent, texts instead of numbers and words that nobody knows: a row is read
//! or named as unreadable, and never lost.

use serde_json::{Value, json};

use super::{
    fixtures::{account, apple},
    row::Listed,
    transaction::TransactionRow,
    understand,
};
use crate::{
    convert::Rows,
    instrument::{ContractRow, Named},
    portfolio::PositionRow,
    vectors,
};

/// The recorded rows of a list.
fn rows(name: &str) -> Vec<Value> {
    let vector = vectors::http()
        .into_iter()
        .find(|one| one.name == name)
        .unwrap();
    let body: Value = serde_json::from_str(&vector.response.body).unwrap();
    let data = &body["data"];
    let list = data.get("items").unwrap_or(data);
    list.as_array().unwrap().clone()
}

/// A value in the other form: a number as a text, a text that is a number as one.
fn other_form(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::String(text) => serde_json::from_str::<serde_json::Number>(text)
            .ok()
            .filter(|_| !text.starts_with('0'))
            .map(Value::Number),
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        _ => None,
    }
}

/// What each field of each row can be turned into, and whether the row has to be readable all the same.
fn bent(name: &str) -> Vec<(String, Value, bool)> {
    let mut all = Vec::new();
    for row in rows(name) {
        let members: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        for member in members {
            let mut put = |what: &str, value: Option<Value>, readable: bool| {
                let mut bent = row.clone();
                let object = bent.as_object_mut().unwrap();
                match value {
                    Some(value) => drop(object.insert(member.clone(), value)),
                    None => drop(object.remove(&member)),
                }
                all.push((format!("{name}.{member} {what}"), bent, readable));
            };
            put("absent", None, true);
            put("null", Some(Value::Null), true);
            put("empty", Some(json!("")), false);
            put("an unknown word", Some(json!("SOMETHING_NEW")), false);
            put("an object", Some(json!({"a": 1})), false);
            put("a list", Some(json!([1])), false);
            put("the largest double", Some(json!(f64::MAX)), false);
            put("the largest integer", Some(json!(i64::MAX)), false);
            put("negative", Some(json!(-1)), false);
            if let Some(other) = other_form(&row[&member]) {
                put("in the other form", Some(other), true);
            }
        }
    }
    all
}

fn read<T: serde::de::DeserializeOwned>(what: &str, row: &Value, readable: bool) -> Rows<T> {
    let list = Rows::<T>::of(&json!({"items": [row]}).to_string()).unwrap();
    assert_eq!(
        list.rows.len() + list.unreadable.len(),
        1,
        "{what}: a row is lost"
    );
    assert!(
        !readable || list.unreadable.is_empty(),
        "{what}: {:?}",
        list.unreadable
    );
    list
}

#[test]
fn no_odd_field_loses_an_order() {
    for name in ["orders", "active_orders", "inactive_orders"] {
        for (what, row, readable) in bent(name) {
            for listed in read::<Listed>(&what, &row, readable).rows {
                understand(&listed, &account(), &apple());
            }
        }
    }
}

#[test]
fn no_odd_field_loses_an_execution_a_position_or_a_contract() {
    for (what, row, readable) in bent("order_transactions") {
        read::<TransactionRow>(&what, &row, readable);
    }
    for (what, row, readable) in bent("positions") {
        read::<Named<PositionRow>>(&what, &row, readable);
    }
    for (what, row, readable) in bent("contract_v3") {
        for contract in read::<ContractRow>(&what, &row, readable).rows {
            drop(contract.details(&apple()));
        }
    }
}

#[test]
fn an_unknown_state_ends_no_order() {
    for mut row in rows("orders") {
        row["status"] = json!("SOMETHING_NEW");
        let listed: Listed = serde_json::from_value(row).unwrap();
        let filled = listed
            .row
            .filled_quantity
            .get()
            .is_some_and(|filled| !filled.is_zero());
        assert!(!super::status::status(&listed.row, filled, false).is_final());
    }
}
