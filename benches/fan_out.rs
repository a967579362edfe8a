//! Events from one producer to eight readers, and what one that never reads costs the others.
//!
//! The producer waits every 2,048 events until the eight have caught up, so that every counted
//! delivery is one event to one reader and none is lost.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use broker_benches::{NullBroker, account, median, section};
use broker_core::{
    Broker, Result, SystemClock,
    event::{EventBody, EventReader, Ledger},
    model::ProfitAndLoss,
};

const READERS: u32 = 8;
const EVENTS: u32 = 204_800;
const BURST: u32 = 2_048;
const RUNS: usize = 7;

async fn read(mut reader: EventReader, read: Arc<AtomicU32>) -> Result<u32> {
    let mut heard = 0;
    while heard < EVENTS {
        let Some(event) = reader.next().await else {
            break;
        };
        if matches!(event.body, EventBody::ProfitAndLoss { .. }) {
            heard += 1;
            if heard % BURST == 0 {
                read.fetch_add(1, Ordering::Release);
            }
        }
    }
    Ok(heard)
}

async fn run(ledger: Arc<Ledger>, sleeper: Option<EventReader>) -> Result<u32> {
    let bursts = Arc::new(AtomicU32::new(0));
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(read(ledger.subscribe(), Arc::clone(&bursts))))
        .collect();
    let now = chrono::Utc::now();
    let figures = ProfitAndLoss::new(ledger.account().clone(), now);
    let mut sent = 0;
    while sent < EVENTS {
        for _ in 0..BURST {
            ledger.profit_and_loss(figures.clone());
        }
        sent += BURST;
        while bursts.load(Ordering::Acquire) < sent / BURST * READERS {
            tokio::task::yield_now().await;
        }
    }
    let mut heard = 0;
    for reader in readers {
        heard += reader.await.ok().transpose()?.unwrap_or(0);
    }
    drop(sleeper);
    Ok(heard)
}

fn main() -> Result<(), Box<dyn Error>> {
    let account = account()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let ledger = || {
        NullBroker::new(Arc::new(SystemClock))?
            .desk()
            .ledger(&account)
    };
    let deliveries = READERS * EVENTS;
    let measured = |with_sleeper: bool| {
        median(RUNS, deliveries, ledger, |ledger| {
            let ledger = ledger?;
            let sleeper = with_sleeper.then(|| ledger.subscribe());
            let run = runtime.spawn(run(ledger, sleeper));
            Ok::<_, broker_core::Error>(runtime.block_on(run).ok().transpose()?)
        })
    };
    let all_read = measured(false);
    let one_sleeps = measured(true);
    section(
        "One producer to eight readers of events",
        &[
            (
                "deliveries per second (target: at least 2 million)",
                format!("{:.2} million", all_read.millions()),
            ),
            (
                "with a ninth reader that never reads",
                format!("{:.2} million", one_sleeps.millions()),
            ),
            (
                "ratio of the second to the first (target: about 1)",
                format!("{:.2}", one_sleeps.millions() / all_read.millions()),
            ),
        ],
    )?;
    Ok(())
}
