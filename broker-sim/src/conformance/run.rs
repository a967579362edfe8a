use core::{fmt, future::Future, panic::AssertUnwindSafe};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;

use super::{
    CHECKS, Check, Harness, Outcome, find,
    outcome::Verdict,
    progress::{LOOK, Lookout, watched},
};

/// Makes one check.
///
/// A check that panics or comes to a standstill has failed: nothing has moved for a minute and a half of a
/// machine that had nothing else to do. Needs a tokio runtime
/// of several threads with its timer on; the future stays on its thread, as under `block_on` and
/// `#[tokio::main]`.
pub async fn run(check: &Check, harness: &dyn Harness) -> Outcome {
    guard((check.run)(harness)).await
}

/// Turns a hang and a panic into a failure.
pub(super) async fn guard(body: impl Future<Output = Verdict>) -> Outcome {
    let guarded = AssertUnwindSafe(body).catch_unwind();
    match watched(guarded).await {
        Ok(Ok(verdict)) => verdict.into(),
        Ok(Err(panic)) => Outcome::Failed(format!("panicked: {}", words_of(&*panic))),
        Err(why) => Outcome::Failed(why),
    }
}

fn words_of(panic: &(dyn core::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message")
}

/// Makes every check, one after the other.
pub async fn run_all(harness: &dyn Harness) -> Report {
    let mut rows = Vec::with_capacity(CHECKS.len());
    for check in CHECKS {
        let start = Instant::now();
        let outcome = run(check, harness).await;
        rows.push((*check, outcome, start.elapsed()));
    }
    Report { rows }
}

/// What became of every check. `Display` is a table for people.
#[derive(Debug, Clone)]
pub struct Report {
    rows: Vec<(Check, Outcome, Duration)>,
}

impl Report {
    /// Every check with its outcome and the real time that it took.
    #[must_use]
    pub fn rows(&self) -> &[(Check, Outcome, Duration)] {
        &self.rows
    }

    /// The checks that failed, with what was seen.
    pub fn failures(&self) -> impl Iterator<Item = (&Check, &str)> {
        self.rows
            .iter()
            .filter_map(|(check, outcome, _)| match outcome {
                Outcome::Failed(message) => Some((check, message.as_str())),
                Outcome::Passed | Outcome::Skipped(_) => None,
            })
    }

    /// Whether no check failed.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.failures().next().is_none()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut passed, mut skipped, mut failed) = (0_usize, 0_usize, 0_usize);
        for (check, outcome, _) in &self.rows {
            let (mark, detail) = match outcome {
                Outcome::Passed => (" ok ", None),
                Outcome::Skipped(reason) => ("skip", Some(reason)),
                Outcome::Failed(message) => ("FAIL", Some(message)),
            };
            match outcome {
                Outcome::Passed => passed += 1,
                Outcome::Skipped(_) => skipped += 1,
                Outcome::Failed(_) => failed += 1,
            }
            writeln!(f, " {mark}  {:<24} {}", check.id, check.title)?;
            if let Some(detail) = detail {
                writeln!(f, "       {:<24} - {detail}", "")?;
            }
        }
        write!(f, "{passed} passed, {skipped} skipped, {failed} failed")
    }
}

/// A check that failed, as a test returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    check: &'static str,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.message)
    }
}
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for Failure {}

/// Makes one check on a thread and a runtime of its own; what
/// [`conformance_tests!`](crate::conformance_tests) expands to.
///
/// A broker that blocks its thread for ever is a failure too. What was skipped is printed.
///
/// # Errors
/// What was seen when the check failed, or that there is no such check.
pub fn test_one<H: Harness + 'static>(id: &'static str, harness: H) -> Result<(), Failure> {
    let failure = |message: String| Failure { check: id, message };
    let check = find(id).ok_or_else(|| failure("there is no such check".into()))?;
    let (sender, receiver) = mpsc::channel();
    let mut lookout = Lookout::default();
    let inside = lookout.twin();
    let body = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let outcome = match runtime {
            Ok(runtime) => runtime.block_on(inside.over(run(check, &harness))),
            Err(error) => Outcome::Failed(format!("no runtime: {error}")),
        };
        // The test may have given up waiting.
        let _ = sender.send(outcome);
    };
    thread::Builder::new()
        .name(check.name.into())
        .spawn(body)
        .map_err(|error| failure(format!("no thread: {error}")))?;
    let outcome = loop {
        // Longer than it looks at itself.
        match receiver.recv_timeout(LOOK * 2) {
            Ok(outcome) => break outcome,
            Err(RecvTimeoutError::Disconnected) => {
                break Outcome::Failed("ended its thread".into());
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(why) = lookout.look() {
                    break Outcome::Failed(format!("blocks its thread: {why}"));
                }
            }
        }
    };
    match outcome {
        Outcome::Failed(message) => Err(failure(message)),
        Outcome::Passed => Ok(()),
        Outcome::Skipped(reason) => {
            note(id, &reason);
            Ok(())
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the test runner keeps it for those who ask"
)]
fn note(id: &str, reason: &str) {
    println!("{id} skipped: {reason}");
}
