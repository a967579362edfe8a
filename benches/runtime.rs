//! What the standard layers cost, what the journal's group commit brings, and the registry.

use std::{error::Error, sync::Arc, time::Duration};

use broker_benches::{
    Measured, NullBroker, account, client_order_id, limit_order, median, section, share,
};
use broker_core::{
    Broker, BrokerExt, SystemClock, dec,
    model::{AccountId, NewOrder, Side},
};
use broker_runtime::{
    journal::SqliteStore,
    layer::{Audit, Stack, Standard},
    registry::{DEFAULT_BOUND, Permission, Registry},
    risk::{Limits, RiskLimits},
};
use futures_util::stream::{self, StreamExt as _};
use tokio::runtime::Runtime;

const ORDERS: u32 = 2_000;
const RUNS: usize = 45;
/// Orders that work at the end of a run with limits: each of them is looked at when one more comes.
const WORKING: u32 = 100;
/// Orders with a journal: each waits for the disk.
const DURABLE: u32 = 512;
const ABREAST: usize = 64;
const ACCOUNTS: u32 = 10_000;
const ASKED: u32 = 100;
const LATENCY: Duration = Duration::from_millis(50);

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    layers(&runtime)?;
    journal(&runtime)?;
    cached(&runtime)?;
    registry(&runtime)
}

fn orders(account: &AccountId, count: u32) -> Outcome<Vec<NewOrder>> {
    let order = |number| {
        let id = client_order_id('R', number)?;
        limit_order(account, id, Side::Buy, 100, dec!(49.99))
    };
    Ok((0..count).map(order).collect::<Result<_, _>>()?)
}

/// A broker that does nothing, behind layers, that has had its first order: that one asks for the
/// contract, which is not what is measured.
fn ready(runtime: &Runtime, standard: Option<Standard>) -> Outcome<Arc<dyn Broker>> {
    let broker = NullBroker::new(Arc::new(SystemClock))?;
    let broker: Arc<dyn Broker> = match standard {
        Some(standard) => runtime.block_on(standard.over(broker))?.broker,
        None => broker,
    };
    let first = limit_order(&account()?, client_order_id('W', 0)?, Side::Buy, 1, dec!(1))?;
    let _ = runtime.block_on(broker.submit(&first))?;
    Ok(broker)
}

fn limited() -> Standard {
    let mut limits = Limits::new();
    limits.max_order_quantity = Some(dec!(1_000));
    limits.max_order_notional = Some(dec!(100_000));
    limits.max_open_orders = Some(WORKING * 2);
    Stack::standard().limits(RiskLimits::each(limits))
}

fn layers(runtime: &Runtime) -> Outcome<()> {
    let orders = orders(&account()?, ORDERS)?;
    let timed = |standard: fn() -> Option<Standard>, count: u32| {
        median(
            RUNS,
            count,
            || ready(runtime, standard()),
            |broker| {
                let broker = broker.ok()?;
                let accepted = runtime.block_on(async {
                    let mut accepted = 0_u32;
                    for order in orders.iter().take(count as usize) {
                        accepted += u32::from(broker.submit(order).await.is_ok());
                    }
                    accepted
                });
                Some((accepted, broker))
            },
        )
    };
    let bare = timed(|| None, ORDERS);
    let standard = timed(|| Some(Stack::standard()), ORDERS);
    let with_limits = timed(|| Some(limited()), WORKING);
    let added = |layered: &Measured| layered.nanoseconds() - bare.nanoseconds();
    section(
        "An order through the standard layers, without a journal",
        &[
            ("no layers", format!("{:.0} ns", bare.nanoseconds())),
            (
                "added by the standard layers (target: at most 3000 ns)",
                format!("{:.0} ns", added(&standard)),
            ),
            (
                "the same with limits and 1 to 100 orders that work (target: at most 5000 ns)",
                format!("{:.0} ns", added(&with_limits)),
            ),
        ],
    )?;
    Ok(())
}

