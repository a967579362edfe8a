//! The process of the exchanges: both brokers' gateways over their worlds, and the time of both.

use std::{io::BufRead as _, path::Path, sync::Arc, thread, time::Duration};

use broker_core::{
    dec,
    model::{AccountId, AccountKind, Currency, Money, Price, SignedQuantity},
};
use broker_sim::{
    Truth,
    fault::Fault,
    paper::{PaperBroker, PaperWorld},
    tiger::{License, TigerServer},
    tws::{Relink, TwsServer},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    clock::Brake,
    program::{share, start_of_the_week},
    wire::{Books, Entry, Side, Wish},
};

/// Answers on standard output what is asked on standard input, until that is closed.
pub(crate) fn serve(folder: &Path) {
    let (asked, mut wishes) = tokio::sync::mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if asked.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let exchanges = Exchanges::open(folder).await;
        let _brake = Brake::on();
        while let Some(line) = wishes.recv().await {
            let wish = serde_json::from_str(&line).unwrap();
            println!("{}", exchanges.grant(&wish).await);
        }
        tokio::time::resume();
    });
}

struct Exchanges {
    tws: TwsServer,
    tiger: TigerServer,
}

impl Exchanges {
    async fn open(folder: &Path) -> Self {
        let tiger = tiger().await;
        tiger.write_folder(folder).unwrap();
        Self {
            tws: tws().await,
            tiger,
        }
    }

    async fn grant(&self, wish: &Wish) -> Value {
        match wish {
            Wish::Address => json!(self.tws.address()),
            Wish::Pass(ms) => {
                let span = Duration::from_millis(*ms);
                for world in [self.tws.world(), self.tiger.world()] {
                    world.advance(TimeDelta::from_std(span).unwrap());
                }
                tokio::time::advance(span).await;
                Value::Null
            }
            Wish::Quiet => json!(self.tws.is_quiet() && self.tiger.is_quiet()),
            Wish::Happen(hour) => {
                self.happen(*hour);
                Value::Null
            }
            Wish::Price(side) => {
                let quote = self.world(*side).with_exchange(|all| all.quote(&share()));
                let middle = quote.ok().and_then(|quote| quote.mid());
                json!(middle.map(|middle| Price::new(middle).unwrap()))
            }
            Wish::Lines => json!([self.tws.open_lines(), self.tiger.open_lines()]),
            Wish::Books(side, account) => {
                let account = AccountId::new(account).unwrap();
                json!(books(&match side {
                    Side::Tws => self.tws.truth(&account),
                    Side::Tiger => self.tiger.truth(&account),
                }))
            }
        }
    }

    fn world(&self, side: Side) -> &Arc<PaperWorld> {
        match side {
            Side::Tws => self.tws.world(),
            Side::Tiger => self.tiger.world(),
        }
    }

    /// In every eight hours all of it once, and in the night the reset; sessions end on the other side.
    fn happen(&self, hour: u32) {
        let minutes = |minutes: u32| minutes * 60_000;
        let (tws, tiger) = (&self.tws, &self.tiger);
        match hour % 8 {
            0 => tws.drop_clients(),
            1 => tiger.drop_clients(),
            2 => tws.lose_link(TimeDelta::minutes(5), Relink::DataMaintained),
            3 => {
                let down_ms = minutes(10);
                tiger.inject(&Fault::Disconnect { down_ms }).unwrap();
            }
            4 => {
                let down_ms = minutes(10);
                tws.inject(&Fault::NightlyReset { down_ms }).unwrap();
            }
            6 => tws.lose_link(TimeDelta::minutes(5), Relink::DataLost),
            _ => {}
        }
    }
}

async fn tws() -> TwsServer {
    let world = PaperBroker::builder()
        .start_at(start_of_the_week())
        .points_per_day(4)
        .account("DU1", dec!(1_000_000))
        .account("DU2", dec!(1_000_000));
    let server = TwsServer::builder().world_of(world);
    let server = server.bind("127.0.0.1:0").await.unwrap();
    server.set_habits(|habits| {
        // It counts by this machine's clock, in which a week is minutes.
        habits.messages_per_second = None;
        // Else each list of a week's orders is longer than the one before.
        habits.completed_orders_of_today = true;
    });
    server
}

/// Of Hong Kong, where tokens are renewed twice a day.
async fn tiger() -> TigerServer {
    let cash = || vec![Money::new(dec!(1_000_000), Currency::USD)];
    let margin = AccountKind::Margin;
    let world = PaperBroker::builder()
        .start_at(start_of_the_week())
        .points_per_day(4)
        .account_of_kind("21000000000000001", margin.clone(), Currency::USD, cash())
        .account_of_kind("21000000000000002", margin, Currency::USD, cash())
        .build_world()
        .unwrap();
    let server = TigerServer::builder()
        .clock(world.shared_clock())
        .world(world)
        .license(License::Tbhk);
    let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
    server.set_habits(|habits| {
        habits.rate_factor = 1_000;
        // Time comes in minutes here.
        habits.heartbeat_send_ms = 600_000;
        habits.heartbeat_receive_ms = 600_000;
    });
    server
}

fn books(truth: &Truth) -> Books {
    let orders = truth.orders.iter().map(|order| Entry {
        client_order_id: order.terms.client_order_id.to_string(),
        open: order.open,
        filled: SignedQuantity::new(order.filled).unwrap(),
    });
    Books {
        orders: orders.collect(),
        positions: truth.positions.iter().map(|(_, units)| *units).collect(),
        fills: truth.fills.len(),
    }
}
