//! Random trading under random faults, and the truth at the end.
//!
//! `moves` trades, `lists` sends orders that depend on each other, `compare` holds the ledger against
//! the truth, `tally` counts what was seen.

mod compare;
mod lists;
mod moves;
mod tally;

use std::fmt::Write as _;

use broker_core::{
    OrderLookup,
    model::{ClientOrderId, ContingencyKind, NewOrder},
};
use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use self::lists::SentList;
pub use self::tally::Tally;
use super::{
    Harness, Outcome,
    outcome::{Stop, Verdict},
    run::guard,
    scene::Scene,
};

/// Trades at random under faults drawn from a seed, lets everything heal, and compares what the
/// broker really has with what the ledger says.
///
/// What is looked for: an order that exists twice, an order that exists although its submit failed,
/// an order that nobody sent, half a list of orders that still works, more filled than a list was for,
/// a status, a fill or a position that the ledger and the broker do not
/// agree on, and a call that never ends. The same seed draws the same moves; a failure tells them.
///
/// Needs a runtime as [`run`](super::run) does.
pub async fn drill(harness: &dyn Harness, seed: u64) -> Outcome {
    drill_counted(harness, seed, &mut Tally::default()).await
}

/// A [`drill`] that adds what it did to a tally.
pub async fn drill_counted(harness: &dyn Harness, seed: u64, tally: &mut Tally) -> Outcome {
    tally.schedules += 1;
    guard(async {
        let scene = Scene::trading(harness).await?;
        let mut drill = Drill {
            began: scene.broker.desk().clock().now(),
            scene,
            draw: ChaCha8Rng::seed_from_u64(seed),
            kinds: Vec::new(),
            sent: Vec::new(),
            lists: Vec::new(),
            busted: Vec::new(),
            doubtful: Vec::new(),
            moves: format!("seed {seed}"),
            tally,
        };
        drill.play().await.map_err(|stop| match stop {
            Stop::Fail(message) => Stop::Fail(format!("{message}\nmoves: {}", drill.moves)),
            skip @ Stop::Skip(_) => skip,
        })
    })
    .await
}

struct Drill<'a> {
    scene: Scene,
    /// When nothing had been traded yet.
    began: DateTime<Utc>,
    draw: ChaCha8Rng,
    /// Every order that was submitted, and whether the adapter has said that it does not exist.
    sent: Vec<(NewOrder, bool)>,
    /// The kinds of lists that the broker takes.
    kinds: Vec<ContingencyKind>,
    /// Every list that was submitted.
    lists: Vec<SentList>,
    /// Orders of which a fill was busted.
    busted: Vec<ClientOrderId>,
    /// Orders of which a cancel or a change was not confirmed.
    doubtful: Vec<ClientOrderId>,
    /// What was done, for people.
    moves: String,
    tally: &'a mut Tally,
}

impl Drill<'_> {
    fn below(&mut self, most: u32) -> u32 {
        self.draw.next_u32() % most.max(1)
    }

    fn note(&mut self, what: core::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = write!(self.moves, "; {what}");
    }

    async fn play(&mut self) -> Verdict {
        let capabilities = self.scene.capabilities().await?;
        let kinds = ContingencyKind::ALL.iter().copied();
        self.kinds = kinds
            .filter(|kind| {
                capabilities
                    .lists
                    .get()
                    .is_some_and(|taken| taken.contains(kind))
            })
            .collect();
        for _ in 0..6 + self.below(9) {
            self.make_a_move().await?;
        }
        self.heal().await?;
        self.compare_orders().await?;
        self.compare_lists().await?;
        self.compare_fills().await?;
        self.compare_positions().await
    }

    /// Waits for a quiet session in which nothing is unconfirmed.
    async fn heal(&mut self) -> Verdict {
        // Longer than any drawn fault lasts.
        self.scene.advance(TimeDelta::seconds(130)).await;
        self.scene.ready().await?;
        let ledger = self.scene.broker.desk().ledger(&self.scene.account)?;
        // Whoever does not know what became of a cancel asks, as about an order.
        let mut asked = ledger.unconfirmed();
        asked.append(&mut self.doubtful);
        for id in asked {
            let answer = self.scene.lookup(&id).await?;
            self.note(format_args!("lookup {id}: {}", word_of(&answer)));
        }
        self.take_back_lists_of_earlier_lives().await?;
        self.scene.settle().await;
        Ok(())
    }
}

fn word_of(answer: &OrderLookup) -> &'static str {
    match answer {
        OrderLookup::Found(_) => "found",
        OrderLookup::Absent => "absent",
        _ => "inconclusive",
    }
}
