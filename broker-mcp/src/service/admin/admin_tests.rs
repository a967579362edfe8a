use std::sync::{Arc, Mutex};

use broker_core::{Result, async_trait, gateway::GatewayControl, model::BrokerId};
use broker_runtime::{audit, layer::Audit, registry::SeatKey};
use serde_json::{Value, json};

use super::{Endpoint, InForce, NewAccount, Operator, RenewedToken};
use crate::{
    Call, Fault, FaultCode, Principal,
    consent::Asked,
    gateway::{Gateway, latched_tests::Fake},
    principal::{Access, Confirm, Role},
    service::trading::stage::{
        Person, Stage, arguments, asking, call, key, resting, stage, staged, trusted, with,
    },
    store::Purpose,
};

/// A program that writes down what it is asked to do.
#[derive(Debug, Default)]
pub(crate) struct Program(Mutex<Vec<String>>);

impl Program {
    fn did(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
    fn done(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Operator for Program {
    fn kind(&self, _: &BrokerId) -> Option<String> {
        Some("tiger".to_owned())
    }
    fn endpoints(&self, _: &BrokerId) -> Vec<Endpoint> {
        vec![Endpoint {
            host: "127.0.0.1".to_owned(),
            port: 4002,
            client_id: Some(7),
        }]
    }
    async fn refresh_token(&self, seat: &SeatKey) -> Result<RenewedToken> {
        self.did(format!("refresh {seat}"));
        Ok(RenewedToken {
            renewed: true,
            expires_at: None,
        })
    }
    async fn connect(&self, broker: &BrokerId, at: Option<&Endpoint>) -> Result<()> {
        self.did(format!("connect {broker} {:?}", at.map(|at| at.port)));
        Ok(())
    }
    async fn disconnect(&self, broker: &BrokerId) -> Result<()> {
        self.did(format!("disconnect {broker}"));
        Ok(())
    }
    async fn restart(&self, broker: &BrokerId) -> Result<u32> {
        self.did(format!("restart {broker}"));
        Ok(2)
    }
    async fn next_order_id(&self, _: &BrokerId) -> Result<Option<i64>> {
        Ok(Some(41))
    }
    async fn add_account(&self, account: &NewAccount, _: &str) -> Result<InForce> {
        self.did(format!("add {} {}", account.alias, account.credentials_ref));
        Ok(InForce::AfterRestart)
    }
    async fn remove_account(&self, name: &str) -> Result<InForce> {
        self.did(format!("remove {name}"));
        Ok(InForce::Now)
    }
}

async fn with_program() -> (Stage, Arc<Program>) {
    let program = Arc::new(Program::default());
    let operator = Arc::clone(&program);
    let stage = staged(|service| service.with_operator(operator)).await;
    (stage, program)
}

/// Every operation of the room that changes something, with arguments.
fn changes() -> Vec<(&'static str, Value)> {
    vec![
        (
            "set_default_account",
            json!({ "account": "A", "purpose": "data" }),
        ),
        ("refresh_token", json!({ "account": "A" })),
        ("disconnect", json!({})),
        ("restart_workers", json!({})),
        (
            "add_account",
            json!({ "credentials_ref": "tiger-2", "alias": "two", "broker": "paper", "kind": "paper" }),
        ),
        ("remove_account", json!({ "account": "A" })),
    ]
}

#[tokio::test]
async fn nothing_is_done_before_a_person_agrees() {
    let (stage, program) = with_program().await;
    let person = Person::saying([]);
    let bot = asking(&person);
    for (operation, arguments) in changes() {
        let fault = stage.run(&bot, operation, arguments).await.unwrap_err();
        assert_eq!(
            fault.code,
            FaultCode::ConfirmationRequired,
            "{operation}: {fault}"
        );
    }
    assert_eq!(person.questions(), changes().len());
    assert!(program.done().is_empty(), "{:?}", program.done());
    let none = stage
        .service
        .default_account(&bot, Purpose::Data)
        .await
        .unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn each_is_done_once_somebody_has_agreed() {
    let (stage, program) = with_program().await;
    let bot = asking(&Person::saying(vec![Asked::Agreed; 6]));
    for (operation, arguments) in changes() {
        let answer = stage.run(&bot, operation, arguments).await;
        assert!(answer.is_ok(), "{operation}: {answer:?}");
    }
    let done = program.done();
    let wanted = [
        "refresh paper/A",
        "disconnect paper",
        "restart paper",
        "add two tiger-2",
        "remove A",
    ];
    assert_eq!(done, wanted);
    // What was removed is gone for every call.
    let fault = stage.place(&trusted(), resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
}

#[tokio::test]
async fn a_session_is_begun_at_a_configured_place_if_there_is_none() {
    let (stage, program) = with_program().await;
    let place = json!({ "host": "127.0.0.1", "port": 4002, "client_id": 7 });
    let person = Person::saying([Asked::Agreed]);
    let already = stage
        .run(&asking(&person), "connect", place.clone())
        .await
        .unwrap();
    assert_eq!(already["data"]["already"], true);
    assert!(program.done().is_empty());
    stage
        .paper
        .inject(broker_sim::fault::Fault::Disconnect { down_ms: 60_000 });
    stage.run(&asking(&person), "connect", place).await.unwrap();
    assert_eq!(program.done(), ["connect paper Some(4002)"]);
    assert_eq!(person.questions(), 1);
}

#[tokio::test]
async fn only_places_that_are_configured_are_connected_to() {
    let (stage, program) = with_program().await;
    for place in [
        json!({ "host": "evil.example" }),
        json!({ "host": "127.0.0.1", "port": 22 }),
        json!({ "port": 7496 }),
        json!({ "client_id": 0 }),
    ] {
        let fault = stage
            .run(&trusted(), "connect", place.clone())
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::Forbidden, "{place}");
    }
    assert!(program.done().is_empty());
}

#[tokio::test]
async fn secrets_are_not_taken_and_not_repeated() {
    let (stage, program) = with_program().await;
    let secret = "q7Hc92LmXz04TbVw81RkNd35PyUf66Ga";
    let account =
        json!({ "credentials_ref": "tiger-2", "alias": "two", "broker": "paper", "kind": "paper" });
    for (name, value) in [
        ("api_key", json!("short")),
        ("secretKey", json!("short")),
        ("password", json!("hunter2")),
        ("private_key_pk8", json!("-----BEGIN PRIVATE KEY-----")),
        ("credentials_ref", json!(secret)),
        ("alias", json!(secret)),
        ("credentials_ref", json!({ "secret": "hunter2" })),
    ] {
        let mut with_secret = arguments(account.clone());
        with_secret.insert(name.to_owned(), value.clone());
        let with_secret = Value::Object(with_secret);
        let fault = stage
            .run(&trusted(), "add_account", with_secret)
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{name}");
        assert!(fault.message.contains("looks like a secret"), "{fault}");
        assert!(
            !fault.message.contains(secret) && !fault.message.contains("hunter2"),
            "{fault}"
        );
    }
    assert!(program.done().is_empty());
    stage.run(&trusted(), "add_account", account).await.unwrap();
}

#[tokio::test]
async fn names_that_could_leave_a_file_are_not_taken() {
    let (stage, program) = with_program().await;
    for name in ["../../etc/passwd", "a b", "", "x]\n[y", "ü"] {
        let account =
            json!({ "credentials_ref": "ok", "alias": name, "broker": "paper", "kind": "paper" });
        let fault = stage
            .run(&trusted(), "add_account", account)
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{name:?}");
    }
    assert!(program.done().is_empty());
}

#[tokio::test]
async fn an_account_with_working_orders_is_removed_by_force_only() {
    let (stage, program) = with_program().await;
    stage.place(&trusted(), resting()).await.unwrap();
    let remove = json!({ "account": "A" });
    let fault = stage
        .run(&trusted(), "remove_account", remove.clone())
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Conflict);
    assert!(program.done().is_empty());
    let force = with(remove, json!({ "force": true }));
    stage
        .run(&trusted(), "remove_account", force)
        .await
        .unwrap();
    assert_eq!(program.done(), ["remove A"]);
}

fn back(alias: &str) -> Value {
    json!({ "alias": alias, "broker": "paper", "kind": "paper" })
}

#[tokio::test]
async fn an_account_that_was_removed_comes_back_without_a_restart_and_with_a_persons_word() {
    let (stage, program) = with_program().await;
    let remove = json!({ "account": "A" });
    stage
        .run(&trusted(), "remove_account", remove)
        .await
        .unwrap();
    let fault = stage.place(&trusted(), resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
    // Not by somebody who may not use it, not at another broker, not as another kind of money.
    let mut stranger = trusted();
    let mut principal = Principal::clone(&stranger.principal);
    principal.accounts = Access::Only(["B".to_owned()].into());
    stranger.principal = Arc::new(principal);
    let elsewhere = with(back("A"), json!({ "broker": "other" }));
    let real = with(back("A"), json!({ "kind": "live" }));
    for (who, asked) in [
        (&stranger, back("A")),
        (&trusted(), elsewhere),
        (&trusted(), real),
    ] {
        let fault = stage.run(who, "add_account", asked.clone()).await;
        assert_eq!(fault.unwrap_err().code, FaultCode::Conflict, "{asked}");
    }
    let person = Person::saying([Asked::Declined, Asked::Agreed]);
    let declined = stage.run(&asking(&person), "add_account", back("A")).await;
    assert_eq!(declined.unwrap_err().code, FaultCode::Declined);
    assert!(stage.place(&trusted(), resting()).await.is_err());
    let added = stage.run(&asking(&person), "add_account", back("A")).await;
    assert_eq!(added.unwrap()["data"]["after_restart"], false);
    stage.place(&trusted(), resting()).await.unwrap();
    // Now it is there, and the program was never asked to make one.
    let again = stage.run(&trusted(), "add_account", back("A")).await;
    assert_eq!(again.unwrap_err().code, FaultCode::Conflict);
    assert_eq!(program.done(), ["remove A"]);
    // One that is new needs the name of its secret.
    let fault = stage.run(&trusted(), "add_account", back("new")).await;
    let fault = fault.unwrap_err();
    assert_eq!(fault.code, FaultCode::InvalidRequest);
    assert!(fault.message.starts_with("credentials_ref"), "{fault}");
}

#[tokio::test]
async fn what_was_removed_stays_out_over_a_restart_also_when_it_was_not_there_meanwhile() {
    let (stage, _) = with_program().await;
    let remove = json!({ "account": "A" });
    stage
        .run(&trusted(), "remove_account", remove)
        .await
        .unwrap();
    let store = stage.service.store().unwrap().clone();
    let now = stage.service.clock.now();
    store.withdraw("elsewhere", "boss", now).await.unwrap();
    // The next start: the same configuration, the same file.
    let next = staged(|service| service.with_store(store.clone())).await;
    let ask = async || {
        let asked = json!({ "account": "A" });
        next.run(&trusted(), "get_positions", asked).await
    };
    ask().await.unwrap();
    next.service.follow_withdrawn().await.unwrap();
    assert_eq!(ask().await.unwrap_err().code, FaultCode::Forbidden);
    let out = ["A".to_owned(), "elsewhere".to_owned()];
    assert_eq!(store.withdrawn().await.unwrap(), out.into());
    // What cannot be written down is not done.
    store.fill_disk(true).await;
    next.run(&trusted(), "add_account", back("A"))
        .await
        .unwrap_err();
    assert_eq!(ask().await.unwrap_err().code, FaultCode::Forbidden);
    store.fill_disk(false).await;
    next.run(&trusted(), "add_account", back("A"))
        .await
        .unwrap();
    ask().await.unwrap();
    // Another process with the same file hears of either.
    let asked = json!({ "account": "A" });
    let fault = stage.run(&trusted(), "get_positions", asked.clone()).await;
    assert_eq!(fault.unwrap_err().code, FaultCode::Forbidden);
    stage.service.follow_withdrawn().await.unwrap();
    let told = stage.run(&trusted(), "get_positions", asked).await;
    told.unwrap();
}

#[tokio::test]
async fn what_the_program_cannot_do_is_said() {
    let stage = stage().await;
    for operation in ["disconnect", "restart_workers"] {
        let fault = stage
            .run(&trusted(), operation, json!({}))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::Unsupported, "{operation}");
    }
    let refreshed = stage
        .run(&trusted(), "refresh_token", json!({ "account": "A" }))
        .await;
    assert_eq!(refreshed.unwrap_err().code, FaultCode::Unsupported);
    // Of all accounts, each has its own answer.
    let refreshed = stage
        .run(&trusted(), "refresh_token", json!({ "account": "all" }))
        .await;
    let result = &refreshed.unwrap()["data"]["results"][0];
    assert_eq!(result["refreshed"], false);
    assert!(result["error"].is_string());
    let fault = stage
        .run(&trusted(), "gateway_control", json!({ "action": "status" }))
        .await;
    assert_eq!(fault.unwrap_err().code, FaultCode::Unsupported);
    let next = stage
        .run(&trusted(), "get_next_order_id", json!({}))
        .await
        .unwrap();
    assert_eq!(next["data"]["id"].as_str().unwrap().len(), 26);
}

#[tokio::test]
async fn a_gateway_that_a_model_stops_stays_stopped() {
    let fake = Fake::new();
    let stage = staged(|service| {
        let store = service.store().unwrap().clone();
        let control: Arc<dyn GatewayControl> = Arc::clone(&fake) as _;
        let clock = Arc::clone(&service.clock);
        let gateway = Gateway::new("ib", control, store, clock);
        service.with_gateway(BrokerId::new("paper").unwrap(), gateway)
    })
    .await;
    let control = |action: &str| json!({ "action": action });
    let now = stage
        .run(&trusted(), "gateway_control", control("status"))
        .await
        .unwrap();
    assert_eq!(now["data"]["state"], "starting");
    let person = Person::saying([Asked::Declined]);
    let fault = stage
        .run(&asking(&person), "gateway_control", control("stop"))
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Declined);
    let now = stage
        .run(&trusted(), "gateway_control", control("stop"))
        .await
        .unwrap();
    assert_eq!(now["data"]["logged_out_by"], "bot");
    for action in ["restart", "ensure_ready"] {
        let fault = stage
            .run(&trusted(), "gateway_control", control(action))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::NotConnected, "{action}: {fault}");
    }
    let long = json!({ "action": "ensure_ready", "timeout": 121 });
    let fault = stage
        .run(&trusted(), "gateway_control", long)
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::InvalidRequest);
    let now = stage
        .run(&trusted(), "gateway_control", control("start"))
        .await
        .unwrap();
    assert!(now["data"].get("logged_out_by").is_none());
}

