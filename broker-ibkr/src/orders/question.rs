//! Questions about orders, which TWS answers without saying which question it answers.

use core::future::Future;
use std::{pin::pin, sync::Arc};

use broker_core::{Error, ErrorKind, Result};
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    time::Instant,
};

use super::listing::read_only;
use crate::{
    error::from_ibapi,
    pacing::Urgency,
    session::{Link, Signal},
};

/// Asks for lists of orders.
#[derive(Clone)]
pub(super) struct Inquiry {
    link: Arc<Link>,
    one_at_a_time: Arc<Mutex<()>>,
    read_only: watch::Sender<bool>,
    signals: mpsc::UnboundedSender<Signal>,
}

impl Inquiry {
    pub(super) fn new(
        link: Arc<Link>,
        read_only: watch::Sender<bool>,
        signals: mpsc::UnboundedSender<Signal>,
    ) -> Self {
        Self {
            link,
            one_at_a_time: Arc::default(),
            read_only,
            signals,
        }
    }

    /// Comes back when TWS has said that it is in read-only mode.
    async fn refused(&self) {
        let mut mode = self.read_only.subscribe();
        let _said = mode.wait_for(|read_only| *read_only).await;
    }

    fn is_mute(&self) {
        // Without a supervisor there is no connection to open anew.
        let _closed = self.signals.send(Signal::Mute);
    }

    /// Asks for a list of orders, one question at a time.
    ///
    /// The end of a list names no question (protocol notes, section 2.4): the end of an old answer,
    /// taken for that of a new one, would make half a list look whole. So the next question waits
    /// until this one is answered, also when nobody waits for the answer any more; and where none
    /// comes in time, the connection has to be opened anew before a list can be believed again.
    ///
    /// # Errors
    /// What asking can fail with, `Timeout` when TWS does not answer in time, and `PermissionDenied`
    /// when it says meanwhile that it is in read-only mode: then it never answers.
    pub(super) async fn ask<T, F, Fut>(&self, operation: &'static str, ask: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, ibapi::Error>> + Send,
    {
        let until = Instant::now() + self.link.deadlines().request;
        let (answer, answered) = oneshot::channel();
        let inquiry = self.clone();
        tokio::spawn(async move {
            // An asker who has gone is told nothing.
            let tell =
                |what: Result<T>| drop(answer.send(what.map_err(|e| e.in_operation(operation))));
            let waiting = tokio::time::timeout_at(until, inquiry.one_at_a_time.lock());
            let Ok(_one_at_a_time) = waiting.await else {
                return tell(Err(silence()));
            };
            let permit = inquiry.link.permit(Urgency::Request, until).await;
            let client = match permit.and_then(|()| inquiry.link.client()) {
                Ok(client) => client,
                Err(error) => return tell(Err(error)),
            };
            let mut question = pin!(ask(client));
            tokio::select! {
                biased;
                said = &mut question => {
                    return tell(said.map_err(|error| from_ibapi(operation, &error)));
                }
                () = inquiry.refused() => return tell(Err(read_only())),
                () = tokio::time::sleep_until(until) => tell(Err(silence())),
            }
            // Its place is free when the answer has come or the connection has gone.
            loop {
                inquiry.is_mute();
                let patience = inquiry.link.deadlines().request;
                if tokio::time::timeout(patience, &mut question).await.is_ok() {
                    return;
                }
            }
        });
        let gone = |_| Err(Error::new(ErrorKind::Internal, "a question was dropped"));
        answered.await.unwrap_or_else(gone)
    }
}

fn silence() -> Error {
    Error::new(ErrorKind::Timeout, "TWS did not answer in time")
}
