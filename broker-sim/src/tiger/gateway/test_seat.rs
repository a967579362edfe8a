//! A client's seat at the gateway, without sockets: signed requests and a push connection.

use std::sync::Arc;

use broker_core::{ManualClock, dec, model::AccountId};
use chrono::TimeDelta;
use prost::{Message as _, bytes::BytesMut};
use serde_json::{Value, json};

use super::{Answer, ClientId, Fate, Gateway, Habits, Told};
use crate::{
    fault::{Fault, FaultScript},
    outbox::Outbox,
    paper::{PaperBroker, PaperWorld},
    tiger::{
        Developer, Keys, License,
        http::Call,
        push::{
            Command, DataType, OrderStatusData, Payload, PushData, Request, RequestConnect,
            RequestSubscribe, Response,
        },
        signature,
    },
};

/// The paper, the standard and the global account.
pub(super) const PAPER: &str = "21000000000000001";
pub(super) const STANDARD: &str = "12345678";
pub(super) const GLOBAL: &str = "U1234567";

/// One developer in a world that moves only when told.
pub(super) struct Seat {
    pub(super) world: Arc<PaperWorld>,
    pub(super) gateway: Arc<Gateway>,
    pub(super) developer: Developer,
}

/// What the limits of requests do not stand in the way of.
pub(super) fn roomy() -> Habits {
    Habits {
        rate_factor: 10_000,
        ..Habits::default()
    }
}

impl Seat {
    pub(super) fn new() -> Self {
        Self::with(roomy(), License::Tbsg, &FaultScript::default())
    }

    pub(super) fn with(habits: Habits, license: License, script: &FaultScript) -> Self {
        let mut builder = PaperBroker::builder();
        for account in [PAPER, STANDARD, GLOBAL] {
            builder = builder.account(account, dec!(1_000_000));
        }
        let world = builder.build_world().unwrap();
        let developer = Developer {
            tiger_id: "20150001".to_owned(),
            license,
            accounts: world.account_ids(),
            secret_key: None,
            user_marks: true,
        };
        let clock = Arc::new(ManualClock::at(world.now()));
        let keys = Keys::well_known().unwrap();
        let gateway = Gateway::new(&world, developer.clone(), keys, clock, habits, script);
        Self {
            world,
            gateway,
            developer,
        }
    }

    /// The members of a signed request.
    pub(super) fn members(&self, method: &str, asked: &Value) -> Value {
        let mut members = json!({
            "tiger_id": self.developer.tiger_id,
            "method": method,
            "charset": "UTF-8",
            "sign_type": "RSA",
            "timestamp": "2025-08-13 10:30:00",
            "version": "2.0",
            "biz_content": asked.to_string(),
        });
        self.sign(&mut members);
        members
    }

    pub(super) fn sign(&self, members: &mut Value) {
        let call = Call::read(members.to_string().as_bytes()).unwrap();
        let text = call.signed_text();
        let sign = signature::sign(self.gateway.keys.client(), &text);
        members["sign"] = sign.into();
    }

    pub(super) fn send(&self, members: &Value, token: Option<&str>) -> Told {
        let call = Call::read(members.to_string().as_bytes()).unwrap();
        self.gateway.call(&call, token)
    }

