//! What one client does: questions, previews and orders over both faces, some of which have to be refused.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    server::{MOST_UNITS, account},
    wire::{Line, Outcome, Refused, Session, Way},
};

/// Things to do in a round; everybody does all of them.
pub(crate) const ROUND: usize = 12;

/// What a client did, and what it was told.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Orders that were accepted, with their units.
    pub(crate) accepted: BTreeMap<String, u32>,
    /// Names of orders that were refused.
    pub(crate) refused: Vec<String>,
    pub(crate) cancels: u64,
    /// What was not as it should be.
    pub(crate) errors: Vec<String>,
    /// Microseconds of each call, by what it was.
    pub(crate) times: BTreeMap<&'static str, Vec<u32>>,
}

/// How many more orders an exchange can keep on its books.
pub(crate) type Room = Arc<AtomicUsize>;

pub(crate) struct Client {
    number: usize,
    mcp: Session,
    rest: Line,
    room: Room,
    pub(crate) tally: Tally,
}

#[derive(Clone, Copy)]
enum Face {
    Mcp,
    Rest,
}

fn order(name: &str, units: u32, price: &str) -> Value {
    json!({
        "client_order_id": name,
        "order": {
            "instrument": "AAPL", "side": "buy", "quantity": units.to_string(),
            "type": "limit", "limit_price": price,
        },
    })
}

/// Below the market, where it rests.
const RESTS: &str = "150";
/// Above the market, where it trades.
const TRADES: &str = "180";

impl Client {
    pub(crate) async fn begin(number: usize, way: &Way, room: Room) -> Self {
        Self {
            number,
            mcp: Session::begin(way).await,
            rest: Line::to(way).await,
            room,
            tally: Tally::default(),
        }
    }

    /// Goes on until then, and at least for one round.
    pub(crate) async fn run(mut self, until: Instant) -> Tally {
        let mut step = 0;
        while step < ROUND || Instant::now() < until {
            // They do not all do the same at the same time.
            self.act(step, (step + self.number) % ROUND).await;
            step += 1;
        }
        self.tally
    }

    async fn act(&mut self, step: usize, what: usize) {
        let name = format!("c{}-{step}", self.number);
        let face = if step.is_multiple_of(2) {
            Face::Mcp
        } else {
            Face::Rest
        };
        let mine = account(self.number);
        match what {
            0 | 1 => {
                let asked = json!({ "symbols": ["AAPL", "JPM"] });
                let told = self.asked(face, "get_quotes", &asked).await;
                self.expect(told["quotes"][1]["last"].is_string(), "get_quotes", &told);
            }
            2 => {
                let told = self.asked(face, "get_positions", &json!({})).await;
                self.expect(told.is_object(), "get_positions", &told);
            }
            3 => {
                let told = self.asked(face, "get_account_summary", &json!({})).await;
                self.expect(told.is_object(), "get_account_summary", &told);
            }
            4 => {
                let asked = json!({ "open_only": true, "limit": 20 });
                let told = self.asked(face, "get_orders", &asked).await;
                self.expect(told["orders"].is_array(), "get_orders", &told);
            }
            5 => {
                let mut asked = order(&name, 1, TRADES);
                asked
                    .as_object_mut()
                    .map(|asked| asked.remove("client_order_id"));
                let told = self.asked(face, "preview_order", &asked).await;
                self.expect(told["accepted"] == true, "preview_order", &told);
            }
            6 => {
                // Whatever was accepted first is there still.
                let Some(known) = self.tally.accepted.keys().next().cloned() else {
                    return;
                };
                let asked = json!({ "client_order_id": known });
                let told = self.asked(face, "get_order", &asked).await;
                self.expect(
                    told["client_order_id"] == known.as_str(),
                    "get_order",
                    &told,
                );
            }
            7 => self.resting(face, &name).await,
            8 => self.twice(&name).await,
            9 => {
                let too_many = order(&name, MOST_UNITS + 1, RESTS);
                self.refused(face, &name, &too_many, "limit_exceeded").await;
            }
            10 => {
                // Nobody has this key's word for another account.
                let mut foreign = order(&name, 1, RESTS);
                let other = account(self.number + 1);
                assert_ne!(other, mine);
                foreign["account"] = Value::String(other);
                self.refused(face, &name, &foreign, "not_found").await;
            }
            _ => self.another_under_the_same_name(face).await,
        }
    }