async fn trail(run: impl AsyncFnOnce(&Stage)) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::in_folder(folder.path()).open().unwrap();
    let stage = staged(|service| service.with_audit(Arc::clone(&audit))).await;
    run(&stage).await;
    audit.flush().await.unwrap();
    let verified = audit::verify(folder.path(), None).unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    let text = std::fs::read_to_string(folder.path().join("audit-000000000001.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_trail_says_who_asked_what_was_decided_and_who_agreed() {
    let rows = trail(async |stage| {
        let mut bot = call(key(Confirm::OutOfBand));
        bot.client = Some("claude\nroot".into());
        let Fault { details, .. } = stage.place(&bot, resting()).await.unwrap_err();
        let id = details.unwrap()["approval_id"].as_str().unwrap().to_owned();
        let anna = call(Principal::new("anna", [Role::Approver]));
        stage.service.decide(&anna, &id, true).await.unwrap();
        stage
            .place(&bot, with(resting(), json!({ "preview_id": id })))
            .await
            .unwrap();
        let reader: Call = call(Principal::new("reader", [Role::Read]));
        stage.place(&reader, resting()).await.unwrap_err();
    })
    .await;
    let row = |index: usize| &rows[index];
    assert_eq!(rows.len(), 4, "{rows:#?}");
    assert_eq!(row(0)["actor"], "bot via test (claude root)");
    assert_eq!(row(0)["operation"], "place_order");
    assert_eq!(row(0)["decision"], "refused");
    assert_eq!(row(0)["outcome"]["code"], "confirmation_required");
    assert_eq!(row(0)["request"]["digest"].as_str().unwrap().len(), 64);
    assert_eq!(row(0)["request"]["arguments"]["order"]["quantity"], 10);
    assert_eq!(row(1)["operation"], "approve");
    assert_eq!(row(1)["outcome"]["asked_by"], "bot");
    assert_eq!(row(2)["decision"], "accepted");
    assert_eq!(row(2)["outcome"]["confirmed_by"], "anna");
    assert_eq!(
        (&row(3)["actor"], &row(3)["decision"]),
        (&json!("reader via test"), &json!("refused"))
    );
}

#[tokio::test]
async fn no_secret_and_no_account_number_comes_into_the_trail() {
    let rows = trail(async |stage| {
        let account = json!({ "account": "A", "password": "hunter2", "api_key": 12_345_678,
            "note": "-----BEGIN RSA PRIVATE KEY-----abc" });
        stage
            .run(&trusted(), "remove_account", account)
            .await
            .unwrap_err();
    })
    .await;
    let text = rows[0].to_string();
    for secret in ["hunter2", "12345678", "PRIVATE KEY"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(rows[0]["account"], "…A");
}