/// Orders with a SQLite file, so many at a time.
fn durable(runtime: &Runtime, orders: &[NewOrder], abreast: usize) -> Outcome<Measured> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("journal.sqlite"))?;
    let audit = Audit::in_folder(folder.path().join("audit")).open()?;
    let standard = Stack::standard().journal(store).audit(audit);
    let broker = ready(runtime, Some(standard))?;
    let count = u32::try_from(orders.len())?;
    Ok(median(
        1,
        count,
        || (),
        |()| {
            runtime.block_on(async {
                let mut accepted = 0;
                let sending = stream::iter(orders.iter().map(|order| broker.submit(order)));
                let mut sent = sending.buffer_unordered(abreast);
                while let Some(sent) = sent.next().await {
                    accepted += usize::from(sent.is_ok());
                }
                accepted
            })
        },
    ))
}

fn journal(runtime: &Runtime) -> Outcome<()> {
    let account = account()?;
    let alone = durable(runtime, &orders(&account, DURABLE)?, 1)?;
    let together = durable(runtime, &orders(&account, DURABLE * 16)?, ABREAST)?;
    section(
        "Orders with a journal in a SQLite file and an audit trail",
        &[
            (
                "one at a time",
                format!("{:.0} orders/s", alone.millions() * 1e6),
            ),
            (
                "64 at a time",
                format!("{:.0} orders/s", together.millions() * 1e6),
            ),
            (
                "ratio (target: at least 20)",
                format!("{:.0}", alone.ratio_to(&together)),
            ),
        ],
    )?;
    Ok(())
}

fn cached(runtime: &Runtime) -> Outcome<()> {
    let broker = ready(runtime, Some(Stack::standard()))?;
    let instrument = share()?;
    let reference = broker.reference().ok_or("no reference service")?;
    let read = median(
        RUNS,
        ORDERS,
        || (),
        |()| {
            runtime.block_on(async {
                let mut known = 0_u32;
                for _ in 0..ORDERS {
                    known += u32::from(reference.contract(&instrument).await.is_ok());
                }
                known
            })
        },
    );
    let row = format!("{:.0} ns", read.nanoseconds());
    section(
        "A question whose answer is kept",
        &[("through the standard layers (target: at most 1000 ns)", row)],
    )?;
    Ok(())
}

fn registry(runtime: &Runtime) -> Outcome<()> {
    let broker = NullBroker::new(Arc::new(SystemClock))?;
    let registry = Registry::new();
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        let account = AccountId::new(format!("U{number:07}"))?;
        let _ledger = broker.desk().open_account(&account);
        registry.add(broker.clone(), &account, Permission::Trade)?;
        accounts.push(account);
    }
    let lookup = median(
        RUNS,
        ACCOUNTS,
        || (),
        |()| {
            let seats = accounts
                .iter()
                .filter(|account| registry.route(Some(account), Permission::Trade).is_ok());
            seats.count()
        },
    );

    let seats: Vec<_> = registry.seats().into_iter().take(ASKED as usize).collect();
    let asked = median(
        3,
        1,
        || (),
        |()| {
            runtime.block_on(
                registry.aggregate(&seats, DEFAULT_BOUND, |seat| async move {
                    tokio::time::sleep(LATENCY).await;
                    seat.broker.accounts().await
                }),
            )
        },
    );
    let ideal = LATENCY * ASKED / u32::try_from(DEFAULT_BOUND)?;
    section(
        "The registry",
        &[
            (
                "an account among 10,000 (target: at most 100 ns)",
                format!("{:.0} ns", lookup.nanoseconds()),
            ),
            (
                "100 accounts that take 50 ms each, ten at a time",
                format!("{:.1} ms", asked.nanoseconds() / 1e6),
            ),
            (
                "to the ideal (target: at most 1.10)",
                format!("{:.3}", asked.time().as_secs_f64() / ideal.as_secs_f64()),
            ),
        ],
    )?;
    Ok(())
}
