//! Random trading under random faults, and the truth at the end.

use std::{collections::BTreeSet, fmt::Write as _};

use broker_core::{
    Acknowledgement, BrokerExt as _, OrderLookup, SessionState,
    model::{
        ClientOrderId, ExecutionId, FillFilter, Instrument, NewOrder, OrderAmount, OrderStatus,
        OrderType, Price, Quantity, ReplaceOrder, Side, TimeInForce,
    },
};
use chrono::TimeDelta;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use rust_decimal::Decimal;

use super::{
    Harness, Outcome,
    outcome::{Stop, Verdict, ensure, fail},
    run::guard,
    scene::Scene,
};
use crate::fault::{Fault, FaultScript};

/// Trades at random under faults drawn from a seed, lets everything heal, and compares what the
/// broker really has with what the ledger says.
///
/// What is looked for: an order that exists twice, an order that exists although its submit failed,
/// an order that nobody sent, a status, a fill or a position that the ledger and the broker do not
/// agree on, and a call that never ends. The same seed draws the same moves; a failure tells them.
///
/// Needs a runtime as [`run`](super::run) does.
pub async fn drill(harness: &dyn Harness, seed: u64) -> Outcome {
    guard(async {
        let mut drill = Drill {
            scene: Scene::trading(harness).await?,
            draw: ChaCha8Rng::seed_from_u64(seed),
            sent: Vec::new(),
            moves: format!("seed {seed}"),
        };
        drill.play().await.map_err(|stop| match stop {
            Stop::Fail(message) => Stop::Fail(format!("{message}\nmoves: {}", drill.moves)),
            skip @ Stop::Skip(_) => skip,
        })
    })
    .await
}

struct Drill {
    scene: Scene,
    draw: ChaCha8Rng,
    /// Every order that was submitted, and whether the adapter has said that it does not exist.
    sent: Vec<(NewOrder, bool)>,
    /// What was done, for people.
    moves: String,
}

/// One execution, for comparing.
type Row = (ClientOrderId, ExecutionId, Price, Decimal);

impl Drill {
    fn below(&mut self, most: u32) -> u32 {
        self.draw.next_u32() % most.max(1)
    }

    fn note(&mut self, what: core::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = write!(self.moves, "; {what}");
    }

    async fn play(&mut self) -> Verdict {
        for _ in 0..6 + self.below(9) {
            self.make_a_move().await?;
        }
        self.heal().await?;
        self.compare_orders().await?;
        self.compare_fills().await?;
        self.compare_positions().await
    }

    async fn make_a_move(&mut self) -> Verdict {
        match self.below(12) {
            0..=2 => self.submit_resting().await,
            3..=5 => self.submit_marketable().await,
            6 => self.cancel().await,
            7 => self.replace().await,
            8 | 9 => self.strike().await,
            10 => {
                let seconds = self.below(20);
                self.note(format_args!("{seconds} s pass"));
                self.scene
                    .advance(TimeDelta::seconds(i64::from(seconds)))
                    .await;
                Ok(())
            }
            _ if self.below(3) == 0 => {
                self.note(format_args!("restart"));
                self.scene.broker = self.scene.rig.restart().await?;
                Ok(())
            }
            _ => self.move_market().await,
        }
    }

    // ---- moves --------------------------------------------------------------------------------

    async fn submit_resting(&mut self) -> Verdict {
        let count = 1 + self.below(5);
        let order = self.order(Side::Buy, count, -20).await?;
        self.submit(order).await
    }

    async fn submit_marketable(&mut self) -> Verdict {
        let count = 1 + self.below(5);
        let side = if self.below(3) == 0 {
            Side::Sell
        } else {
            Side::Buy
        };
        let through = if side == Side::Buy { 3 } else { -3 };
        let order = self.order(side, count, through).await?;
        self.submit(order).await
    }

    /// A limit order so many percent from the middle of the market.
    async fn order(&mut self, side: Side, count: u32, percent: i32) -> Verdict<NewOrder> {
        let instrument = self.scene.equity.clone();
        let market = self.scene.market(&instrument).await?;
        let share = Decimal::from(percent) / Decimal::ONE_HUNDRED;
        let price = Price::new((market.bid.get() * (Decimal::ONE + share)).round_dp(2))?;
        let mut order = NewOrder::new(
            ClientOrderId::generate(),
            self.scene.account.clone(),
            instrument,
            side,
            OrderAmount::Quantity(Quantity::new(Decimal::from(count))?),
            OrderType::Limit { price },
        );
        order.time_in_force = TimeInForce::Gtc;
        Ok(order)
    }

