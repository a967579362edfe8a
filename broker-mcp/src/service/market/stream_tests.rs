use std::sync::{Arc, Mutex};

use broker_core::async_trait;
use broker_sim::{
    fault::Fault as Trouble,
    paper::{PaperBroker, PaperWorld},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    FaultCode,
    service::{
        Progress,
        rig::{Rig, reader},
    },
};

/// Hears every report, and does something to the world at each.
struct Listener {
    world: Arc<PaperWorld>,
    alpha: Arc<PaperBroker>,
    heard: Mutex<Vec<Value>>,
    lines: Mutex<Vec<usize>>,
    cancel_after: Option<(usize, CancellationToken)>,
    lose_after: Option<usize>,
}

impl core::fmt::Debug for Listener {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    fn at(rig: &Rig) -> Self {
        Self {
            world: Arc::clone(&rig.world),
            alpha: Arc::clone(&rig.alpha),
            heard: Mutex::default(),
            lines: Mutex::default(),
            cancel_after: None,
            lose_after: None,
        }
    }
}

#[async_trait]
impl Progress for Listener {
    async fn report(&self, done: u32, total: u32, message: String) {
        assert!(done <= total);
        let row = serde_json::from_str(&message).unwrap();
        let count = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(row);
            heard.len()
        };
        self.lines.lock().unwrap().push(self.alpha.open_lines());
        if let Some((after, cancel)) = &self.cancel_after
            && count >= *after
        {
            cancel.cancel();
        }
        if self.lose_after == Some(count) {
            self.alpha.inject(Trouble::Disconnect {
                down_ms: 600_000_000,
            });
            return;
        }
        self.world.advance(TimeDelta::minutes(30));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_reports_each_change_and_answers_the_latest() {
    let rig = Rig::new();
    let listener = Arc::new(Listener::at(&rig));
    let mut call = reader();
    call.progress = listener.clone();
    let asked =
        json!({ "symbols": ["AAPL", "NOPE"], "seconds": 10, "interval": 2, "updates": true });
    let begin = tokio::time::Instant::now();
    let answer = rig
        .ask_as(&call, "stream_market_data", asked)
        .await
        .unwrap();
    assert_eq!(begin.elapsed().as_secs(), 10);
    let data = &answer["data"];
    let heard = listener.heard.lock().unwrap().clone();
    assert!(heard.len() >= 3, "{heard:?}");
    assert_eq!(data["updates_count"], heard.len());
    assert_eq!(data["updates"].as_array().unwrap().len(), heard.len());
    assert_eq!(data["latest"][0]["last"], heard.last().unwrap()["last"]);
    assert_eq!(data["missing"][0]["symbol"], "NOPE");
    assert!(data.get("ended_early").is_none());
    assert!(
        listener
            .lines
            .lock()
            .unwrap()
            .iter()
            .all(|lines| *lines == 1)
    );
    assert_eq!(rig.alpha.open_lines(), 0, "the line is released");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_cancelled_answers_what_it_has_and_releases_its_lines() {
    let rig = Rig::new();
    let mut call = reader();
    let mut listener = Listener::at(&rig);
    listener.cancel_after = Some((2, call.cancel.clone()));
    call.progress = Arc::new(listener);
    let asked = json!({ "symbols": ["AAPL", "MSFT"], "seconds": 300 });
    let begin = tokio::time::Instant::now();
    let answer = rig
        .ask_as(&call, "stream_market_data", asked)
        .await
        .unwrap();
    assert!(begin.elapsed().as_secs() < 10);
    assert_eq!(answer["data"]["ended_early"], true);
    assert_eq!(rig.alpha.open_lines(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_caller_goes_away_releases_its_lines() {
    let rig = Rig::new();
    let asked = json!({ "symbols": ["AAPL"], "seconds": 300 });
    let watched = rig.ask("stream_market_data", asked);
    let watched = tokio::time::timeout(std::time::Duration::from_secs(5), watched).await;
    assert!(watched.is_err());
    assert_eq!(rig.alpha.open_lines(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_lost_on_the_way_is_no_newer_price_and_is_said() {
    let rig = Rig::new();
    let mut call = reader();
    let mut listener = Listener::at(&rig);
    listener.lose_after = Some(2);
    let listener = Arc::new(listener);
    call.progress = listener.clone();
    let asked = json!({ "symbols": ["AAPL"], "seconds": 20 });
    let answer = rig
        .ask_as(&call, "stream_market_data", asked)
        .await
        .unwrap();
    assert_eq!(
        listener.heard.lock().unwrap().len(),
        2,
        "nothing after the loss"
    );
    assert_eq!(answer["meta"]["stale"], true);
    let warnings = answer["meta"]["warnings"].to_string();
    assert!(warnings.contains("the feed was lost"), "{warnings}");
    assert_eq!(rig.alpha.open_lines(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_to_its_bounds() {
    let rig = Rig::new();
    for asked in [
        json!({ "symbols": ["AAPL"], "seconds": 301 }),
        json!({ "symbols": ["AAPL"], "seconds": 0 }),
        json!({ "symbols": ["AAPL"], "interval": 0 }),
        json!({ "symbols": vec!["AAPL"; 11] }),
    ] {
        let fault = rig
            .ask("stream_market_data", asked.clone())
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{asked}");
    }
}
