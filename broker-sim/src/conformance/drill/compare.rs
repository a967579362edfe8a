//! The truth at the end of a drill.

use core::time::Duration;
use std::{collections::BTreeSet, sync::Arc};

use broker_core::{
    BrokerExt as _,
    model::{ClientOrderId, ExecutionId, Fill, FillFilter, Instrument, OrderStatus, Price},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::Drill;
use crate::conformance::outcome::{Verdict, ensure, fail};

/// One execution, for comparing.
type Row = (ClientOrderId, ExecutionId, Price, Decimal);

/// Times that a disagreement may last for another [`ROUND`].
pub(super) const ROUNDS: u32 = 12;
/// Real time for an adapter that lives on the machine's clock.
pub(super) const ROUND: Duration = Duration::from_millis(500);

/// What an account holds.
type Held = Vec<(Instrument, Decimal)>;

impl Drill<'_> {
    pub(super) async fn compare_orders(&mut self) -> Verdict {
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
            self.tally.orders += 1;
            self.tally.duplicate_orders += u64::from(real > 1);
            let unknown = self.scene.order(id).is_none();
            self.tally.lost_orders += u64::from(real > 0 && (*failed || unknown));
            ensure!(real <= 1, "order {id} is at the broker {real} times");
            ensure!(
                !failed || real == 0,
                "order {id} does not exist, said the adapter, and it is at the broker"
            );
            if real == 1 {
                self.agrees(id).await?;
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

    pub(super) async fn compare_fills(&mut self) -> Verdict {
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
        let kept = self.kept_fills().await?;
        let kept = kept.iter().map(|fill| {
            let quantity = fill.quantity.get();
            (
                fill.client_order_id.clone(),
                fill.execution_id.clone(),
                fill.price,
                quantity,
            )
        });
        self.tally.fills += real.len() as u64;
        self.same("the ledger", &real, kept.collect())?;
        let asked = self.listed_fills().await?;
        let listed = asked.into_iter().map(|fill| {
            let quantity = fill.quantity.get();
            (
                fill.client_order_id,
                fill.execution_id,
                fill.price,
                quantity,
            )
        });
        self.same("the broker's list", &real, listed.collect())
    }

    /// The fills that the ledger has. A connection that is renewed because a question was never
    /// answered leaves a gap for a moment.
    async fn kept_fills(&self) -> Verdict<Vec<Arc<Fill>>> {
        let ledger = self.scene.broker.desk().ledger(&self.scene.account)?;
        for _ in 0..ROUNDS {
            if let Ok(fills) = ledger.snapshot().fills.complete_since(self.began) {
                return Ok(fills);
            }
            tokio::time::sleep(ROUND).await;
        }
        Ok(ledger.snapshot().fills.complete_since(self.began)?)
    }

    /// The fills that the broker lists, asked for again while it does not answer whole.
    async fn listed_fills(&self) -> Verdict<Vec<Fill>> {
        let mut filter = FillFilter::default();
        filter.since = Some(self.began);
        let mut rounds = 0;
        loop {
            let asked = self.scene.broker.fills(&self.scene.account, &filter);
            let answer = self.scene.drive("fills", asked).await?;
            match answer.and_then(broker_core::Covered::complete) {
                Ok(fills) => return Ok(fills),
                Err(error) if rounds == ROUNDS => return Err(error.into()),
                Err(_) => {}
            }
            rounds += 1;
            tokio::time::sleep(ROUND).await;
        }
    }

    /// An adapter whose question was dropped asks again only after a while of real time.
    async fn agrees(&self, id: &ClientOrderId) -> Verdict {
        for _ in 0..ROUNDS {
            if self.scene.agree(id).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(ROUND).await;
        }
        self.scene.agree(id).await.map(drop)
    }

    /// Positions are told behind the fills that make them, so they get their time.
    pub(super) async fn compare_positions(&self) -> Verdict {
        for _ in 0..60 {
            if self.positions_differ().await?.is_none() {
                return Ok(());
            }
            self.scene.advance(TimeDelta::seconds(1)).await;
            tokio::time::sleep(ROUND / 10).await;
        }
        match self.positions_differ().await? {
            None => Ok(()),
            Some((kept, real)) => fail!("the ledger holds {kept:?}, really {real:?}"),
        }
    }

    /// What the ledger holds and what is held, where that is not the same.
    async fn positions_differ(&self) -> Verdict<Option<(Held, Held)>> {
        let account = &self.scene.account;
        let truth = self.scene.truth().await;
        let mut real: Held = truth
            .positions
            .iter()
            .map(|(instrument, held)| (instrument.clone(), held.get()))
            .collect();
        real.sort();
        let ledger = self.scene.broker.desk().ledger(account)?;
        let Ok(kept) = ledger.snapshot().positions.complete() else {
            return Ok(Some((Vec::new(), real)));
        };
        let mut kept: Held = kept
            .iter()
            .map(|held| (held.instrument.clone(), held.quantity.get()))
            .collect();
        kept.sort();
        Ok((kept != real).then_some((kept, real)))
    }

    /// Makes sure that every real execution is there, once and as it is.
    fn same(&mut self, whose: &str, real: &[Row], mut kept: Vec<Row>) -> Verdict {
        let mut real = real.to_vec();
        real.sort();
        kept.sort();
        if real == kept {
            return Ok(());
        }
        let lost: Vec<_> = real.iter().filter(|row| !kept.contains(row)).collect();
        let invented: Vec<_> = kept.iter().filter(|row| !real.contains(row)).collect();
        self.tally.lost_fills += lost.len() as u64;
        // What is there twice is in neither of them.
        let twice = (kept.len() + lost.len()).saturating_sub(real.len());
        self.tally.invented_fills += twice as u64;
        let (kept, real) = (kept.len(), real.len());
        fail!(
            "{whose} has {kept} fills, really there are {real}: lost {lost:?}, invented {invented:?}"
        )
    }
}
