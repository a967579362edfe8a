//! A server that answers each question with the recorded body.
//!
//! The recorded signatures are verified, which needs the clock to stand where it stood. What the vectors
//! lack has no answer here.

use std::sync::{Arc, Mutex};

use broker_core::{
    Decimal, ManualClock,
    model::{AccountId, Currency, Environment, Instrument, Mic},
};
use broker_tiger::{AccountFilter, TigerBroker, TigerClient, TigerConfig};
use chrono::{TimeZone as _, Utc};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub(crate) const VECTORS: &str = include_str!("../vectors/http.json");
const CLIENT_KEY: &str = include_str!("../vectors/keys/test_rsa_1024_pkcs1.pem");
const SERVER_KEY: &str = include_str!("../vectors/keys/test_server_rsa_1024_pub.pem");

/// Vectors whose bodies are played.
const PLAYED: [u64; 38] = [
    29, 35, 36, 37, 40, 52, 54, 59, 60, 61, 62, 63, 65, 67, 68, 69, 70, 72, 73, 75, 76, 77, 79, 80,
    81, 83, 84, 85, 86, 88, 89, 91, 92, 93, 95, 97, 98, 99,
];

/// What a question has to contain to be answered by a vector of its method.
fn is_about(number: u64, question: &str) -> bool {
    let words: &[&str] = match number {
        84 => &["\"HK\""],
        93 => &["\"dividend\"", "\"AAPL\""],
        95 => &["\"earning\"", "\"CSCO\""],
        _ => &[],
    };
    words.iter().all(|word| question.contains(word))
}

/// The recorded vector of a number.
pub(crate) fn vector(number: u64) -> Value {
    let all: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let mut all = all.into_iter();
    all.find(|vector| vector["number"] == number).unwrap()
}

/// The recorded answer to a question.
fn answer(all: &[Value], method: &str, question: &str) -> Option<String> {
    // The futures of a product were not asked for; those of an exchange are the same rows.
    let method = match method {
        "future_contracts" => "future_contract_by_exchange_code",
        other => other,
    };
    let mut all = all.iter().filter(|vector| {
        let number = vector["number"].as_u64().unwrap();
        PLAYED.contains(&number)
            && vector["members"]["method"] == method
            && is_about(number, question)
    });
    let body = all.next()?["response"]["body"].as_str().unwrap();
    Some(body.to_owned())
}

/// The questions that were asked, each with its method in front.
pub(crate) type Asked = Arc<Mutex<Vec<(String, String)>>>;

async fn serve(mut stream: TcpStream, asked: Asked) -> std::io::Result<()> {
    let all: Vec<Value> = serde_json::from_str(VECTORS)?;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.unwrap().trim().parse().unwrap()];
        stream.read_exact(&mut body).await?;
        let call: Value = serde_json::from_slice(&body)?;
        let method = call["method"].as_str().unwrap_or_default();
        let question = call["biz_content"].as_str().unwrap_or_default();
        let told = (method.to_owned(), question.to_owned());
        asked.lock().unwrap().push(told);
        let nothing = r#"{"code":0,"message":"success","data":{"items":[]}}"#;
        // The recorded pages name a next one, which was not recorded.
        let more = question.contains("page_token");
        let recorded = answer(&all, method, question).filter(|_| !more);
        let body = recorded.unwrap_or_else(|| nothing.to_owned());
        // In one piece: two would wait for each other's acknowledgement.
        let whole = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(whole.as_bytes()).await?;
    }
}

pub(crate) fn account() -> AccountId {
    AccountId::new("12345678").unwrap()
}

pub(crate) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

/// The settings of a login at a server with the recorded answers, and what it is asked.
async fn login() -> (TigerConfig, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Asked::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&heard)));
        }
    });
    let clock = ManualClock::at(Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap());
    let config = TigerConfig::builder()
        .environment([])
        .tiger_id("20150001")
        .account(&account())
        .private_key(CLIENT_KEY.into())
        .tiger_public_key(SERVER_KEY)
        .server_url(&format!("http://{address}/gateway"))
        .clock(Arc::new(clock))
        .build()
        .unwrap();
    (config, asked)
}

/// A broker before the server, and what it asks.
pub(crate) async fn asking() -> (Arc<TigerBroker>, Asked) {
    let (config, asked) = login().await;
    let broker = TigerBroker::builder(config)
        .environment(Environment::Live)
        .accounts(AccountFilter::only([account()]))
        .without_push()
        .connect()
        .await
        .unwrap();
    (broker, asked)
}

/// The foundation alone before the server, and what it asks.
pub(crate) async fn client() -> (TigerClient, Asked) {
    let (config, asked) = login().await;
    (TigerClient::connect(config).await.unwrap(), asked)
}

pub(crate) async fn broker() -> Arc<TigerBroker> {
    asking().await.0
}

/// Numbers as numbers: 1 and 1.0 are the same to a server.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let exact: Decimal = number.to_string().parse().unwrap();
            exact.normalize().to_string().into()
        }
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Whether the newest question of a vector's method is the recorded one.
#[track_caller]
pub(crate) fn was_asked(number: u64, asked: &Asked) {
    let members = vector(number)["members"].clone();
    let method = members["method"].as_str().unwrap();
    let asked = asked.lock().unwrap();
    let mut newest = asked.iter().rev();
    let (_, ours) = newest.find(|(name, _)| name == method).unwrap();
    let read = |text: &str| serde_json::from_str(text).map_or(Value::Null, |value| plain(&value));
    let theirs = members["biz_content"].as_str().unwrap_or_default();
    assert_eq!(read(ours), read(theirs), "{number}");
}
