//! Keeps one connection open: watches it, drops it when it is dead, opens a new one.
//!
//! A client of the wire library is never trusted to reconnect; it is thrown away whole and a new one
//! is made, with a pause that doubles from failure to failure.

use core::pin::pin;
use std::sync::Arc;

use broker_core::{SessionState, event::GapCause, model::Environment};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use super::{
    Link, Revival, accounts,
    condition::Condition,
    connect::{Connected, Dial, needs_a_person},
    shift::{STRANGE, Shift, beat, working},
};
use crate::{
    AccountFilter,
    error::{Meaning, meaning},
    orders::Blotter,
    portfolio::Money,
};

/// What the parts of a session tell their supervisor.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Something unknown was told: the lists have to be read.
    Strange(&'static str),
    /// A command was not answered: only the lists tell what became of it.
    Unanswered,
    /// TWS does not answer what it was asked about orders.
    Mute,
    /// Order messages were lost because they were not read fast enough.
    Lagged(String),
    /// The stream of orders ended.
    StreamEnded,
}

/// Why a connection is no longer served.
pub(super) enum End {
    /// It was lost.
    Lost(GapCause),
    /// It was closed by the caller.
    Closed,
}

/// What stands on a connection for orders.
#[derive(Clone)]
pub(crate) struct Floor {
    pub(crate) blotter: Arc<Blotter>,
    pub(crate) money: Arc<Money>,
}

/// The keeper of one connection.
pub(crate) struct Supervisor {
    pub(crate) link: Arc<Link>,
    pub(crate) dial: Dial,
    pub(crate) accounts: AccountFilter,
    pub(crate) environment: Environment,
    /// `None` for a connection for market data only.
    pub(crate) floor: Option<Floor>,
    /// `None` when nobody may restart the gateway.
    pub(crate) revival: Option<Arc<Revival>>,
    pub(crate) signals: mpsc::UnboundedReceiver<Signal>,
    pub(crate) closing: watch::Receiver<bool>,
}

impl Supervisor {
    /// Serves the first connection, and every later one, until the session is closed.
    pub(crate) async fn run(mut self, first: Connected) {
        let mut connected = Some(first);
        loop {
            let connection = match connected.take() {
                Some(connection) => connection,
                None => match self.open_again().await {
                    Some(connection) => connection,
                    None => break,
                },
            };
            let mut condition = Condition::default();
            let revival = self.revival.clone();
            let serving = revival.as_deref().map(Revival::serving);
            let end = self.serve(connection, &mut condition).await;
            drop(serving);
            let closed = matches!(end, End::Closed);
            match end {
                End::Closed => {}
                End::Lost(cause) => {
                    if self.floor.is_some() {
                        self.link
                            .desk()
                            .ledgers()
                            .iter()
                            .for_each(|ledger| ledger.gap(cause.clone()));
                    }
                    // Within a reset by plan, or after TWS has said that its link is gone, this is
                    // the end of a known story.
                    let state = if condition.is_link_lost() {
                        condition.state(self.link.now())
                    } else {
                        SessionState::Connecting
                    };
                    self.link.announce(&state);
                }
            }
            // Whoever finds no client has to find the state that says why.
            let client = self.link.remove();
            if let Some(floor) = &self.floor {
                floor.blotter.lose();
            }
            if let Some(client) = client {
                // Its own deadline: a client that does not let go is left behind.
                let _late =
                    tokio::time::timeout(self.dial.deadlines.close, client.disconnect()).await;
            }
            if closed {
                break;
            }
        }
        self.link.announce(&SessionState::Closed);
    }

    /// Tries until a connection is there; `None` when the session is closed meanwhile.
    async fn open_again(&mut self) -> Option<Connected> {
        let mut pause = self.dial.deadlines.reconnect_after;
        let down_since = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return None,
                () = tokio::time::sleep(pause) => {}
            }
            let attempt = tokio::select! {
                biased;
                () = closed(&mut self.closing) => return None,
                attempt = self.dial.connect() => attempt,
            };
            let attempt = attempt.and_then(|connected| {
                let names = connected.client.handshake_managed_accounts();
                accounts::admit(names, &self.accounts, self.environment)?;
                Ok(connected)
            });
            match attempt {
                Ok(connected) => return Some(connected),
                Err(error) => {
                    tracing::warn!(%error, ?pause, "the connection to TWS could not be opened again");
                    if needs_a_person(&error) {
                        let instructions = error.message().into();
                        self.link
                            .announce(&SessionState::AuthRequired { instructions });
                    }
                    if let Some(revival) = &self.revival {
                        let considered =
                            revival.consider(&error, down_since.elapsed(), &self.dial.deadlines);
                        tokio::select! {
                            biased;
                            () = closed(&mut self.closing) => return None,
                            _restarted = considered => {}
                        }
                    }
                }
            }
            pause = (pause * 2).min(self.dial.deadlines.reconnect_at_most);
        }
    }

    async fn serve(&mut self, connected: Connected, condition: &mut Condition) -> End {
        let Connected {
            client,
            mut notices,
        } = connected;
        // What is left over is about the connection before this one.
        while self.signals.try_recv().is_ok() {}
        let mut shift = Shift {
            link: Arc::clone(&self.link),
            floor: self.floor.clone(),
            client: Arc::clone(&client),
            tasks: JoinSet::new(),
            work: None,
            resync_at: Some(Instant::now()),
            refresh_at: Instant::now() + self.dial.deadlines.foreign_orders,
            strange: STRANGE,
            patience: self.dial.deadlines.reconnect_after,
            at_most: self.dial.deadlines.reconnect_at_most,
            foreign: self.dial.deadlines.foreign_orders,
            ready: false,
            stream_ended: None,
            busts: 0,
        };
        if !shift.begin().await {
            return End::Lost(GapCause::Disconnected);
        }
        let (every, within) = (
            self.dial.deadlines.heartbeat_every,
            self.dial.deadlines.heartbeat,
        );
        let mut heart = pin!(beat(Arc::clone(&self.link), every, within));
        loop {
            shift.start_work();
            let due = shift.next_due();
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return End::Closed,
                notice = notices.next() => {
                    let Some(notice) = notice else { return End::Lost(GapCause::Disconnected) };
                    self.link.note_sign();
                    if meaning(notice.code, &notice.message) == Meaning::Pacing {
                        self.link.pacer().complain();
                    }
                    let demand = condition.take(notice.code, &notice.message);
                    if let Some(end) = shift.meet(demand, condition, &notice.message) {
                        return end;
                    }
                }
                Some(signal) = self.signals.recv() => {
                    if let Some(end) = shift.heed(signal, condition).await {
                        return end;
                    }
                }
                done = working(&mut shift.work) => shift.finish(done, condition),
                () = &mut heart => {
                    tracing::warn!("TWS gives no sign of life");
                    return End::Lost(GapCause::Disconnected);
                }
                () = tokio::time::sleep_until(due) => {}
            }
        }
    }
}

/// Comes back when the session is to be closed. A session that nobody holds any more is closed, too.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _gone = closing.wait_for(|closing| *closing).await.map(|_| ());
}