    pub(super) fn tell(&self, method: &str, asked: &Value) -> Told {
        self.send(&self.members(method, asked), None)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests write what they ask in place"
    )]
    pub(super) fn ask(&self, method: &str, asked: Value) -> Answer {
        let told = self.tell(method, &asked);
        assert_eq!(told.fate, Fate::Answer);
        told.answer
    }

    /// The code of a refusal.
    pub(super) fn code(&self, method: &str, asked: Value) -> i32 {
        self.ask(method, asked).unwrap_err().code
    }

    /// A limit order of the paper account that rests far below the market.
    pub(super) fn resting(&self, mark: &str) -> Value {
        json!({
            "account": PAPER, "symbol": "AAPL", "sec_type": "STK", "action": "BUY",
            "order_type": "LMT", "limit_price": 50.0, "total_quantity": 10,
            "time_in_force": "DAY", "outside_rth": false, "user_mark": mark,
        })
    }

    /// A market order of the paper account.
    pub(super) fn market(&self, mark: &str) -> Value {
        json!({
            "account": PAPER, "symbol": "AAPL", "sec_type": "STK", "action": "BUY",
            "order_type": "MKT", "total_quantity": 10, "user_mark": mark,
        })
    }

    /// Places an order and gives back its id.
    pub(super) fn place(&self, asked: Value) -> i64 {
        self.ask("place_order", asked).unwrap()["id"]
            .as_i64()
            .unwrap()
    }

    /// An order of the paper account as it is now.
    pub(super) fn order(&self, id: i64) -> Value {
        self.ask("orders", json!({"account": PAPER, "id": id}))
            .unwrap()
    }

    pub(super) fn advance(&self, span: TimeDelta) {
        self.world.advance(span);
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests write what they ask in place"
    )]
    pub(super) fn inject(&self, fault: Fault) {
        self.gateway.inject(&fault).unwrap();
    }

    pub(super) fn truth_of(&self, mark: &str) -> usize {
        let account = AccountId::new(PAPER).unwrap();
        let truth = self.gateway.truth(&account);
        truth
            .orders
            .iter()
            .filter(|order| order.terms.client_order_id.as_str() == mark)
            .count()
    }

    /// A connection of the push service that has said nothing.
    pub(super) fn knock(&self) -> Ear {
        let outbox = Arc::new(Outbox::new());
        let client = self.gateway.push_open(&outbox).unwrap();
        Ear {
            gateway: Arc::clone(&self.gateway),
            outbox,
            client,
            ids: 0,
        }
    }

    /// A connection that has been let in.
    pub(super) fn listen(&self) -> Ear {
        let mut ear = self.knock();
        let connect = self.credentials();
        ear.say(Request {
            command: Command::Connect.into(),
            connect: Some(connect),
            ..Request::default()
        });
        let heard = ear.hear();
        assert_eq!(heard[0].command(), Command::Connected);
        ear
    }

    pub(super) fn credentials(&self) -> RequestConnect {
        let tiger_id = self.developer.tiger_id.clone();
        let sign = signature::sign(self.gateway.keys.client(), &tiger_id);
        RequestConnect {
            tiger_id,
            sign,
            sdk_version: "test".to_owned(),
            accept_version: Some("3".to_owned()),
            send_interval: Some(10_000),
            receive_interval: Some(10_000),
            use_full_tick: Some(false),
            access_token: None,
        }
    }
}

/// One connection of the push service.
pub(super) struct Ear {
    gateway: Arc<Gateway>,
    pub(super) outbox: Arc<Outbox>,
    client: ClientId,
    ids: u32,
}

impl Ear {
    pub(super) fn say(&mut self, mut request: Request) {
        self.ids += 1;
        request.id = self.ids;
        self.gateway.push_hear(self.client, &request);
    }

    pub(super) fn leave(self) {
        self.gateway.push_leave(self.client);
    }

    pub(super) fn subscribe(&mut self, kind: DataType, account: Option<&str>) -> Response {
        self.change(Command::Subscribe, kind, account)
    }

    pub(super) fn change(
        &mut self,
        command: Command,
        kind: DataType,
        account: Option<&str>,
    ) -> Response {
        self.say(Request {
            command: command.into(),
            subscribe: Some(RequestSubscribe {
                data_type: kind.into(),
                account: account.map(str::to_owned),
                ..RequestSubscribe::default()
            }),
            ..Request::default()
        });
        self.hear().pop().unwrap()
    }

    /// Everything that has been said since the last time.
    pub(super) fn hear(&self) -> Vec<Response> {
        let mut bytes = BytesMut::from(self.outbox.take_all().as_slice());
        let mut heard = Vec::new();
        while !bytes.is_empty() {
            heard.push(Response::decode_length_delimited(&mut bytes).unwrap());
        }
        heard
    }

    pub(super) fn pushes(&self) -> Vec<PushData> {
        self.hear().into_iter().filter_map(|one| one.body).collect()
    }

    /// The states of orders that have been pushed.
    pub(super) fn orders(&self) -> Vec<OrderStatusData> {
        let pushes = self.pushes().into_iter();
        pushes
            .filter_map(|data| match data.payload {
                Some(Payload::OrderStatus(order)) => Some(order),
                _ => None,
            })
            .collect()
    }

    pub(super) fn statuses(&self) -> Vec<String> {
        self.orders()
            .into_iter()
            .map(|order| order.status)
            .collect()
    }
}
