//! The connection that is opened anew when it is lost, and not when it was taken away.

use core::time::Duration;
use std::sync::Arc;

use tokio::{sync::Notify, task::JoinHandle, time::Instant};

use super::{
    connection::{Dial, End},
    inbox::{Inbox, Outlet, inbox},
    pushed::Pushed,
};

/// What the push service says.
#[derive(Debug, Clone)]
pub(crate) enum PushEvent {
    /// It lets us in and knows what we want.
    Connected,
    /// Something was pushed.
    Data(Pushed),
    /// Not everything that we want is pushed.
    Trouble(String),
    /// The connection is lost; it is opened again.
    Lost(String),
    /// A newer connection of the developer took its place; it is not opened again by itself.
    Displaced(String),
}

/// Keeps a connection to the push service open; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct PushClient {
    task: JoinHandle<()>,
    back: Arc<Notify>,
}

/// The shortest and the longest pause before connecting again. A connection that lived for as long as the
/// longest begins with the shortest again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses {
    pub(crate) first: Duration,
    pub(crate) most: Duration,
}

impl Pauses {
    /// The pause after a connection that lived for so long, and before which there was this pause.
    ///
    /// After every loss everything is read anew: a connection that comes and goes must not be let in
    /// again and again at once.
    pub(super) fn after(self, lived: Duration, before: Duration) -> Duration {
        if lived >= self.most {
            self.first
        } else {
            (before * 2).clamp(self.first, self.most)
        }
    }
}

impl PushClient {
    /// Connects and stays connected, saying what happens.
    pub(crate) fn start(dial: Dial, pauses: Pauses) -> (Self, Inbox) {
        let (events, heard) = inbox();
        let back = Arc::new(Notify::new());
        let again = Arc::clone(&back);
        let task = tokio::spawn(async move { stay(&dial, pauses, &events, &again).await });
        (Self { task, back }, heard)
    }

    /// Takes the developer's connection back from whoever has displaced it.
    pub(crate) fn take_over(&self) {
        self.back.notify_one();
    }
}

impl Drop for PushClient {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn stay(dial: &Dial, pauses: Pauses, events: &Outlet, back: &Notify) {
    let mut pause = Duration::ZERO;
    loop {
        let began = Instant::now();
        let mut greeted = false;
        let event = match dial.serve(events, &mut greeted).await {
            End::Deserted => return,
            End::Lost(why) => {
                dial.lines.disconnected(&why);
                PushEvent::Lost(why)
            }
            End::Displaced(by) => {
                dial.lines.displaced(&by);
                PushEvent::Displaced(by)
            }
        };
        let lived = if greeted {
            began.elapsed()
        } else {
            Duration::ZERO
        };
        pause = pauses.after(lived, pause);
        let displaced = matches!(event, PushEvent::Displaced(_));
        // One that never came about is no loss, only a trouble that goes on.
        let event = match event {
            PushEvent::Lost(why) if !greeted => {
                PushEvent::Trouble(format!("nothing is pushed: {why}"))
            }
            event => event,
        };
        if events.send(event).is_err() {
            return;
        }
        if displaced {
            // No fight: two programs would kick each other out for ever.
            back.notified().await;
            pause = Duration::ZERO;
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = events.closed() => return,
        }
    }
}
