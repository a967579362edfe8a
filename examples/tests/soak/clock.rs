//! Time that the test drives: every timer of this program, and the exchanges in their process.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use broker_core::ManualClock;
use chrono::TimeDelta;

use crate::{
    program::{Program, start_of_the_week},
    wire::Exchanges,
};

/// Milliseconds without progress after which everybody is taken to be waiting for time to pass.
const QUIET: u32 = 3;
/// The same while a question or command is under way: its answer may be late for want of a processor.
const PATIENT: u32 = 150;

/// Stops tokio's timers until they are driven; sockets stay real. The runtime must have one thread.
#[derive(Debug)]
pub(crate) struct Brake {
    /// A stopped timer of tokio's jumps ahead when nothing is left to do, and waiting for a socket looks
    /// like that to it. It does not while a blocking task is under way.
    _on: mpsc::Sender<()>,
}

impl Brake {
    pub(crate) fn on() -> Self {
        tokio::time::pause();
        let (on, released) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            let _over: Result<(), _> = released.recv();
        });
        Self { _on: on }
    }
}

/// The time of everybody.
#[derive(Debug)]
pub(crate) struct Calendar {
    exchanges: Arc<Exchanges>,
    clock: ManualClock,
    _brake: Brake,
}

/// The clock of the program.
pub(crate) fn clock() -> ManualClock {
    ManualClock::at(start_of_the_week())
}

impl Calendar {
    pub(crate) fn stopped(exchanges: Arc<Exchanges>, clock: ManualClock) -> Self {
        Self {
            exchanges,
            clock,
            _brake: Brake::on(),
        }
    }

    /// Lets a while pass and everybody do what is due.
    pub(crate) async fn pass(&self, span: Duration, program: &Program) {
        // First here: nothing that is heard of comes from the future.
        self.clock.advance(TimeDelta::from_std(span).unwrap());
        self.exchanges.pass(span);
        tokio::time::advance(span).await;
        let (mut seen, mut quiet) = (program.progress(), 0);
        loop {
            breathe().await;
            let now = program.progress();
            quiet = if now == seen { quiet + 1 } else { 0 };
            seen = now;
            let most = if program.is_idle() { QUIET } else { PATIENT };
            if quiet >= most {
                break;
            }
        }
    }
}

/// Lets bytes that are on their way arrive, in real time.
async fn breathe() {
    let pause = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)));
    pause.await.unwrap();
}
