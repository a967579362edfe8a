use std::{
    hint::black_box,
    io::Write as _,
    time::{Duration, Instant},
};

/// The median time of a batch of operations.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    time: Duration,
    operations: u32,
}

impl Measured {
    /// A batch that was timed elsewhere.
    #[must_use]
    pub const fn new(time: Duration, operations: u32) -> Self {
        Self { time, operations }
    }

    /// The whole batch.
    #[must_use]
    pub const fn time(&self) -> Duration {
        self.time
    }

    /// Nanoseconds per operation.
    #[must_use]
    pub fn nanoseconds(&self) -> f64 {
        self.time.as_secs_f64() * 1e9 / f64::from(self.operations)
    }

    /// Millions of operations per second.
    #[must_use]
    pub fn millions(&self) -> f64 {
        f64::from(self.operations) / self.time.as_secs_f64() / 1e6
    }

    /// How many times as long as another one an operation takes.
    #[must_use]
    pub fn ratio_to(&self, baseline: &Self) -> f64 {
        self.nanoseconds() / baseline.nanoseconds()
    }
}

/// Times `work` on fresh state `runs` times and gives back the median.
///
/// What `work` returns is dropped after the clock has stopped.
pub fn median<S, R>(
    runs: usize,
    operations: u32,
    mut prepare: impl FnMut() -> S,
    mut work: impl FnMut(S) -> R,
) -> Measured {
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let state = prepare();
            let began = Instant::now();
            let result = black_box(work(state));
            let time = began.elapsed();
            drop(result);
            time
        })
        .collect();
    times.sort_unstable();
    let time = times.get(times.len() / 2).copied().unwrap_or_default();
    Measured { time, operations }
}

/// Prints a heading with the rows of its table.
///
/// # Errors
/// When standard output cannot be written.
pub fn section(title: &str, rows: &[(&str, String)]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{title}")?;
    for (name, value) in rows {
        writeln!(out, "  {name:<52}{value:>24}")?;
    }
    Ok(())
}

/// Bytes of memory that the process occupies now; `None` where the system does not say.
#[must_use]
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
