//! A month in the life of a token, through the server: nobody looks after it but the program.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, mpsc},
    time::Duration,
};

use broker_mcp::Call;
use broker_runtime::supervisor::Timing;
use broker_sim::{fault::Fault, paper::TimeMode, tiger::TOKEN_FILE};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use tokio::{task::JoinHandle, time};

use crate::{
    client::principal,
    stage::{House, Stage, Wire, tiger},
};

/// A token is renewed when it is found to be twelve hours old: about twice a day.
const STEP: Duration = Duration::from_secs(2 * 3600);

/// Moments of two milliseconds after which a session is not waited for any longer.
const PATIENCE: u32 = 5_000;

/// Drives the simulated Tiger and every timer of this program through time together.
///
/// Sockets stay real: while bytes are on their way, the driven time stands still.
struct Calendar {
    _brake: mpsc::Sender<()>,
    _held: JoinHandle<()>,
}

impl Calendar {
    fn stopped() -> Self {
        time::pause();
        // A stopped timer of tokio's jumps ahead when nothing is left to do, and waiting for a socket looks
        // like that to it. It does not while a blocking task is under way.
        let (brake, released) = mpsc::channel();
        let held = tokio::task::spawn_blocking(move || {
            let _over = released.recv();
        });
        Self {
            _brake: brake,
            _held: held,
        }
    }

    /// Whoever wakes up gets answers before time goes on. A session that has slept through it is made anew,
    /// however slow the machine is: the pauses between its tries are driven, too.
    async fn pass(&self, stage: &Stage, call: &Call, span: Duration) {
        Self::advance(stage, span).await;
        for moments in 1..PATIENCE {
            let moment = || std::thread::sleep(Duration::from_millis(2));
            tokio::task::spawn_blocking(moment).await.unwrap();
            if moments >= 5 && status(stage, call).await["connected"] == true {
                return;
            }
            if moments % 25 == 0 {
                Self::advance(stage, Duration::from_secs(1)).await;
            }
        }
    }

    async fn advance(stage: &Stage, span: Duration) {
        stage.world().advance(TimeDelta::from_std(span).unwrap());
        time::advance(span).await;
    }
}

/// What the server says of itself.
async fn status(stage: &Stage, call: &Call) -> Value {
    let asked = stage.service.call(call, "get_status", Map::new()).await;
    asked.unwrap()["data"].clone()
}

/// What the server says of the token.
async fn token(stage: &Stage, call: &Call) -> Value {
    status(stage, call).await["tokens"][0].clone()
}

fn until(token: &Value) -> DateTime<Utc> {
    token["expires_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn over_a_month_the_server_keeps_its_token_and_answers_every_question() {
    let stage = Stage::open_with(Wire::Tiger, "push = false\n", TimeMode::Step).await;
    let calendar = Calendar::stopped();
    let call = Call::by(Arc::new(principal("reader", &["a"])), "test");
    let server = stage.tiger();
    let (mut renewals, mut seen) = (0, server.token().unwrap());
    for step in 1..=(31 * 12) {
        calendar.pass(&stage, &call, STEP).await;
        let summary = stage
            .service
            .call(&call, "get_account_summary", Map::new())
            .await;
        let summary = summary.unwrap_or_else(|fault| panic!("in step {step}: {fault:?}"));
        assert!(summary["data"]["cash"].is_string(), "{summary}");
        let now = stage.world().now();
        let left = until(&token(&stage, &call).await) - now;
        assert!(left > TimeDelta::days(10), "in step {step}: {left}");
        let valid = server.token().unwrap();
        if valid != seen {
            renewals += 1;
            seen = valid;
        }
    }
    assert!(
        (50..=64).contains(&renewals),
        "about twice a day: {renewals}"
    );
    // A person's own renewal.
    let asked = json!({ "account": "a" }).as_object().unwrap().clone();
    let told = stage
        .service
        .call(&call, "refresh_token", asked)
        .await
        .unwrap();
    assert_eq!(told["data"]["results"][0]["refreshed"], true, "{told}");
    assert_ne!(server.token().unwrap(), seen);
    let file = fs::read_to_string(stage.folder().join("tiger").join(TOKEN_FILE)).unwrap();
    assert!(
        file.contains(&server.token().unwrap()),
        "the file has the token that is valid"
    );
    drop(calendar);
    time::resume();
    stage.end().await;
}

#[tokio::test]
async fn each_login_has_a_token_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "[server]\nread_only = false\n".to_owned();
    let mut servers = Vec::new();
    for ((name, alias), account) in [("one", "a"), ("two", "b")]
        .into_iter()
        .zip(Wire::Tiger.accounts())
    {
        let (server, settings) = tiger(folder.path(), name, TimeMode::Step).await;
        text += &format!(
            "[brokers.{name}]\nkind = \"tiger\"\n[brokers.{name}.settings]\npush = false\n{settings}\
             [accounts.{alias}]\nbroker = \"{name}\"\naccount = \"{account}\"\nenvironment = \"paper\"\n\
             permission = \"admin\"\n"
        );
        servers.push(server);
    }
    let clock = servers[0].world().shared_clock();
    let house = House::open(
        folder.path(),
        &text,
        BTreeMap::new(),
        Timing::default(),
        clock,
    )
    .await;
    let call = Call::by(Arc::new(principal("reader", &["a", "b"])), "test");
    let tokens = || -> Vec<_> {
        servers
            .iter()
            .map(|server| server.token().unwrap())
            .collect()
    };
    let kept = || {
        ["one", "two"]
            .map(|name| fs::read_to_string(folder.path().join(name).join(TOKEN_FILE)).unwrap())
    };
    let refresh = async |account: &str| {
        let asked = json!({ "account": account }).as_object().unwrap().clone();
        let told = house
            .service
            .call(&call, "refresh_token", asked)
            .await
            .unwrap();
        told["data"]["results"].clone()
    };
    let pass_an_hour = || {
        for server in &servers {
            server.world().advance(TimeDelta::hours(1));
        }
    };
    let before = tokens();
    pass_an_hour();
    let told = refresh("b").await;
    assert_eq!(told[0]["refreshed"], true, "{told}");
    let after = tokens();
    assert_eq!(after[0], before[0], "the token of another login");
    assert_ne!(after[1], before[1]);
    for (file, token) in kept().iter().zip(&after) {
        assert!(file.contains(token));
    }
    // One that cannot be renewed is no other one's trouble.
    pass_an_hour();
    servers[1]
        .inject(&Fault::Disconnect { down_ms: 3_600_000 })
        .unwrap();
    let told = refresh("all").await;
    let renewed: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["account"].clone(), row["refreshed"].clone()))
        .collect();
    assert_eq!(
        renewed,
        [(json!("a"), json!(true)), (json!("b"), json!(false))],
        "{told}"
    );
    assert_ne!(tokens()[0], before[0]);
    assert_eq!(tokens()[1], after[1]);
    let ended = house.sessions.shutdown(Duration::from_secs(30)).await;
    assert!(ended.is_clean(), "{ended:?}");
}
