//! A gateway without sockets, in a world that moves only when told.

use std::sync::Arc;

use broker_core::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    fault::FaultScript,
    paper::{PaperBroker, PaperWorld},
    tiger::{
        Developer, Habits, Keys, License,
        gateway::{Answer, Gateway, method::Method, parameters::Parameters, turn::Turn},
    },
};

/// Asks what the official client asks, without signing.
#[derive(Debug)]
pub(in crate::tiger::gateway) struct Room {
    pub(in crate::tiger::gateway) world: Arc<PaperWorld>,
    gateway: Arc<Gateway>,
    pub(in crate::tiger::gateway) device: &'static str,
}

impl Room {
    /// At 10:00 in New York on 3 January 2022, a Monday.
    pub(in crate::tiger::gateway) fn new() -> Self {
        let world = PaperBroker::builder().build_world().unwrap();
        let developer = Developer {
            tiger_id: "20150001".to_owned(),
            license: License::Tbsg,
            accounts: world.account_ids(),
            secret_key: None,
            user_marks: true,
        };
        let gateway = Gateway::new(
            &world,
            developer,
            Keys::well_known().unwrap(),
            world.shared_clock(),
            Habits::default(),
            &FaultScript::default(),
        );
        Self {
            world,
            gateway,
            device: "02:00:5e:00:00:01",
        }
    }

    /// The answer to a request with these parameters.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests write what they ask in place"
    )]
    pub(in crate::tiger::gateway) fn answer(&self, method: &str, asked: Value) -> Answer {
        let method = Method::of(method).unwrap();
        let device = Some(self.device);
        self.gateway.lock().quotes.seat.admit(method, device)?;
        self.gateway
            .take_turn(|turn| turn.answer(method, Parameters::new(&asked)))
    }

    /// Does something as the gateway does it.
    pub(in crate::tiger::gateway) fn turn<T>(&self, act: impl FnOnce(&mut Turn<'_>) -> T) -> T {
        self.gateway.take_turn(act)
    }

    /// The data of an answer that is no refusal.
    #[track_caller]
    pub(in crate::tiger::gateway) fn data(&self, method: &str, asked: Value) -> Value {
        self.answer(method, asked).unwrap()
    }

    /// The code and the text of a refusal.
    #[track_caller]
    pub(in crate::tiger::gateway) fn refusal(&self, method: &str, asked: Value) -> (i32, String) {
        let complaint = self.answer(method, asked).unwrap_err();
        (complaint.code, complaint.message)
    }

    /// Lets so many minutes pass.
    pub(in crate::tiger::gateway) fn pass(&self, minutes: i64) {
        self.world.advance(TimeDelta::minutes(minutes));
    }

    /// Lets time pass until an instant.
    pub(in crate::tiger::gateway) fn pass_until(&self, until: &str) {
        self.world.advance_to(instant(until));
    }

    pub(in crate::tiger::gateway) fn now_ms(&self) -> i64 {
        self.world.now().timestamp_millis()
    }
}

/// An instant by its text.
pub(in crate::tiger::gateway) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A number of an answer, exactly as it is written.
#[track_caller]
pub(in crate::tiger::gateway) fn decimal(value: &Value) -> Decimal {
    let text = value.to_string();
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .unwrap()
}

/// The rows of an answer, which is an array or has `items`.
#[track_caller]
pub(in crate::tiger::gateway) fn rows(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .or_else(|| value.get("items").and_then(Value::as_array))
        .unwrap()
}