    async fn submit(&mut self, order: NewOrder) -> Verdict {
        let answer = self.scene.submit(&order).await?;
        let word = match &answer {
            Ok(Acknowledgement::Accepted { .. }) => "accepted".to_owned(),
            Ok(Acknowledgement::Unconfirmed { cause, .. }) => format!("unconfirmed ({cause})"),
            Ok(_) => "acknowledged".to_owned(),
            Err(error) => error.kind().to_string(),
        };
        let (id, side, amount) = (&order.client_order_id, order.side, order.quantity());
        let what = format!("{side} {amount:?} {:?} {id}: {word}", order.order_type);
        self.note(format_args!("{what}"));
        let mut proven_absent = answer.is_err();
        if matches!(answer, Ok(Acknowledgement::Unconfirmed { .. })) && self.below(2) == 0 {
            proven_absent = self.ask_at_once(&order.client_order_id).await?;
        }
        self.sent.push((order, proven_absent));
        Ok(())
    }

    /// Asks for an order in the middle of the trouble; whether the broker said that it has none.
    async fn ask_at_once(&mut self, id: &ClientOrderId) -> Verdict<bool> {
        let call = self.scene.broker.lookup(&self.scene.account, id);
        let answer = self.scene.drive("lookup", call).await?;
        let word = answer.as_ref().map_or("not asked", word_of);
        self.note(format_args!("lookup {id}: {word}"));
        Ok(matches!(answer, Ok(OrderLookup::Absent)))
    }

    fn any_sent(&mut self) -> Option<ClientOrderId> {
        let count = u32::try_from(self.sent.len())
            .ok()
            .filter(|count| *count > 0)?;
        let index = usize::try_from(self.below(count)).ok()?;
        self.sent
            .get(index)
            .map(|(order, _)| order.client_order_id.clone())
    }

    async fn cancel(&mut self) -> Verdict {
        let Some(id) = self.any_sent() else {
            return Ok(());
        };
        let answer = self.scene.cancel(&id).await?;
        let word = answer.map_or_else(|error| error.kind().to_string(), |done| format!("{done:?}"));
        self.note(format_args!("cancel {id}: {word}"));
        Ok(())
    }

    async fn replace(&mut self) -> Verdict {
        let Some(id) = self.any_sent() else {
            return Ok(());
        };
        let Some(order) = self.scene.order(&id) else {
            return Ok(());
        };
        let OrderType::Limit { price } = order.terms.order_type else {
            return Ok(());
        };
        let mut change = ReplaceOrder::new(self.scene.account.clone(), id.clone());
        let percent = Decimal::from(self.below(5)) / Decimal::ONE_HUNDRED;
        let lower = price.get() * (Decimal::ONE - percent);
        change.limit_price = Some(Price::new(lower.round_dp(2))?);
        let answer = self
            .scene
            .drive("replace", self.scene.broker.replace(&change))
            .await?;
        let word = answer.map_or_else(|error| error.kind().to_string(), |done| format!("{done:?}"));
        self.note(format_args!("replace {id}: {word}"));
        Ok(())
    }

    /// A fault; busts only while the session stands, for a bust that nobody is told of is not known.
    async fn strike(&mut self) -> Verdict {
        let seed = self.draw.next_u64();
        let script = FaultScript::random(seed, 1);
        let Some(scheduled) = script.faults().first() else {
            return Ok(());
        };
        let fault = scheduled.fault.clone();
        let quiet = *self.scene.broker.session().borrow() == SessionState::Ready;
        if fault == Fault::BustLastFill && !quiet {
            return Ok(());
        }
        let injected = self.scene.rig.inject(fault.clone()).await;
        self.note(format_args!("{fault:?} {injected:?}"));
        if fault == Fault::BustLastFill {
            self.scene.settle().await;
        }
        Ok(())
    }

    async fn move_market(&mut self) -> Verdict {
        let instrument = self.scene.equity.clone();
        let market = self.scene.market(&instrument).await?;
        let share = Decimal::from(self.below(7)) - Decimal::from(3);
        let to = market.bid.get() * (Decimal::ONE_HUNDRED + share) / Decimal::ONE_HUNDRED;
        let to = Price::new(to.round_dp(2))?;
        self.note(format_args!("the market goes to {to}"));
        let _done = self.scene.rig.move_market(&instrument, to).await;
        Ok(())
    }

