use std::collections::VecDeque;

use tokio::time::{Duration, Instant};

use crate::tws::{gateway::turn::Turn, message::Contract};

/// Requests of the last ten minutes over all clients, by the machine's clock as TWS counts.
#[derive(Debug, Default)]
pub(super) struct Pace {
    asked: VecDeque<Asked>,
}

#[derive(Debug)]
struct Asked {
    at: Instant,
    /// What it counts for: bid and ask together are two.
    weight: usize,
    /// Contract, exchange and tick type.
    of: String,
    /// The whole request without its number; none for what may be asked again at once.
    whole: Option<String>,
}

const WINDOW: Duration = Duration::from_secs(600);
const MOST: usize = 60;
const BURST: Duration = Duration::from_secs(2);
const MOST_AT_ONCE: usize = 6;
const SAME: Duration = Duration::from_secs(15);

impl Pace {
    /// Counts a request; whether it is within the limits. One that is not does not count.
    fn count(&mut self, weight: usize, of: String, whole: Option<String>, now: Instant) -> bool {
        while self
            .asked
            .front()
            .is_some_and(|asked| now.duration_since(asked.at) >= WINDOW)
        {
            self.asked.pop_front();
        }
        let since = |asked: &Asked| now.duration_since(asked.at);
        let all: usize = self.asked.iter().map(|asked| asked.weight).sum();
        let burst = self
            .asked
            .iter()
            .filter(|asked| since(asked) < BURST && asked.of == of);
        let again = whole.is_some()
            && self
                .asked
                .iter()
                .any(|asked| since(asked) < SAME && asked.whole == whole);
        if all + weight > MOST || burst.count() + 1 >= MOST_AT_ONCE || again {
            return false;
        }
        self.asked.push_back(Asked {
            at: now,
            weight,
            of,
            whole,
        });
        true
    }
}

impl Turn<'_> {
    /// Whether a request for small bars is within TWS's limits. The limits hold for bars of at most
    /// thirty seconds.
    pub(in crate::tws::gateway) fn within_history_pace(
        &mut self,
        what: &str,
        contract: Option<&Contract>,
        whole: Option<String>,
    ) -> bool {
        if !self.state.habits.history_limits {
            return true;
        }
        let contract = contract.cloned().unwrap_or_default();
        let of = format!("{what} {contract:?}");
        let weight = if what == "BID_ASK" { 2 } else { 1 };
        let pace = &mut self.state.history.pace;
        pace.count(weight, of, whole, Instant::now())
    }
}
