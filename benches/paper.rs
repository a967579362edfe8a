//! The paper broker: the same orders as a program sends them, with the checks of the library, the
//! exchange behind it, and every report folded and published.

use std::error::Error;

use broker_benches::{client_order_id, limit_order, median, section};
use broker_core::{
    BrokerExt, Result, dec,
    model::{NewOrder, Side},
};
use broker_sim::paper::PaperBroker;

const PAIRS: u32 = 20_000;
const RUNS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let fresh = || {
        PaperBroker::builder()
            .account("BENCH-1", dec!(1_000_000_000))
            .build()
    };
    let account = fresh()?.account().clone();
    let order = |number| {
        let id = client_order_id('P', number)?;
        limit_order(&account, id, Side::Buy, 10, dec!(10))
    };
    let orders: Vec<NewOrder> = (0..PAIRS).map(order).collect::<Result<_>>()?;
    let measured = median(RUNS, PAIRS * 2, fresh, |broker| {
        let broker = broker?;
        runtime.block_on(async {
            for order in &orders {
                let _ = broker.submit(order).await?;
                let _ = broker
                    .cancel(&order.account, &order.client_order_id)
                    .await?;
            }
            Ok::<_, broker_core::Error>(())
        })?;
        Ok::<_, broker_core::Error>(broker)
    });
    section(
        "The paper broker, through its trait",
        &[
            (
                "submit and cancel (target: 1 M/s)",
                format!("{:.2} M/s", measured.millions()),
            ),
            ("per operation", format!("{:.0} ns", measured.nanoseconds())),
        ],
    )?;
    Ok(())
}