    // ---- the end ------------------------------------------------------------------------------

    /// Waits for a quiet session in which nothing is unconfirmed.
    async fn heal(&mut self) -> Verdict {
        // Longer than any drawn fault lasts.
        self.scene.advance(TimeDelta::seconds(130)).await;
        self.scene.ready().await?;
        let ledger = self.scene.broker.desk().ledger(&self.scene.account)?;
        for id in ledger.unconfirmed() {
            let answer = self.scene.lookup(&id).await?;
            self.note(format_args!("lookup {id}: {}", word_of(&answer)));
        }
        self.scene.settle().await;
        Ok(())
    }

    async fn compare_orders(&self) -> Verdict {
        let truth = self.scene.truth().await;
        let known: BTreeSet<&ClientOrderId> = self
            .sent
            .iter()
            .map(|(order, _)| &order.client_order_id)
            .collect();
        for order in &truth.orders {
            let id = &order.terms.client_order_id;
            ensure!(
                known.contains(id),
                "order {id} is at the broker and nobody sent it"
            );
        }
        for (order, failed) in &self.sent {
            let id = &order.client_order_id;
            let real = truth.orders_of(id).len();
            ensure!(real <= 1, "order {id} is at the broker {real} times");
            ensure!(
                !failed || real == 0,
                "order {id} does not exist, said the adapter, and it is at the broker"
            );
            if real == 1 {
                self.scene.agree(id).await?;
            } else if let Some(kept) = self.scene.order(id) {
                let wrong = kept.status.is_open() || kept.status == OrderStatus::Unconfirmed;
                ensure!(
                    !wrong,
                    "the ledger says {} of {id}, which does not exist",
                    kept.status
                );
            }
        }
        Ok(())
    }

    async fn compare_fills(&self) -> Verdict {
        let account = &self.scene.account;
        let truth = self.scene.truth().await;
        let real: Vec<Row> = truth
            .fills
            .iter()
            .map(|fill| {
                (
                    fill.client_order_id.clone(),
                    fill.execution_id.clone(),
                    fill.price,
                    fill.quantity,
                )
            })
            .collect();
        let ledger = self.scene.broker.desk().ledger(account)?;
        let kept = ledger.snapshot().fills.complete()?;
        let kept = kept.iter().map(|fill| {
            let quantity = fill.quantity.get();
            (
                fill.client_order_id.clone(),
                fill.execution_id.clone(),
                fill.price,
                quantity,
            )
        });
        same("the ledger", &real, kept.collect())?;
        let filter = FillFilter::default();
        let asked = self
            .scene
            .drive("fills", self.scene.broker.fills(account, &filter))
            .await??;
        let listed = asked.complete()?.into_iter().map(|fill| {
            let quantity = fill.quantity.get();
            (
                fill.client_order_id,
                fill.execution_id,
                fill.price,
                quantity,
            )
        });
        same("the broker's list", &real, listed.collect())
    }

    async fn compare_positions(&self) -> Verdict {
        let account = &self.scene.account;
        let truth = self.scene.truth().await;
        let mut real: Vec<(Instrument, Decimal)> = truth
            .positions
            .iter()
            .map(|(instrument, held)| (instrument.clone(), held.get()))
            .collect();
        real.sort();
        let ledger = self.scene.broker.desk().ledger(account)?;
        let kept = ledger.snapshot().positions.complete()?;
        let mut kept: Vec<(Instrument, Decimal)> = kept
            .iter()
            .map(|held| (held.instrument.clone(), held.quantity.get()))
            .collect();
        kept.sort();
        ensure!(kept == real, "the ledger holds {kept:?}, really {real:?}");
        Ok(())
    }
}

fn word_of(answer: &OrderLookup) -> &'static str {
    match answer {
        OrderLookup::Found(_) => "found",
        OrderLookup::Absent => "absent",
        _ => "inconclusive",
    }
}

/// Makes sure that every real execution is there, once and as it is.
fn same(whose: &str, real: &[Row], mut kept: Vec<Row>) -> Verdict {
    let mut real = real.to_vec();
    real.sort();
    kept.sort();
    if real == kept {
        return Ok(());
    }
    let lost: Vec<_> = real.iter().filter(|row| !kept.contains(row)).collect();
    let invented: Vec<_> = kept.iter().filter(|row| !real.contains(row)).collect();
    let (kept, real) = (kept.len(), real.len());
    fail!("{whose} has {kept} fills, really there are {real}: lost {lost:?}, invented {invented:?}")
}
