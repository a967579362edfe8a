//! What was pushed and has not been heard yet, as short as it can be without losing anything.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use super::{client::PushEvent, pushed::Pushed};

/// A way from the push connection to whoever hears it.
///
/// A push that waits is replaced by a later one about the same: that something happened to orders, which is
/// read from the lists then, executions included; an account's figures, which are asked for; a position, of
/// which only the newest state counts. What happens to the connection is told in full, and nothing that was
/// pushed before it is told after it.
pub(crate) fn inbox() -> (Outlet, Inbox) {
    // The bell rings once for however much there is.
    let (bell, heard) = mpsc::channel(1);
    let waiting = Arc::new(Mutex::new(Waiting::default()));
    let outlet = Outlet {
        waiting: Arc::clone(&waiting),
        bell,
    };
    let inbox = Inbox {
        waiting,
        bell: heard,
    };
    (outlet, inbox)
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Outlet {
    waiting: Arc<Mutex<Waiting>>,
    bell: mpsc::Sender<()>,
}

/// The hearer's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    waiting: Arc<Mutex<Waiting>>,
    bell: mpsc::Receiver<()>,
}

/// Nobody hears any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deaf;

impl Outlet {
    /// # Errors
    /// When nobody hears any more.
    pub(crate) fn send(&self, event: PushEvent) -> Result<(), Deaf> {
        lock(&self.waiting).put(event);
        match self.bell.try_send(()) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(())) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(())) => Err(Deaf),
        }
    }

    /// Comes back when nobody hears any more.
    pub(crate) async fn closed(&self) {
        self.bell.closed().await;
    }
}

impl Inbox {
    /// The next that was said; `None` when nothing will be any more.
    pub(crate) async fn recv(&mut self) -> Option<PushEvent> {
        loop {
            if let Some(event) = lock(&self.waiting).take() {
                return Some(event);
            }
            self.bell.recv().await?;
        }
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a push is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum About {
    Orders,
    Figures,
    /// The account with the instrument as it was named.
    Position(String),
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<PushEvent>,
    /// How many were taken before the first of them.
    taken: usize,
    /// Which of all that came is the last about something; since the connection changed.
    last: HashMap<About, usize>,
}

impl Waiting {
    fn put(&mut self, event: PushEvent) {
        let PushEvent::Data(pushed) = &event else {
            self.last.clear();
            self.events.push_back(event);
            return;
        };
        let about = match pushed {
            Pushed::Orders => About::Orders,
            Pushed::Figures => About::Figures,
            Pushed::Position(account, told, _) => About::Position(format!("{account} {told:?}")),
        };
        let place = self
            .last
            .get(&about)
            .and_then(|at| at.checked_sub(self.taken));
        match place.and_then(|place| self.events.get_mut(place)) {
            Some(waiting) => {
                if !is_older(&event, waiting) {
                    *waiting = event;
                }
            }
            None => {
                self.last.insert(about, self.taken + self.events.len());
                self.events.push_back(event);
            }
        }
    }

    fn take(&mut self) -> Option<PushEvent> {
        let event = self.events.pop_front()?;
        self.taken += 1;
        if self.events.is_empty() {
            self.last.clear();
        }
        Some(event)
    }
}

/// Whether a position is from before another one that came earlier.
fn is_older(event: &PushEvent, waiting: &PushEvent) -> bool {
    let at = |event: &PushEvent| match event {
        PushEvent::Data(Pushed::Position(_, _, row)) => row.update_timestamp.instant(),
        _ => None,
    };
    at(event)
        .zip(at(waiting))
        .is_some_and(|(event, waiting)| event < waiting)
}
