//! What a report costs: folding into an order, and through the ledger to its readers.
//!
//! Each figure is for one report; each order is new to the tracker or has just been accepted, as
//! the name says.

use std::sync::Arc;

use broker_benches::{NullBroker, account, client_order_id, limit_order};
use broker_core::{
    Broker, Result, SystemClock, dec,
    model::{
        ExecutionId, ExecutionKind, ExecutionReport, Fill, NewOrder, OrderStatus, Price, Quantity,
        Side,
    },
    order_state::OrderTracker,
};
use divan::{Bencher, counter::ItemsCount};

/// Reports per sample, so that the clock is read rarely.
const BATCH: u32 = 1_000;

fn main() {
    divan::main();
}

fn terms(number: u32) -> Result<Arc<NewOrder>> {
    let id = client_order_id('F', number)?;
    Ok(Arc::new(limit_order(
        &account()?,
        id,
        Side::Buy,
        100,
        dec!(49.99),
    )?))
}

fn report(terms: &Arc<NewOrder>, kind: ExecutionKind) -> ExecutionReport {
    ExecutionReport::new(terms.client_order_id.clone(), kind).with_terms(Arc::clone(terms))
}

fn trade(terms: &Arc<NewOrder>, part: u32, units: i64) -> Result<ExecutionReport> {
    let id = ExecutionId::new(format!("{}.{part}", terms.client_order_id))?;
    let price = Price::new(dec!(49.98))?;
    let now = chrono::Utc::now();
    let fill = Fill::new(id, terms, price, Quantity::try_from(units)?, now);
    Ok(ExecutionReport::trade(fill).with_terms(Arc::clone(terms)))
}

/// One report of the measured kind for each of a batch of orders.
#[derive(Debug, Clone, Copy)]
enum Kind {
    New,
    Partial,
    Final,
    Status,
}

impl Kind {
    fn before(self, terms: &Arc<NewOrder>) -> Result<Vec<ExecutionReport>> {
        Ok(match self {
            Self::New => Vec::new(),
            Self::Partial | Self::Status => vec![report(terms, ExecutionKind::New)],
            Self::Final => vec![report(terms, ExecutionKind::New), trade(terms, 1, 40)?],
        })
    }

    fn measured(self, terms: &Arc<NewOrder>) -> Result<ExecutionReport> {
        match self {
            Self::New => Ok(report(terms, ExecutionKind::New)),
            Self::Partial => trade(terms, 1, 40),
            Self::Final => trade(terms, 2, 60),
            Self::Status => {
                let status = OrderStatus::New;
                Ok(report(terms, ExecutionKind::Status { status }))
            }
        }
    }
}

/// The reports that come before, and the measured ones.
fn reports(kind: Kind) -> Result<(Vec<ExecutionReport>, Vec<ExecutionReport>)> {
    let (mut before, mut measured) = (Vec::new(), Vec::new());
    for number in 0..BATCH {
        let terms = terms(number)?;
        before.extend(kind.before(&terms)?);
        measured.push(kind.measured(&terms)?);
    }
    Ok((before, measured))
}

#[divan::bench(args = [Kind::New, Kind::Partial, Kind::Final, Kind::Status], sample_size = 1)]
fn tracker_fold(bencher: Bencher<'_, '_>, kind: Kind) {
    let now = chrono::Utc::now();
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| {
            let (before, measured) = reports(kind).unwrap_or_default();
            let mut tracker = OrderTracker::default();
            for report in &before {
                let _ = tracker.fold(report, now);
            }
            (tracker, measured)
        })
        .bench_values(|(mut tracker, measured)| {
            for report in &measured {
                let _ = divan::black_box(tracker.fold(report, now));
            }
            (tracker, measured)
        });
}

#[divan::bench(args = [Kind::New, Kind::Partial, Kind::Final, Kind::Status], sample_size = 1)]
fn ledger_report(bencher: Bencher<'_, '_>, kind: Kind) {
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| {
            let (before, measured) = reports(kind).unwrap_or_default();
            let ledger = NullBroker::new(Arc::new(SystemClock))
                .ok()
                .and_then(|broker| broker.desk().ledgers().into_iter().next());
            if let Some(ledger) = &ledger {
                before.into_iter().for_each(|report| ledger.report(report));
            }
            let reader = ledger.as_ref().map(|ledger| ledger.subscribe());
            (ledger, reader, measured)
        })
        .bench_values(|(ledger, reader, measured)| {
            if let Some(ledger) = &ledger {
                for report in measured {
                    ledger.report(report);
                }
            }
            (ledger, reader)
        });
}
