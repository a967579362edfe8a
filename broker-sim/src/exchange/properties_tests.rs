//! Whatever clients do, the exchange's own books agree with each other.

use broker_core::{dec, model::*};
use chrono::TimeDelta;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    Output,
    fixtures::{Sim, check, check_positions, price, units},
};

#[derive(Debug, Clone)]
enum Step {
    Place {
        account: u32,
        sell: bool,
        quantity: i64,
        form: u8,
        tick: i64,
        force: u8,
        extended: bool,
    },
    Bracket {
        account: u32,
        quantity: i64,
        tick: i64,
    },
    Alternatives {
        account: u32,
        quantity: i64,
        tick: i64,
        sell: bool,
    },
    Cancel(usize),
    Replace {
        order: usize,
        quantity: i64,
        tick: i64,
    },
    Price(i64),
    Pass(i64),
    Halt(i64),
    CancelAll(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let (account, quantity, tick) = (1_u32..=3, 1_i64..3_000, -60_i64..60);
    prop_oneof![
        10 => (account.clone(), any::<bool>(), quantity.clone(), 0_u8..10, tick.clone(), 0_u8..5, any::<bool>())
            .prop_map(|(account, sell, quantity, form, tick, force, extended)| Step::Place { account, sell, quantity, form, tick, force, extended }),
        2 => (account.clone(), quantity.clone(), tick.clone()).prop_map(|(account, quantity, tick)| Step::Bracket { account, quantity, tick }),
        2 => (account.clone(), quantity.clone(), tick.clone(), any::<bool>()).prop_map(|(account, quantity, tick, sell)| Step::Alternatives { account, quantity, tick, sell }),
        2 => any::<usize>().prop_map(Step::Cancel),
        3 => (any::<usize>(), quantity, tick.clone()).prop_map(|(order, quantity, tick)| Step::Replace { order, quantity, tick }),
        5 => tick.prop_map(Step::Price),
        4 => (1_i64..20_000).prop_map(Step::Pass),
        1 => (1_i64..600).prop_map(Step::Halt),
        1 => account.prop_map(Step::CancelAll),
    ]
}

fn near(tick: i64) -> Price {
    price(dec!(100) + Decimal::new(tick * 5, 2))
}

fn form(number: u8, tick: i64) -> OrderType {
    let (at, beside) = (near(tick), near(tick + 3));
    let offset = TrailingOffset::Amount(Decimal::new(tick.abs() * 5 + 5, 2));
    match number {
        0 | 1 => OrderType::Market,
        2 => OrderType::Stop { trigger: at },
        3 => OrderType::StopLimit {
            trigger: at,
            price: beside,
        },
        4 => OrderType::TrailingStop {
            offset,
            trigger: None,
        },
        5 => OrderType::MarketIfTouched { trigger: at },
        6 => OrderType::MarketToLimit,
        7 => OrderType::MarketOnClose,
        _ => OrderType::Limit { price: at },
    }
}

fn play(sim: &mut Sim, step: &Step, keys: &mut Vec<u64>) {
    match *step {
        Step::Place {
            account,
            sell,
            quantity,
            form: number,
            tick,
            force,
            extended,
        } => {
            let side = if sell { Side::Sell } else { Side::Buy };
            let mut order = sim.order_of(account, side, quantity, form(number, tick));
            order.time_in_force = match force {
                0 => TimeInForce::Gtc,
                1 => TimeInForce::Ioc,
                2 => TimeInForce::Gtd(sim.exchange.now() + TimeDelta::minutes(30)),
                _ => TimeInForce::Day,
            };
            if extended && number > 7 {
                order.session = TradingSession::Extended;
            }
            keys.extend(sim.place(&order).ok());
        }
        Step::Bracket {
            account,
            quantity,
            tick,
        } => {
            let entry = sim.order_of(
                account,
                Side::Buy,
                quantity,
                OrderType::Limit { price: near(tick) },
            );
            let profit = sim.order_of(
                account,
                Side::Sell,
                quantity,
                OrderType::Limit {
                    price: near(tick + 10),
                },
            );
            let loss = sim.order_of(
                account,
                Side::Sell,
                quantity,
                OrderType::Stop {
                    trigger: near(tick - 10),
                },
            );
            let list = Contingency::Bracket {
                entry: Box::new(entry),
                take_profit: Box::new(profit),
                stop_loss: Box::new(loss),
            };
            keys.extend(sim.list(list).into_iter().flatten());
        }
        Step::Alternatives {
            account,
            quantity,
            tick,
            sell,
        } => {
            let side = if sell { Side::Sell } else { Side::Buy };
            let one = sim.order_of(
                account,
                side,
                quantity,
                OrderType::Limit { price: near(tick) },
            );
            let other = sim.order_of(
                account,
                side,
                quantity / 2 + 1,
                OrderType::Limit {
                    price: near(tick + 2),
                },
            );
            let third = sim.order_of(
                account,
                side,
                quantity,
                OrderType::Stop {
                    trigger: near(-tick),
                },
            );
            keys.extend(
                sim.list(Contingency::OneCancelsOther {
                    orders: vec![one, other, third],
                })
                .into_iter()
                .flatten(),
            );
        }
        Step::Cancel(which) if !keys.is_empty() => {
            let _ = sim.exchange.cancel(keys[which % keys.len()]);
        }
        Step::Replace {
            order,
            quantity,
            tick,
        } if !keys.is_empty() => {
            let key = keys[order % keys.len()];
            let mut change = sim.change(key);
            change.quantity = Some(units(Decimal::from(quantity)));
            match sim.get(key).terms.order_type {
                OrderType::Limit { .. } => change.limit_price = Some(near(tick)),
                OrderType::Stop { .. } => change.trigger_price = Some(near(tick)),
                _ => {}
            }
            let _ = sim.exchange.replace(key, &change);
        }
        Step::Price(tick) => sim.price(near(tick).get()),
        Step::Pass(seconds) => sim.pass(TimeDelta::seconds(seconds)),
        Step::Halt(seconds) => sim.exchange.halt(0, TimeDelta::seconds(seconds)),
        Step::CancelAll(account) => {
            let account = sim.account(account);
            sim.exchange.cancel_all(&account);
        }
        Step::Cancel(_) | Step::Replace { .. } => {}
    }
    check(&sim.exchange);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_books_agree_after_every_step(steps in proptest::collection::vec(step(), 1..60)) {
        let mut sim = Sim::new();
        let mut keys = Vec::new();
        for step in &steps {
            play(&mut sim, step, &mut keys);
        }
        check_positions(&sim.exchange);
    }

    #[test]
    fn reports_add_up_to_the_truth(steps in proptest::collection::vec(step(), 1..40)) {
        use broker_core::order_state::OrderTracker;
        let mut sim = Sim::new();
        let mut keys = Vec::new();
        let mut tracker = OrderTracker::default();
        for step in &steps {
            play(&mut sim, step, &mut keys);
        }
        let now = sim.exchange.now();
        for output in sim.exchange.take_outputs() {
            if let Output::Report { report, .. } = output {
                tracker.fold(&report, now);
            }
        }
        for key in keys {
            let truth = sim.get(key);
            let seen = tracker.order(truth.client_order_id()).unwrap();
            prop_assert_eq!(&seen.status, &truth.status(), "{:?}", truth);
            prop_assert_eq!(seen.cumulative_quantity, truth.filled);
            prop_assert_eq!(&seen.terms, &truth.terms);
        }
    }

    #[test]
    fn one_jump_and_many_steps_tell_the_same(steps in proptest::collection::vec(step(), 1..25)) {
        let run = |pieces: i64| {
            let mut sim = Sim::new();
            let mut keys = Vec::new();
            for step in &steps {
                if let Step::Pass(seconds) = step {
                    let until = sim.exchange.now() + TimeDelta::seconds(*seconds);
                    for _ in 1..pieces {
                        let part = TimeDelta::seconds(*seconds) / i32::try_from(pieces).unwrap();
                        sim.pass(part);
                    }
                    sim.until(until);
                } else {
                    play(&mut sim, step, &mut keys);
                }
            }
            format!("{:?}", sim.exchange.take_outputs())
        };
        prop_assert_eq!(run(1), run(7));
    }
}
