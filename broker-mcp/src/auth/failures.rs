//! What wrong keys cost: time, from the sixth on. Whoever has the right key is never kept waiting by
//! others, because what is counted is the peer together with the key that it tries.

use core::time::Duration;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use tokio::time::Instant;

/// When wrong keys begin to cost time, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// So many in a row are free.
    pub free: u32,
    /// The first wait; each further one is twice as long.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// After so long without a wrong key, they are forgotten.
    pub memory: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            free: 5,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(5 * 60),
            memory: Duration::from_secs(15 * 60),
        }
    }
}

/// Most peers that are remembered.
const MOST: usize = 10_000;

/// A network that tries a key: one that exists, or any that does not.
type Trier = (IpAddr, Option<String>);

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Instant,
    until: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Failures {
    patience: Patience,
    counts: Mutex<HashMap<Trier, Count>>,
}

/// The network of an address: whoever has one address of version 6 has 2^64 of them.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let network = u128::from(six) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        four @ IpAddr::V4(_) => four,
    }
}

impl Failures {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            counts: Mutex::default(),
        }
    }

    /// How long this one has to wait before it is listened to.
    pub(super) fn wait(&self, trier: &Trier) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let until = counts.get(trier)?.until;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Counts a wrong key: how many in a row, and how long to wait from now, if at all.
    pub(super) fn count(&self, trier: Trier) -> (u32, Option<Duration>) {
        let now = Instant::now();
        let patience = self.patience;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&trier) {
            forget(&mut counts, now, patience.memory);
        }
        let count = counts.entry(trier).or_insert(Count {
            failures: 0,
            last: now,
            until: now,
        });
        if now.duration_since(count.last) >= patience.memory {
            count.failures = 0;
        }
        count.failures = count.failures.saturating_add(1);
        count.last = now;
        let beyond = count.failures.checked_sub(patience.free + 1);
        let wait = beyond.map(|beyond| {
            let times = 2_u32.saturating_pow(beyond);
            patience.first.saturating_mul(times).min(patience.longest)
        });
        count.until = now + wait.unwrap_or_default();
        (count.failures, wait)
    }

    /// The right key was given.
    pub(super) fn forgive(&self, trier: &Trier) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(trier);
    }
}

/// Makes room: what is over, otherwise what was heard of least lately.
fn forget(counts: &mut HashMap<Trier, Count>, now: Instant, memory: Duration) {
    counts.retain(|_, count| now.duration_since(count.last) < memory);
    if counts.len() >= MOST {
        let oldest = counts.iter().min_by_key(|(_, count)| count.last);
        if let Some(trier) = oldest.map(|(trier, _)| trier.clone()) {
            counts.remove(&trier);
        }
    }
}
