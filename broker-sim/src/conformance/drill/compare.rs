//! The truth at the end of a drill.

use std::collections::BTreeSet;

use broker_core::{
    BrokerExt as _,
    model::{ClientOrderId, ExecutionId, FillFilter, Instrument, OrderStatus, Price},
};
use rust_decimal::Decimal;

use super::Drill;
use crate::conformance::outcome::{Verdict, ensure, fail};

/// One execution, for comparing.
type Row = (ClientOrderId, ExecutionId, Price, Decimal);

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

    pub(super) async fn compare_fills(&mut self) -> Verdict {
        let account = self.scene.account.clone();
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
        let ledger = self.scene.broker.desk().ledger(&account)?;
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
        self.tally.fills += real.len() as u64;
        self.same("the ledger", &real, kept.collect())?;
        let filter = FillFilter::default();
        let asked = self
            .scene
            .drive("fills", self.scene.broker.fills(&account, &filter))
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
        self.same("the broker's list", &real, listed.collect())
    }

    pub(super) async fn compare_positions(&self) -> Verdict {
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
