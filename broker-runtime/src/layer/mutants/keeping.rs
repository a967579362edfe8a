//! A cache that keeps balances, journals that write too late or not at all.

use core::any::Any;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use broker_core::{Broker, BrokerExt, Result, dec};

use super::{Seen, around, ensure, settle};
use crate::{
    journal::{Action, JournalFilter, JournalStore, MemoryStore, NewIntent},
    layer::{Answer, Ask, Cache, Command, Journal, Layer, Next, Outgoing, Query},
    test_support::{Step, Stub, account, buy},
};

// ---- cache ------------------------------------------------------------------------------------

/// Keeps every answer.
#[derive(Debug, Default)]
struct KeepsBalances(Mutex<HashMap<&'static str, Box<dyn Any + Send + Sync>>>);

impl Layer for KeepsBalances {
    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let name = query.operation();
        let kept = {
            let kept = self.0.lock().unwrap();
            kept.get(name)
                .and_then(|any| any.downcast_ref::<A>().cloned())
        };
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let answer = ask.ask().await?;
        self.0
            .lock()
            .unwrap()
            .insert(name, Box::new(answer.clone()));
        Ok(answer)
    }
}

async fn balances_are_asked_for_each_time(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    let portfolio = broker.portfolio().unwrap();
    for _ in 0..2 {
        drop(portfolio.summary(&account()).await);
        drop(portfolio.positions(&account()).await);
    }
    ensure(
        stub.count("summary") == 2 && stub.count("positions") == 2,
        "an old balance or position was given out",
    )
}

#[tokio::test]
async fn a_cache_of_balances_is_found_out() {
    balances_are_asked_for_each_time(Cache::default())
        .await
        .unwrap();
    balances_are_asked_for_each_time(KeepsBalances::default())
        .await
        .unwrap_err();
}

// ---- journal ----------------------------------------------------------------------------------

fn intents_of(command: Command<'_>, broker: &Arc<dyn Broker>) -> Vec<NewIntent> {
    let Command::Submit(order) = command else {
        return Vec::new();
    };
    vec![NewIntent {
        account: order.account.clone(),
        client_order_id: Some(order.client_order_id.clone()),
        action: Action::Submit {
            order: Arc::new(order.clone()),
            list: None,
        },
        at: broker.desk().clock().now(),
    }]
}

/// Writes down what it has sent.
#[derive(Debug)]
struct WritesAfterSending(Arc<MemoryStore>);

impl Layer for WritesAfterSending {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let intents = intents_of(request.command(), next.broker());
        let answer = next.send(request).await;
        self.0.begin(intents).await?;
        answer
    }
}

/// Goes on when it cannot write.
#[derive(Debug)]
struct SendsUnwritten(Arc<MemoryStore>);

impl Layer for SendsUnwritten {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let intents = intents_of(request.command(), next.broker());
        drop(self.0.begin(intents).await);
        next.send(request).await
    }
}

/// The intent is there while the order is on its way, whatever happens to the process then.
async fn an_intent_is_there_before_the_order(layer: impl Layer, store: &MemoryStore) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    stub.then("submit", Step::Hang);
    let sending = tokio::spawn(async move { broker.submit(&buy("a", 1, dec!(10))).await });
    settle().await;
    let sent = stub.count("submit");
    let written = store.intents(&JournalFilter::default()).await.unwrap();
    sending.abort();
    ensure(sent == 1, "the order was not sent")?;
    ensure(
        written.len() == 1,
        "an order is on its way and nobody knows of it",
    )
}

#[tokio::test]
async fn a_journal_that_writes_after_sending_is_found_out() {
    let store = MemoryStore::new();
    let journal = Journal::open(Arc::clone(&store) as _).await.unwrap();
    let real = an_intent_is_there_before_the_order(journal, &store).await;
    real.unwrap();
    let store = MemoryStore::new();
    let mutant = WritesAfterSending(Arc::clone(&store));
    let seen = an_intent_is_there_before_the_order(mutant, &store).await;
    assert_eq!(seen, Err("an order is on its way and nobody knows of it"));
}

async fn nothing_unwritten_is_sent(layer: impl Layer, store: &MemoryStore) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    store.break_with(Some("no space left"));
    let answer = broker.submit(&buy("a", 1, dec!(10))).await;
    ensure(
        answer.is_err() && stub.count("submit") == 0,
        "an order was sent that nobody could write down",
    )
}

#[tokio::test]
async fn a_journal_that_sends_what_it_cannot_write_is_found_out() {
    let store = MemoryStore::new();
    let journal = Journal::open(Arc::clone(&store) as _).await.unwrap();
    nothing_unwritten_is_sent(journal, &store).await.unwrap();
    let store = MemoryStore::new();
    let mutant = SendsUnwritten(Arc::clone(&store));
    nothing_unwritten_is_sent(mutant, &store).await.unwrap_err();
}
