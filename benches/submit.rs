//! What the checks cost: `BrokerExt::submit` through `dyn Broker`, side by side with a direct call
//! of the same adapter. And what waiting for one order costs among many.

use std::{error::Error, sync::Arc, time::Duration};

use broker_benches::{NullBroker, account, client_order_id, limit_order, median, section};
use broker_core::{
    Broker, BrokerExt, SystemClock, dec,
    model::{AccountId, ExecutionKind, ExecutionReport, NewOrder, Side},
};

const ORDERS: u32 = 10_000;
const RUNS: usize = 15;
const WAITS: u32 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let account = account()?;
    let order = |number| {
        let id = client_order_id('S', number)?;
        limit_order(&account, id, Side::Buy, 100, dec!(49.99))
    };
    let orders: Vec<NewOrder> = (0..ORDERS).map(order).collect::<Result<_, _>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let broker = || {
        let broker = NullBroker::new(Arc::new(SystemClock));
        // The first order of all asks for the contract; that is not what is measured.
        broker.and_then(|broker| {
            let id = client_order_id('W', 0)?;
            let first = limit_order(&account, id, Side::Buy, 1, dec!(1))?;
            let _ = runtime.block_on(broker.submit(&first))?;
            Ok(broker)
        })
    };
    let direct = median(RUNS, ORDERS, broker, |broker| {
        let broker = broker?;
        let accepted = runtime.block_on(async {
            let mut accepted = 0_u32;
            for order in &orders {
                let outcome = broker.accept(Arc::new(order.clone())).await;
                accepted += u32::from(outcome.is_ok());
            }
            accepted
        });
        Ok::<_, broker_core::Error>((accepted, broker))
    });
    let checked = median(RUNS, ORDERS, broker, |broker| {
        let broker: Arc<dyn Broker> = broker?;
        let accepted = runtime.block_on(async {
            let mut accepted = 0_u32;
            for order in &orders {
                accepted += u32::from(broker.submit(order).await.is_ok());
            }
            accepted
        });
        Ok::<_, broker_core::Error>((accepted, broker))
    });
    let (with, without) = (checked.nanoseconds(), direct.nanoseconds());
    section(
        "An order through an adapter that does nothing",
        &[
            ("direct call of the adapter", format!("{without:.0} ns")),
            (
                "BrokerExt::submit through dyn Broker",
                format!("{with:.0} ns"),
            ),
            (
                "added (target: at most 2000 ns)",
                format!("{:.0} ns", with - without),
            ),
            ("ratio", format!("{:.2}", checked.ratio_to(&direct))),
        ],
    )?;
    waiting(&runtime, &account, &orders)
}

/// Waits for an order that has ended, among many that work.
fn waiting(
    runtime: &tokio::runtime::Runtime,
    account: &AccountId,
    orders: &[NewOrder],
) -> Result<(), Box<dyn Error>> {
    let broker = NullBroker::new(Arc::new(SystemClock))?;
    for order in orders {
        let _ = runtime.block_on(broker.submit(order))?;
    }
    let first = orders.first().ok_or("no orders")?;
    let id = &first.client_order_id;
    let ledger = broker.desk().ledger(account)?;
    ledger.report(ExecutionReport::new(id.clone(), ExecutionKind::Canceled));
    let broker: Arc<dyn Broker> = broker;
    let waited = median(
        RUNS,
        WAITS,
        || (),
        |()| {
            (0..WAITS)
                .filter(|_| {
                    let end = broker.wait_for_end(account, id, Duration::from_secs(1));
                    runtime.block_on(end).is_ok()
                })
                .count()
        },
    );
    let read = median(
        RUNS,
        1,
        || (),
        |()| {
            let mut events = broker.events(account).ok()?;
            events.try_next().and(events.try_next())
        },
    );
    section(
        "Waiting for one order among 10,000",
        &[
            (
                "wait_for_end of an order that has ended",
                format!("{:.0} ns", waited.nanoseconds()),
            ),
            (
                "a reader of all events up to its snapshot",
                format!("{:.0} ns", read.nanoseconds()),
            ),
        ],
    )?;
    Ok(())
}
