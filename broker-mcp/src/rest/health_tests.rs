use std::sync::Arc;

use broker_core::model::AccountId;
use broker_runtime::registry::SeatKey;
use serde_json::{Value, json};

use crate::{
    BrokerService,
    http::test_support::{Bench, settings, unshared},
    machine::Machine,
    service::admin::admin_tests::Program,
};

fn bench(service: &Arc<BrokerService>) -> Bench {
    Bench::over(Arc::clone(service), settings(), |app| app, |rest| rest)
}

async fn checks(bench: &Bench, key: &str) -> Value {
    bench.get("/health", key).await.body["checks"].clone()
}

#[tokio::test]
async fn each_part_has_a_word_for_whoever_may_read_and_of_their_accounts_only() {
    let service = Arc::new(unshared());
    let bench = bench(&service);
    for key in ["", "admin"] {
        let body = bench.get("/health", key).await.body;
        for private in ["checks", "machine", "brokers"] {
            assert_eq!(body.get(private), None, "{key}: {body}");
        }
    }
    let all = json!({
        "database": "healthy",
        "redis": "not used",
        "tiger_api": "not used",
        "accounts": { "PAPER-1": "healthy" },
        "memory": "not measured",
        "cpu": "not measured",
        "disk": "not measured",
    });
    assert_eq!(checks(&bench, "read").await, all);
    let others = checks(&bench, "other").await;
    assert_eq!(others["accounts"], json!({ "PAPER-2": "healthy" }));
}

#[tokio::test]
async fn what_is_wrong_with_a_part_is_said() {
    let program = Arc::new(Program::default());
    let service = Arc::new(unshared().with_operator(program));
    let bench = bench(&service);
    assert_eq!(checks(&bench, "read").await["tiger_api"], "healthy");

    let store = service.store().unwrap();
    store.fill_disk(true).await;
    let word = checks(&bench, "read").await["database"].clone();
    let word = word.as_str().unwrap();
    assert!(word.starts_with("unhealthy: the server's file: "), "{word}");
    store.fill_disk(false).await;
    assert_eq!(checks(&bench, "read").await["database"], "healthy");

    let seats = service.registry.seats();
    let key = SeatKey {
        broker: seats[0].key.broker.clone(),
        account: AccountId::new("PAPER-1").unwrap(),
    };
    service.registry.set_enabled(&key, false).unwrap();
    let told = checks(&bench, "read").await;
    assert_eq!(told["accounts"]["PAPER-1"], "unhealthy: it is disabled");
    // The connection is one thing and the account another.
    assert_eq!(told["tiger_api"], "healthy");
    service.registry.set_enabled(&key, true).unwrap();

    seats[0].broker.close().await.unwrap();
    let told = checks(&bench, "read").await;
    assert_eq!(told["accounts"]["PAPER-1"], "unhealthy: closed");
    let of = key.broker;
    assert_eq!(told["tiger_api"], format!("unhealthy: {of}: closed"));
}

#[tokio::test]
async fn the_machine_is_shown_as_it_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::at(folder.path());
    machine.look().await;
    let seen = machine.last().unwrap();
    let service = Arc::new(unshared());
    let bench = Bench::over(
        service,
        settings(),
        |app| app,
        |rest| rest.with_machine(machine),
    );
    let body = bench.get("/health", "read").await.body;
    let memory = seen.memory.unwrap();
    assert_eq!(body["machine"]["memory"]["total_bytes"], memory.total);
    assert_eq!(
        body["machine"]["memory"]["available_bytes"],
        memory.available
    );
    let word = seen.memory_word().unwrap();
    assert_eq!(body["checks"]["memory"], word);
    // After one look nobody knows what the processors do.
    assert_eq!(body["checks"]["cpu"], "not measured");
}
