//! Memory of live orders in a ledger, counted by the allocator.

use std::{error::Error, sync::Arc};

use broker_benches::{NullBroker, account, client_order_id, limit_order, section};
use broker_core::{
    Broker, Result, SystemClock, dec,
    model::{ExecutionId, ExecutionKind, ExecutionReport, Fill, Price, Quantity, Side},
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const ORDERS: u32 = 10_000;

/// Bytes that live orders occupy, each with so many fills.
fn occupied(fills: u32) -> Result<usize> {
    let account = account()?;
    let before = ALLOCATOR.current_usage();
    let broker = NullBroker::new(Arc::new(SystemClock))?;
    let ledger = broker.desk().ledger(&account)?;
    for number in 0..ORDERS {
        let id = client_order_id('M', number)?;
        let terms = Arc::new(limit_order(&account, id, Side::Buy, 100, dec!(49.99))?);
        let id = terms.client_order_id.clone();
        let report = ExecutionReport::new(id, ExecutionKind::New);
        ledger.report(report.with_terms(Arc::clone(&terms)));
        for part in 0..fills {
            let execution = ExecutionId::new(format!("{}.{part}", terms.client_order_id))?;
            let price = Price::new(dec!(49.98))?;
            let one = Quantity::try_from(1)?;
            let fill = Fill::new(execution, &terms, price, one, chrono::Utc::now());
            ledger.report(ExecutionReport::trade(fill));
        }
    }
    let after = ALLOCATOR.current_usage();
    drop(broker);
    Ok(after.saturating_sub(before))
}

fn main() -> Result<(), Box<dyn Error>> {
    let bare = u32::try_from(occupied(0)?)?;
    let filled = u32::try_from(occupied(2)?)?;
    let megabytes = |bytes: u32| format!("{:.1} MB", f64::from(bytes) / 1e6);
    let per_order = |bytes: u32| format!("{} bytes", bytes / ORDERS);
    section(
        "10,000 live orders in a ledger, with a full event buffer",
        &[
            ("working (target: at most 20 MB)", megabytes(bare)),
            ("per order", per_order(bare)),
            ("working, with two fills each", megabytes(filled)),
            ("per order", per_order(filled)),
        ],
    )?;
    Ok(())
}
