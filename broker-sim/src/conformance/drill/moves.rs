//! What a drill does at random.

use broker_core::{
    Acknowledgement, BrokerExt as _, OrderLookup,
    model::{
        ClientOrderId, NewOrder, OrderAmount, OrderType, Price, Quantity, ReplaceOrder, Side,
        TimeInForce,
    },
};
use chrono::TimeDelta;
use rand_chacha::rand_core::Rng as _;
use rust_decimal::Decimal;

use super::{Drill, word_of};
use crate::{
    conformance::{Injection, outcome::Verdict},
    fault::{Fault, FaultScript},
};

impl Drill<'_> {
    pub(super) async fn make_a_move(&mut self) -> Verdict {
        match self.below(14) {
            0..=2 => self.submit_resting().await,
            3..=5 => self.submit_marketable().await,
            6 if self.below(3) == 0 => self.ask().await,
            6 => self.cancel().await,
            7 => self.replace().await,
            8 | 9 => self.strike().await,
            12 | 13 => self.submit_list().await,
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
                self.tally.restarts += 1;
                self.scene.broker = self.scene.rig.restart().await?;
                Ok(())
            }
            _ => self.move_market().await,
        }
    }

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
    pub(super) async fn order(
        &mut self,
        side: Side,
        count: u32,
        percent: i32,
    ) -> Verdict<NewOrder> {
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
        self.tally.commands += 1;
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
        self.count(&answer);
        let mut proven_absent = answer.is_err();
        if matches!(answer, Ok(Acknowledgement::Unconfirmed { .. })) && self.below(2) == 0 {
            // While questions are refused, "could not ask" must not read as "not there".
            if self.below(2) == 0 {
                let ban = Fault::RateLimitBan { ban_ms: 3_000 };
                if self.scene.rig.inject(ban.clone()).await == Injection::Done {
                    self.tally.struck_by(&ban);
                    self.note(format_args!("a ban for 3 s"));
                }
                // A connection that was lost with it comes back into the ban.
                self.scene.advance(TimeDelta::milliseconds(1_200)).await;
            }
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

    /// Asks for any order at any time: where the broker cannot be asked, nothing is proven.
    async fn ask(&mut self) -> Verdict {
        let Some(id) = self.any_sent() else {
            return Ok(());
        };
        if self.ask_at_once(&id).await? {
            let mut sent = self.sent.iter_mut();
            if let Some((_, absent)) = sent.find(|(order, _)| order.client_order_id == id) {
                *absent = true;
            }
        }
        Ok(())
    }

    fn count(&mut self, answer: &broker_core::Result<Acknowledgement>) {
        if matches!(answer, Ok(Acknowledgement::Unconfirmed { .. })) {
            self.tally.unconfirmed += 1;
        }
    }

    fn doubt(&mut self, id: &ClientOrderId, answer: &broker_core::Result<Acknowledgement>) {
        if matches!(answer, Ok(Acknowledgement::Unconfirmed { .. })) {
            self.doubtful.push(id.clone());
        }
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
        self.tally.commands += 1;
        let answer = self.scene.cancel(&id).await?;
        self.count(&answer);
        self.doubt(&id, &answer);
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
        self.tally.commands += 1;
        let answer = self
            .scene
            .drive("replace", self.scene.broker.replace(&change))
            .await?;
        self.count(&answer);
        self.doubt(&id, &answer);
        let word = answer.map_or_else(|error| error.kind().to_string(), |done| format!("{done:?}"));
        self.note(format_args!("replace {id}: {word}"));
        Ok(())
    }

    async fn strike(&mut self) -> Verdict {
        let seed = self.draw.next_u64();
        let script = FaultScript::random(seed, 1);
        let Some(scheduled) = script.faults().first() else {
            return Ok(());
        };
        let fault = scheduled.fault.clone();
        let before = self.scene.truth().await.fills;
        let injected = self.scene.rig.inject(fault.clone()).await;
        if injected == Injection::Done {
            self.tally.struck_by(&fault);
        }
        if fault == Fault::BustLastFill {
            let after = self.scene.truth().await.fills;
            let gone = before.into_iter().filter(|fill| !after.contains(fill));
            self.busted.extend(gone.map(|fill| fill.client_order_id));
        }
        self.note(format_args!("{fault:?} {injected:?}"));
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
}
