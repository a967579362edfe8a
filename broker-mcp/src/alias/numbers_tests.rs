use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::numbers::add;
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Effect, Operation, Request, Table},
    principal::{Role, Toolset},
    service::rig::{Rig, reader},
};

/// Stands in for the question for contracts: numbers each instrument by its place in the question, behind
/// its account.
#[derive(Deserialize, JsonSchema)]
struct Contracts {
    instruments: Vec<String>,
    #[serde(default)]
    account: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Numbered {
    contracts: Vec<Value>,
}

impl Request for Contracts {
    type Data = Numbered;

    const ABOUT: About = About {
        name: "get_contracts",
        title: "",
        summary: "",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: false,
    };

    async fn run(self, _: &BrokerService, _: &Call) -> Result<Answer<Numbered>, Fault> {
        let account = self.account.unwrap_or_else(|| "?".to_owned());
        if account == "down" {
            return Err(Fault::new(FaultCode::NotConnected, "it is down"));
        }
        let number = |(place, id): (usize, String)| match id.as_str() {
            "NOBODY" => json!({ "instrument": { "id": id } }),
            "NULL" => json!({ "instrument": { "id": id }, "con_id": null }),
            _ => json!({ "instrument": { "id": id }, "con_id": format!("{account}/{place}") }),
        };
        let contracts = self.instruments.into_iter().enumerate().map(number);
        let data = Numbered {
            contracts: contracts.collect(),
        };
        let now = chrono::DateTime::UNIX_EPOCH;
        Ok(Answer::new(data, Meta::of_server(now)))
    }
}

async fn numbered(operation: &str, mut answer: Value) -> Value {
    let table = Table::of(vec![Operation::of::<Contracts>()]);
    let service = Rig::new().service.offering(table);
    add(&service, &reader(), operation, &mut answer).await;
    answer
}

fn row(id: &str) -> Value {
    json!({ "instrument": { "id": id }, "quantity": "1" })
}

#[tokio::test]
async fn each_instrument_of_a_list_has_its_number_beside_it() {
    for (operation, list) in [
        ("get_positions", "positions"),
        ("get_orders", "orders"),
        ("get_executions", "fills"),
    ] {
        let rows = [row("B"), row("A"), row("B"), row("NOBODY"), row("NULL")];
        let told = json!({ "data": { list: rows, "count": 5 }, "meta": { "account": "one" } });
        let told = numbered(operation, told).await;
        let rows = told["data"][list].as_array().unwrap();
        let numbers: Vec<&Value> = rows.iter().map(|row| &row["con_id"]).collect();
        // Each is asked about once, in the order of their names.
        let (a, b) = (json!("one/0"), json!("one/1"));
        assert_eq!(numbers, [&b, &a, &b, &Value::Null, &Value::Null]);
        for (place, name) in [(3, "NOBODY"), (4, "NULL")] {
            assert_eq!(rows[place], row(name), "what has no number is as it was");
        }
        assert_eq!(rows[0]["quantity"], "1");
    }
}

#[tokio::test]
async fn one_order_has_its_number_wherever_it_stands() {
    let told = numbered("get_order", json!({ "data": row("A") })).await;
    assert_eq!(told["data"]["con_id"], "?/0");
    let around = json!({ "data": { "order": row("A"), "note": "x" } });
    let told = numbered("get_order", around).await;
    assert_eq!(told["data"]["order"]["con_id"], "?/0");
    assert_eq!(told["data"]["note"], "x");
}

#[tokio::test]
async fn each_account_is_asked_for_its_own_and_one_that_is_down_holds_up_no_other() {
    let list = json!({ "positions": [row("A")] });
    let told = json!({
        "accounts": [
            { "account": "one", "data": list },
            { "account": "down", "data": list },
            { "account": "two", "data": list },
            { "account": "silent", "error": { "code": "timeout" } },
        ],
    });
    let told = numbered("get_positions", told).await;
    let number =
        |account: usize| told["accounts"][account]["data"]["positions"][0]["con_id"].clone();
    assert_eq!([number(0), number(2)], ["one/0", "two/0"]);
    assert_eq!(told["accounts"][1]["data"], list);
}

#[tokio::test]
async fn more_than_one_question_holds_are_asked_in_several() {
    let rows: Vec<Value> = (0..45).map(|number| row(&format!("{number:02}"))).collect();
    let told = json!({ "data": { "positions": rows }, "meta": { "account": "one" } });
    let told = numbered("get_positions", told).await;
    for (index, row) in told["data"]["positions"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        assert_eq!(row["con_id"], format!("one/{}", index % 20));
    }
}

#[tokio::test]
async fn what_lists_no_contracts_is_left_as_it_is() {
    let told = json!({ "data": { "positions": [row("A")] } });
    assert_eq!(numbered("get_quotes", told.clone()).await, told);
    let odd = json!({ "data": { "positions": "none", "orders": [{ "x": 1 }] } });
    assert_eq!(numbered("get_orders", odd.clone()).await, odd);
}
