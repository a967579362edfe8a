//! The process that is killed, and the one that comes after it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use broker_core::{Broker, BrokerExt, Result, model::*};
use broker_runtime::{
    journal::{Action, JournalFilter, JournalStore, SqliteStore},
    layer::{Journal, Layer, Next, Outgoing, Stack},
};

use crate::{
    Deed, Point,
    wire::{Wire, account, here},
};

/// Whether the command that is to be struck is on its way: what prepares it is left alone.
pub(crate) static ARMED: AtomicBool = AtomicBool::new(false);

/// Stands still at a point, above or below the journal.
#[derive(Debug)]
struct Pause(bool);

impl Layer for Pause {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        if self.0 && ARMED.load(Ordering::SeqCst) {
            here().await;
        }
        next.send(request).await
    }
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn id(name: &str) -> ClientOrderId {
    ClientOrderId::new(name).unwrap()
}

fn order(name: &str) -> NewOrder {
    NewOrder::new(
        id(name),
        account(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(1).unwrap()),
        OrderType::Limit { price: price("10") },
    )
}

/// A bracket whose members are named after its entry.
fn bracket(name: &str) -> OrderList {
    let exit = |part: &str, order_type| {
        let mut exit = order(&format!("{name}-{part}"));
        exit.side = Side::Sell;
        exit.order_type = order_type;
        Box::new(exit)
    };
    let limit = OrderType::Limit { price: price("12") };
    let stop = OrderType::Stop {
        trigger: price("8"),
    };
    let contingency = Contingency::Bracket {
        entry: Box::new(order(name)),
        take_profit: exit("profit", limit),
        stop_loss: exit("loss", stop),
    };
    OrderList::new(ListId::generate(), contingency).unwrap()
}

fn change(name: &str) -> ReplaceOrder {
    let mut change = ReplaceOrder::new(account(), id(name));
    change.limit_price = Some(price("11"));
    change
}

async fn act(broker: &dyn Broker, deed: Deed, name: &str) {
    match deed {
        Deed::Submit => drop(broker.submit(&order(name)).await.unwrap()),
        Deed::Replace => drop(broker.replace(&change(name)).await.unwrap()),
        Deed::Cancel => drop(broker.cancel(&account(), &id(name)).await.unwrap()),
        Deed::Bracket => drop(broker.submit_list(&bracket(name)).await.unwrap()),
    }
}

pub(crate) async fn run(point: Point, deed: Deed, port: u16, journal: &Path) {
    let wire = Wire::connect(port, point).await;
    let store = SqliteStore::open(journal).unwrap();
    let journal = Journal::open(Arc::clone(&store) as Arc<dyn JournalStore>)
        .await
        .unwrap();
    let broker = Stack::over(wire as Arc<dyn Broker>)
        .layer(Pause(point == Point::AfterIntent))
        .unwrap()
        .layer(Arc::clone(&journal))
        .unwrap()
        .layer(Pause(point == Point::BeforeIntent))
        .unwrap()
        .build();
    match point {
        Point::Recovery => recover(&*broker, &journal, &store).await,
        Point::AnyMoment => any_moment(&broker).await,
        _ => {
            if matches!(deed, Deed::Replace | Deed::Cancel) {
                act(&*broker, Deed::Submit, "one").await;
                // The ends of intents are written behind the answers.
                store.flush().await.unwrap();
            }
            ARMED.store(true, Ordering::SeqCst);
            act(&*broker, deed, "one").await;
            here().await;
        }
    }
}

/// Many commands of all kinds at the same time.
async fn any_moment(broker: &Arc<dyn Broker>) {
    println!("AT");
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let broker = Arc::clone(broker);
        tasks.spawn(async move {
            for n in 0..1_000_000 {
                let name = format!("t{task}-{n}");
                match n % 4 {
                    0 => act(&*broker, Deed::Bracket, &name).await,
                    kind => {
                        act(&*broker, Deed::Submit, &name).await;
                        if kind > 1 {
                            act(&*broker, Deed::Replace, &name).await;
                        }
                        if kind > 2 {
                            act(&*broker, Deed::Cancel, &name).await;
                        }
                    }
                }
            }
        });
    }
    tasks.join_all().await;
}

/// Reconciles, tells what was found and how each order stands, and tries to send each order again.
async fn recover(broker: &dyn Broker, journal: &Journal, store: &SqliteStore) {
    let found = journal.recovered().await.reconciled;
    store.flush().await.unwrap();
    for intent in store.intents(&JournalFilter::default()).await.unwrap() {
        let id = intent.client_order_id.unwrap();
        let (action, outcome) = (intent.action.as_str(), intent.outcome.as_str());
        let asked = found.iter().any(|found| found.id == intent.id);
        println!("INTENT {id} {action} {outcome} {asked}");
        if let Ok(known) = broker.order(&account(), &id)
            && known.status != OrderStatus::Rejected
            && let OrderType::Limit { price } = known.terms.order_type
        {
            println!("ORDER {id} {} {price}", known.status.is_open());
        }
        if let Action::Submit { order, .. } = &intent.action {
            let again = broker.submit(order).await;
            println!(
                "AGAIN {id} {}",
                again.map_or_else(|error| error.kind().as_str(), |_| "sent")
            );
        }
    }
    for damage in store.damage() {
        println!("DAMAGE {damage:?}");
    }
    println!("DONE");
}
