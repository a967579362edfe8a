use rmcp::{
    RoleServer,
    service::RxJsonRpcMessage,
    transport::{Transport as _, async_rw::DEFAULT_MAX_LINE_LENGTH},
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::sift::Sifted;

fn call(id: u64) -> String {
    let params = json!({ "name": "place_order", "arguments": { "quantity": 1 } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

fn twice(id: u64) -> String {
    call(id).replace(r#""quantity":1"#, r#""quantity":1,"quantity":100"#)
}

/// What gets through of these lines, and what is answered to the others.
async fn sifted(lines: &[String], answers: usize) -> (Vec<Value>, Vec<Value>) {
    let (mut client, input) = tokio::io::duplex(1 << 10);
    let (output, heard) = tokio::io::duplex(1 << 20);
    let mut sifted = Sifted::of(input, output);
    let text = lines.join("\n") + "\n";
    let writing = async move {
        client.write_all(text.as_bytes()).await.unwrap();
        drop(client);
    };
    let reading = async {
        let mut through = Vec::new();
        while let Some(message) = sifted.receive().await {
            let message: RxJsonRpcMessage<RoleServer> = message;
            through.push(serde_json::to_value(&message).unwrap());
        }
        through
    };
    let ((), through) = tokio::join!(writing, reading);
    let mut heard = BufReader::new(heard).lines();
    let mut answered = Vec::new();
    for _ in 0..answers {
        let line = heard.next_line().await.unwrap().unwrap();
        answered.push(serde_json::from_str(&line).unwrap());
    }
    drop(sifted);
    assert_eq!(heard.next_line().await.unwrap(), None);
    (through, answered)
}

#[tokio::test]
async fn a_call_that_says_one_thing_twice_is_answered_and_does_not_get_through() {
    let marked = format!("\u{feff}{}", twice(4));
    let lines = [call(1), twice(2), call(3), marked, call(5)];
    let (through, answered) = sifted(&lines, 2).await;
    let ids: Vec<_> = through.iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(1), json!(3), json!(5)]);
    let mut refused: Vec<_> = answered.iter().map(|one| one["id"].clone()).collect();
    refused.sort_by_key(Value::as_u64);
    assert_eq!(refused, [json!(2), json!(4)]);
    for one in answered {
        assert_eq!(one["error"]["code"], -32602, "{one}");
        let message = one["error"]["message"].as_str().unwrap();
        assert!(message.contains("`quantity` is said twice"), "{one}");
    }
}

#[tokio::test]
async fn a_call_whose_own_number_is_said_twice_is_answered_without_one() {
    let line = call(1).replace(r#""id":1"#, r#""id":1,"id":2"#);
    let (through, answered) = sifted(&[line], 1).await;
    assert_eq!(through, [json!(null); 0]);
    assert!(answered[0].get("id").is_none_or(Value::is_null));
}

#[tokio::test]
async fn an_answer_that_is_yes_and_no_is_no_answer() {
    let yes = r#"{"jsonrpc":"2.0","id":7,"result":{"action":"accept","content":{"confirm":false,"confirm":true}}}"#;
    let (through, _) = sifted(&[yes.to_owned(), call(1)], 0).await;
    assert_eq!(through.len(), 1);
    assert_eq!(through[0]["id"], 1);
}

#[tokio::test]
async fn a_line_without_end_is_passed_over_and_the_next_one_is_read() {
    let long = format!("{}{}", call(1), " ".repeat(DEFAULT_MAX_LINE_LENGTH));
    let (through, _) = sifted(&[long, call(2)], 0).await;
    assert_eq!(through.len(), 1);
    assert_eq!(through[0]["id"], 2);
}
