use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{BrokerExt, async_trait};
use serde_json::{Value, json};

use crate::{
    FaultCode,
    service::{
        Progress,
        rig::{Rig, id, reader},
    },
};

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Value>>);

#[async_trait]
impl Progress for Heard {
    async fn report(&self, done: u32, total: u32, message: String) {
        assert!(done <= total);
        self.0
            .lock()
            .unwrap()
            .push(serde_json::from_str(&message).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_watched_account_tells_its_orders_and_ends_with_how_it_is() {
    let rig = Rig::new();
    let heard = Arc::new(Heard::default());
    let mut call = reader();
    call.progress = heard.clone();
    let watch = rig.ask_as(
        &call,
        "stream_account_updates",
        json!({ "account": "A-1", "seconds": 5 }),
    );
    let trade = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let order = rig.alpha.buy("AAPL", 10).account(id("A-1"));
        assert!(order.submit().await.unwrap().1.is_accepted());
        // Nobody who watches A-1 hears of A-2.
        let order = rig.alpha.buy("MSFT", 10).account(id("A-2"));
        assert!(order.submit().await.unwrap().1.is_accepted());
    };
    let (answer, ()) = tokio::join!(watch, trade);
    let data = answer.unwrap()["data"].clone();
    let heard = heard.0.lock().unwrap().clone();
    assert!(
        heard.iter().any(|line| line["order"]["status"] == "filled"),
        "{heard:?}"
    );
    assert!(!json!(heard).to_string().contains("MSFT"));
    assert_eq!(data["updates_count"], heard.len());
    assert_eq!(
        data["latest"]["positions"]["positions"][0]["quantity"],
        "10"
    );
    assert!(data["latest"]["summary"]["net_liquidation"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_watch_can_be_cancelled_and_keeps_to_its_bounds() {
    let rig = Rig::new();
    let call = reader();
    let cancel = call.cancel.clone();
    let watch = rig.ask_as(
        &call,
        "stream_account_updates",
        json!({ "account": "A-1", "seconds": 300 }),
    );
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let begin = tokio::time::Instant::now();
    let (answer, ()) = tokio::join!(watch, stop);
    assert_eq!(answer.unwrap()["data"]["ended_early"], true);
    assert_eq!(begin.elapsed().as_secs(), 2);
    for asked in [
        json!({ "account": "A-1", "seconds": 301 }),
        json!({ "account": "all" }),
    ] {
        let fault = rig.ask("stream_account_updates", asked).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest);
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_session_is_lost_is_not_answered_as_it_was() {
    let rig = Rig::new();
    let watch = rig.ask(
        "stream_account_updates",
        json!({ "account": "A-1", "seconds": 5 }),
    );
    let lose = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        rig.alpha
            .inject(broker_sim::fault::Fault::Disconnect { down_ms: 600_000 });
    };
    let (answer, ()) = tokio::join!(watch, lose);
    assert_eq!(answer.unwrap_err().code, FaultCode::NotConnected);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_taken_out_ends_its_own_stream_and_no_other() {
    let rig = Rig::new();
    let call = reader();
    let watch = |account: &str| {
        let asked = json!({ "account": account, "seconds": 5 });
        rig.ask_as(&call, "stream_account_updates", asked)
    };
    let change = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let seats = rig.service.registry.seats();
        let seat = seats.iter().find(|seat| seat.account() == &id("A-1"));
        let key = seat.unwrap().key.clone();
        rig.service.registry.set_enabled(&key, false).unwrap();
        for account in ["A-1", "A-2"] {
            let order = rig.alpha.buy("AAPL", 10).account(id(account));
            assert!(order.submit().await.unwrap().1.is_accepted());
        }
    };
    let (out, other, ()) = tokio::join!(watch("A-1"), watch("A-2"), change);
    assert_eq!(out.unwrap_err().code, FaultCode::Forbidden);
    let other = other.unwrap();
    assert_eq!(other["data"].get("ended_early"), None);
    assert_eq!(
        other["data"]["latest"]["positions"]["positions"][0]["quantity"],
        "10"
    );
}
