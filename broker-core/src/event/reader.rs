use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, Utc};
use futures_core::stream::BoxStream;
use tokio::sync::broadcast::{Receiver, error::RecvError, error::TryRecvError};

use super::{Event, EventBody, Ledger, Position};
use crate::SessionState;

/// Reads the events of one account. Created by [`Ledger::subscribe`].
///
/// A reader never blocks the adapter and never loses an event without a
/// [`Gap`](EventBody::Gap): when it is too far behind, it is placed anew.
#[derive(Debug)]
pub struct EventReader {
    ledger: Arc<Ledger>,
    receiver: Receiver<Arc<Event>>,
    placed: VecDeque<Arc<Event>>,
    position: Position,
    /// When the last event came.
    received_at: DateTime<Utc>,
    ended: bool,
}

impl EventReader {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        let (receiver, placed) = ledger.place(None);
        let position = Position { epoch: 0, seq: 0 };
        let received_at = placed
            .first()
            .map_or(DateTime::UNIX_EPOCH, |event| event.received_at);
        Self {
            ledger,
            receiver,
            placed: placed.into(),
            position,
            received_at,
            ended: false,
        }
    }

    /// The next event; `None` after [`SessionState::Closed`].
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            if self.ended {
                return None;
            }
            if let Some(event) = self.placed.pop_front() {
                return Some(self.deliver(event));
            }
            match self.receiver.recv().await {
                Ok(event) if event.position > self.position => return Some(self.deliver(event)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.place_anew(),
                // The ledger holds a sender and the reader holds the ledger.
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// The next event if there is one now.
    pub fn try_next(&mut self) -> Option<Arc<Event>> {
        loop {
            if self.ended {
                return None;
            }
            if let Some(event) = self.placed.pop_front() {
                return Some(self.deliver(event));
            }
            match self.receiver.try_recv() {
                Ok(event) if event.position > self.position => return Some(self.deliver(event)),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => self.place_anew(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }

    /// The events as a stream.
    #[must_use]
    pub fn into_stream(self) -> BoxStream<'static, Arc<Event>> {
        Box::pin(futures_util::stream::unfold(
            self,
            |mut reader| async move {
                let event = reader.next().await?;
                Some((event, reader))
            },
        ))
    }

    fn place_anew(&mut self) {
        let (receiver, placed) = self.ledger.place(Some((self.position, self.received_at)));
        self.receiver = receiver;
        self.placed = placed.into();
    }

    fn deliver(&mut self, event: Arc<Event>) -> Arc<Event> {
        self.position = event.position;
        self.received_at = event.received_at;
        self.ended = matches!(
            event.body,
            EventBody::Session {
                session: SessionState::Closed
            }
        );
        event
    }
}
