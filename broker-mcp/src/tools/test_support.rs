//! A client that writes lines, a service over paper, and an order that asks before it is sent.

use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock, Mutex},
};

use broker_core::{Broker, model::AccountId};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use chrono::{TimeZone as _, Utc};
use rmcp::ServiceExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};

use super::BrokerTools;
use crate::{
    BrokerService, Call, Fault, FaultCode, Principal,
    answer::{Answer, Meta},
    consent::{Asked, Question},
    operation::{About, Effect, Operation, Request, Table},
    principal::{Role, Toolset},
};

/// By whom, and under which name.
type Sent = (String, Option<String>);

/// What was sent, by whom.
pub(super) static SENT: LazyLock<Mutex<Vec<Sent>>> = LazyLock::new(Mutex::default);

pub(super) fn sent_by(who: &str) -> Vec<Option<String>> {
    let sent = SENT.lock().unwrap();
    let mine = sent.iter().filter(|(by, _)| by == who);
    mine.map(|(_, key)| key.clone()).collect()
}

/// An order that asks before it is sent.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    symbol: String,
    quantity: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Placed {
    key: Option<String>,
}

impl Request for Order {
    type Data = Placed;
    const ABOUT: About = About {
        name: "place_order",
        title: "Place an order",
        summary: "Places an order.",
        toolset: Toolset::Trading,
        role: Role::Trade,
        effect: Effect::Write {
            destructive: true,
            idempotent: true,
        },
        open_world: true,
    };

    async fn run(self, _: &BrokerService, call: &Call) -> Result<Answer<Placed>, Fault> {
        let sentence = format!("Buy {} {} in PAPER-1 (paper)", self.quantity, self.symbol);
        let digest = format!("{}/{}", self.symbol, self.quantity);
        let lines = vec![("Account".to_owned(), "PAPER-1, paper".to_owned())];
        let question = Question::new(call.id.to_string(), "place_order", sentence, lines, digest);
        match call.consent.ask(&question).await {
            Asked::Agreed => {}
            Asked::Declined => return Err(Fault::new(FaultCode::Declined, "declined")),
            _ => {
                let message = "a person has to agree first";
                return Err(Fault::new(FaultCode::ConfirmationRequired, message));
            }
        }
        let key = call.idempotency_key.clone();
        let who = call.principal.id.to_string();
        SENT.lock().unwrap().push((who, key.clone()));
        let now = Utc.timestamp_opt(0, 0).unwrap();
        Ok(Answer::new(Placed { key }, Meta::of_server(now)))
    }
}

/// Something that takes its time and says so.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    seconds: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Watched {
    updates_count: u32,
}

impl Request for Watch {
    type Data = Watched;
    const ABOUT: About = About {
        name: "stream_market_data",
        title: "Watch prices",
        summary: "Watches prices.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, _: &BrokerService, call: &Call) -> Result<Answer<Watched>, Fault> {
        let mut updates_count = 0;
        while updates_count < self.seconds && !call.cancel.is_cancelled() {
            updates_count += 1;
            let news = json!({ "last": "1" }).to_string();
            call.progress
                .report(updates_count, self.seconds, news)
                .await;
        }
        let now = Utc.timestamp_opt(0, 0).unwrap();
        Ok(Answer::new(Watched { updates_count }, Meta::of_server(now)))
    }
}

pub(super) fn paper() -> Arc<dyn Broker> {
    Arc::new(PaperBroker::builder().build().unwrap())
}

pub(super) fn service_over(broker: &Arc<dyn Broker>) -> BrokerService {
    let registry = Registry::new();
    let account = AccountId::new("PAPER-1").unwrap();
    registry
        .add(Arc::clone(broker), &account, Permission::Trade)
        .unwrap();
    let table = (*Table::standard()).clone();
    let table = table.with(Operation::of::<Order>());
    BrokerService::over(registry).offering(table.with(Operation::of::<Watch>()))
}

pub(super) fn tools() -> BrokerTools {
    BrokerTools::over(Arc::new(service_over(&paper()))).unwrap()
}

pub(super) fn somebody(id: &str, roles: &[Role]) -> Principal {
    Principal::new(id, roles.iter().copied())
}

/// A client of one session.
pub(super) struct Wire {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    next: u64,
    /// Said by the server without being asked, or asked by it.
    pub(super) heard: VecDeque<Value>,
    /// Put into every request, if anything.
    meta: Option<Value>,
}

impl Wire {
    /// A client of somebody else's server.
    pub(super) async fn host(
        host: impl rmcp::ServerHandler,
        version: &str,
        capabilities: Value,
    ) -> Self {
        let mut wire = Self::to(host);
        wire.initialize(version, capabilities).await;
        wire
    }

    /// A client that has said nothing yet.
    pub(super) fn to(tools: impl rmcp::ServerHandler) -> Self {
        let (server, client) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            let running = tools.serve(server).await.unwrap();
            running.waiting().await.unwrap();
        });
        let (reader, writer) = tokio::io::split(client);
        Self {
            lines: BufReader::new(reader).lines(),
            writer,
            next: 0,
            heard: VecDeque::new(),
            meta: None,
        }
    }

    /// A client of the era of `initialize`.
    pub(super) async fn of(tools: BrokerTools, version: &str, capabilities: Value) -> Self {
        let mut wire = Self::to(tools);
        let hello = wire.initialize(version, capabilities).await;
        assert_eq!(hello["result"]["protocolVersion"], version, "{hello}");
        wire
    }

    pub(super) async fn initialize(&mut self, version: &str, capabilities: Value) -> Value {
        let hello = json!({
            "protocolVersion": version,
            "capabilities": capabilities,
            "clientInfo": { "name": "tests", "version": "1" },
        });
        let hello = self.ask("initialize", hello).await;
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        hello
    }

    /// A client since 2026-07-28, which says who it is with every request.
    pub(super) fn modern(tools: BrokerTools, capabilities: &Value) -> Self {
        let mut wire = Self::to(tools);
        wire.meta = Some(json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        }));
        wire
    }

    pub(super) async fn write(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.writer.write_all(line.as_bytes()).await.unwrap();
    }

    pub(super) async fn read(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a request without waiting for its answer.
    pub(super) async fn send(&mut self, method: &str, mut params: Value) -> u64 {
        self.next += 1;
        if let Some(meta) = &self.meta {
            let own = params["_meta"].take();
            params["_meta"] = meta.clone();
            for (name, value) in own.as_object().into_iter().flatten() {
                params["_meta"][name] = value.clone();
            }
        }
        let id = self.next;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(&request).await;
        id
    }

    /// The answer to a request; everything else is kept.
    pub(super) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.read().await;
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.heard.push_back(message);
        }
    }

    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.answer(id).await
    }

    pub(super) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask("tools/call", params).await
    }

    /// The next thing that the server says or asks by itself.
    pub(super) async fn hear(&mut self) -> Value {
        match self.heard.pop_front() {
            Some(message) => message,
            None => self.read().await,
        }
    }
}
