use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What is on its way to one client: filled by a gateway, emptied by the connection's writer.
///
/// Writing to it never waits. A client that does not read fills it up to
/// [`LIMIT`](Self::LIMIT); then it is closed and the client dropped, so that nobody else waits.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    bell: Notify,
    /// Rings when something has been taken out, or nothing more will be.
    drained: Notify,
    /// Rings when what is being written need not be finished.
    scissors: Notify,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    closing: Option<Closing>,
}

/// Why nothing more goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// What is there is still sent, then the connection ends.
    AfterFlush,
    /// The connection ends at once.
    Now,
    /// The client does not read.
    Overflow,
}

impl Outbox {
    /// Bytes that may wait for a client.
    pub(crate) const LIMIT: usize = 32 * 1024 * 1024;

    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            bell: Notify::new(),
            drained: Notify::new(),
            scissors: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something be written behind what waits already; `None` when nothing more goes out.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut Vec<u8>) -> T) -> Option<T> {
        let mut state = self.lock();
        if state.closing.is_some() {
            return None;
        }
        let written = write(&mut state.buffer);
        if state.buffer.len() > Self::LIMIT {
            state.buffer = Vec::new();
            state.closing = Some(Closing::Overflow);
            self.drained.notify_waiters();
            self.scissors.notify_one();
        }
        drop(state);
        self.bell.notify_one();
        Some(written)
    }

    /// Puts bytes in as they are.
    pub(crate) fn send_raw(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.closing.is_none() {
            state.buffer.extend_from_slice(bytes);
        }
        drop(state);
        self.bell.notify_one();
    }

    /// Lets the connection end.
    pub(crate) fn close(&self, closing: Closing) {
        let mut state = self.lock();
        if state.closing.is_none() || closing == Closing::Now {
            state.closing = Some(closing);
        }
        if closing == Closing::Now {
            state.buffer = Vec::new();
            self.scissors.notify_one();
        }
        drop(state);
        self.bell.notify_one();
        self.drained.notify_waiters();
    }

    /// Whether the connection has been cut.
    #[cfg(feature = "tws")]
    pub(crate) fn is_cut(&self) -> bool {
        self.lock().closing == Some(Closing::Now)
    }

    /// Everything that waits.
    #[cfg(test)]
    pub(crate) fn take_all(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().buffer)
    }

    /// Resolves when the connection is to end at once, whatever is being written.
    pub(crate) async fn cut(&self) {
        self.scissors.notified().await;
    }

    /// Whether everything that was put in has been taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().buffer.is_empty()
    }

    /// Waits until fewer bytes than this wait for the client; `false` when the connection ends.
    #[cfg(feature = "tws")]
    pub(crate) async fn room(&self, below: usize) -> bool {
        loop {
            let drained = self.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            {
                let state = self.lock();
                if state.closing.is_some() {
                    return false;
                }
                if state.buffer.len() < below {
                    return true;
                }
            }
            drained.await;
        }
    }

    /// Waits for something to send and takes all of it, leaving `spare` to be filled next; `Err` when
    /// the connection is to end.
    pub(crate) async fn take(&self, spare: Vec<u8>) -> Result<Vec<u8>, Closing> {
        let mut spare = Some(spare);
        loop {
            {
                let mut state = self.lock();
                if !state.buffer.is_empty() {
                    let next = spare.take().unwrap_or_default();
                    self.drained.notify_waiters();
                    return Ok(std::mem::replace(&mut state.buffer, next));
                }
                if let Some(closing) = state.closing {
                    return Err(closing);
                }
            }
            self.bell.notified().await;
        }
    }
}
