//! What must not grow.

use std::fmt;

use tokio::runtime::Handle;

use crate::program::Program;

/// Memory may grow by so many parts of a hundred.
const GROWTH: u64 = 5;

/// What a program holds when everybody is there and nothing is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Resident memory in KiB; 0 where nobody says.
    memory: u64,
    tasks: usize,
    lines: [usize; 2],
}

impl Measured {
    pub(crate) fn of(program: &Program) -> Self {
        Self {
            memory: resident(),
            tasks: Handle::current().metrics().num_alive_tasks(),
            lines: program.exchanges.lines(),
        }
    }

    pub(crate) fn has_not_grown_since(&self, before: &Self) {
        assert_eq!(before.lines, [1, 1], "each broker has one line");
        assert_eq!(self.lines, before.lines, "subscriptions were left behind");
        assert_eq!(self.tasks, before.tasks, "tasks were left behind");
        let most = before.memory * (100 + GROWTH) / 100;
        assert!(
            self.memory <= most,
            "memory grew from {} to {} KiB",
            before.memory,
            self.memory
        );
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [tws, tiger] = self.lines;
        write!(
            f,
            "{} KiB, {} tasks, {tws} and {tiger} lines",
            self.memory, self.tasks
        )
    }
}

/// What the kernel says.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().unwrap())
}