    async fn call(&mut self, face: Face, operation: &'static str, asked: &Value) -> Outcome {
        let began = Instant::now();
        let outcome = match face {
            Face::Mcp => self.mcp.call(operation, asked).await,
            Face::Rest => self.rest.call(operation, asked).await,
        };
        self.took(operation, began);
        outcome
    }

    fn took(&mut self, operation: &'static str, began: Instant) {
        let took = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
        self.tally.times.entry(operation).or_default().push(took);
    }

    /// Asks for what has to be answered.
    async fn asked(&mut self, face: Face, operation: &'static str, asked: &Value) -> Value {
        match self.call(face, operation, asked).await {
            Ok(told) => told,
            Err(Refused(code)) => {
                self.wrong(&format!("{operation} {asked}: {code}"));
                Value::Null
            }
        }
    }

    fn wrong(&mut self, what: &str) {
        self.tally
            .errors
            .push(format!("client {}: {what}", self.number));
    }

    fn expect(&mut self, right: bool, operation: &str, told: &Value) {
        if !right {
            self.wrong(&format!("{operation} answered {told}"));
        }
    }

    /// Whether an exchange can take one more order without forgetting another.
    fn has_room(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.room.fetch_update(set, fetch, take).is_ok()
    }

    /// An order that works and is canceled.
    async fn resting(&mut self, face: Face, name: &str) {
        if !self.has_room() {
            return;
        }
        let placed = self
            .asked(face, "place_order", &order(name, 1, RESTS))
            .await;
        let right = placed["order"]["client_order_id"] == name;
        self.expect(right, "place_order", &placed);
        if !right {
            return;
        }
        self.tally.accepted.insert(name.to_owned(), 1);
        let other = match face {
            Face::Mcp => Face::Rest,
            Face::Rest => Face::Mcp,
        };
        self.tally.cancels += 1;
        let told = self
            .asked(other, "cancel_order", &json!({ "order_id": name }))
            .await;
        let status = told["order"]["status"].as_str();
        let right = matches!(status, Some("cancelled" | "pending_cancel"));
        self.expect(right, "cancel_order", &told);
    }

    /// The same order over both faces at the same time: it is placed once.
    async fn twice(&mut self, name: &str) {
        if !self.has_room() {
            return;
        }
        let asked = order(name, 2, TRADES);
        let began = Instant::now();
        let (one, other) = tokio::join!(
            self.mcp.call("place_order", &asked),
            self.rest.call("place_order", &asked)
        );
        self.took("place_order twice", began);
        let (Ok(one), Ok(other)) = (&one, &other) else {
            return self.wrong(&format!("place_order twice: {one:?}, {other:?}"));
        };
        let both = [one, other];
        let named = |told: &&Value| told["order"]["client_order_id"] == name;
        let fresh = both.iter().filter(|told| told["duplicate_of"].is_null());
        if both.iter().all(named) && fresh.count() == 1 {
            self.tally.accepted.insert(name.to_owned(), 2);
        } else {
            self.wrong(&format!("place_order twice: {one}, {other}"));
        }
    }

    /// An order that has to be refused for this reason.
    async fn refused(&mut self, face: Face, name: &str, asked: &Value, code: &str) {
        let outcome = self.call(face, "place_order", asked).await;
        if outcome == Err(Refused(code.to_owned())) {
            self.tally.refused.push(name.to_owned());
        } else {
            self.wrong(&format!("{asked} was not refused as {code}: {outcome:?}"));
        }
    }

    /// A name that is taken, for another order. What has the name stays as it is.
    async fn another_under_the_same_name(&mut self, face: Face) {
        let Some((name, units)) = self.tally.accepted.last_key_value() else {
            return;
        };
        let asked = order(&name.clone(), units + 1, RESTS);
        let outcome = self.call(face, "place_order", &asked).await;
        if outcome != Err(Refused("conflict".to_owned())) {
            self.wrong(&format!("{asked} under a name that is taken: {outcome:?}"));
        }
    }
}
