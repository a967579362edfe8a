//! Time that the test drives: every timer of this program, and the worlds behind both wires.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use broker_sim::paper::PaperWorld;
use chrono::TimeDelta;

use crate::program::Program;

/// Milliseconds without progress after which everybody is taken to be waiting for time to pass.
const QUIET: u32 = 3;
/// The same while a question or command is under way: its answer may be late for want of a processor.
const PATIENT: u32 = 150;

/// Stops tokio's timers until they are driven; sockets stay real. The runtime must have one thread.
#[derive(Debug)]
pub(crate) struct Calendar {
    worlds: Vec<Arc<PaperWorld>>,
    /// A stopped timer of tokio's jumps ahead when nothing is left to do, and waiting for a socket looks
    /// like that to it. It does not while a blocking task is under way.
    _brake: mpsc::Sender<()>,
}

impl Calendar {
    pub(crate) fn stopped(worlds: Vec<Arc<PaperWorld>>) -> Self {
        tokio::time::pause();
        let (brake, released) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            let _over = released.recv();
        });
        Self {
            worlds,
            _brake: brake,
        }
    }

    /// Lets a while pass and everybody do what is due.
    pub(crate) async fn pass(&self, span: Duration, program: &Program) {
        for world in &self.worlds {
            world.advance(TimeDelta::from_std(span).unwrap());
        }
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
