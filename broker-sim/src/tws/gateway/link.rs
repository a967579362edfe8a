//! The link between TWS and the servers behind it: it can be lost while clients stay connected
//! (notices 1100 to 1102).
//!
//! Only the way back is cut. What clients order reaches the exchange; what is reported about orders
//! and accounts is told when the link is back, and what happens to prices meanwhile is not told at
//! all.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    ConnectionId,
    state::{Due, State},
};
use crate::exchange::{Exchange, Output};

/// What has become of market data subscriptions when the link is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relink {
    /// They go on (notice 1102).
    DataMaintained,
    /// They are gone: clients have to ask again (notice 1101).
    DataLost,
}

/// Whether the link is there, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Link {
    lost: bool,
    reports: Vec<Output>,
    dues: Vec<Due>,
}

const LOST: &str = "Connectivity between IBKR and Trader Workstation has been lost.";

impl Link {
    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Keeps what the exchange says until the link is back.
    pub(super) fn hold(&mut self, output: &Output) {
        match output {
            Output::Report { .. } | Output::Position { .. } | Output::Summary { .. } => {
                self.reports.push(output.clone());
            }
            Output::Market { .. } | Output::Print { .. } => {}
        }
    }

    /// Keeps an appointment that says something to clients until the link is back; gives back one
    /// that is about the gateway itself.
    pub(super) fn put_off(&mut self, due: Due) -> Option<Due> {
        let own = matches!(due, Due::Relink(_) | Due::Reopen | Due::Fault(_));
        if !self.lost || own {
            return Some(due);
        }
        self.dues.push(due);
        None
    }
}

impl State {
    /// Loses the link for a while; a link that is lost already is not lost again.
    pub(super) fn lose_link(&mut self, lasts: TimeDelta, back: Relink, exchange: &Exchange) {
        if std::mem::replace(&mut self.link.lost, true) {
            return;
        }
        let now = exchange.now();
        self.notice(1100, LOST, now);
        self.timers.add(now + lasts, Due::Relink(back));
    }

    /// Tells a client that comes in while the link is lost.
    pub(super) fn tell_of_link(&self, connection: ConnectionId, exchange: &Exchange) {
        let client = self.clients.get(&connection);
        if let Some(client) = client.filter(|_| self.link.lost) {
            client.error(-1, 1100, LOST, exchange.now().timestamp_millis());
        }
    }

    /// The link is back: what waited for it is told.
    pub(super) fn relink(&mut self, back: Relink, exchange: &mut Exchange) {
        self.link.lost = false;
        let restored = "Connectivity between IBKR and Trader Workstation has been restored";
        let (code, what) = match back {
            Relink::DataMaintained => (1102, "data maintained."),
            Relink::DataLost => (1101, "data lost."),
        };
        self.notice(code, &format!("{restored} - {what}"), exchange.now());
        for output in std::mem::take(&mut self.link.reports) {
            self.receive(&output, exchange);
        }
        if back == Relink::DataLost {
            let all: Vec<ConnectionId> = self.clients.keys().copied().collect();
            for connection in all {
                self.close_lines_of(connection, exchange);
                self.close_live_bars_of(connection, exchange);
            }
        }
        for due in std::mem::take(&mut self.link.dues) {
            self.play(due, exchange);
        }
        for listing in self.followed_listings() {
            self.on_market(listing, exchange);
        }
    }
}
