//! What is written about instruments, and the corners of TWS that have no prices: news, scanners,
//! the event calendar, company reports, display groups, settings.

mod calendar;
mod config;
mod display_groups;
mod fundamentals;
mod news;
mod scanner;

#[cfg(test)]
mod research_tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{client::ConnectionId, turn::Turn};
use crate::tws::message::{ConfigResponse, ScannerSubscription};

/// What is open here, and what TWS keeps for it.
#[derive(Debug, Default)]
pub(super) struct Research {
    /// Who hears bulletins.
    bulletin_readers: BTreeSet<ConnectionId>,
    bulletins: Vec<String>,
    scanners: BTreeMap<(ConnectionId, i32), ScannerSubscription>,
    scanning: bool,
    /// Who has asked for the calendar's metadata, without which there are no events.
    calendar_readers: BTreeSet<ConnectionId>,
    /// Which display group each request follows.
    group_readers: BTreeMap<(ConnectionId, i32), i32>,
    /// What each display group shows.
    groups: BTreeMap<i32, String>,
    config: Option<ConfigResponse>,
}

impl Turn<'_> {
    /// Ends what the client has open here.
    pub(super) fn close_research(&mut self) {
        let from = self.from;
        let room = &mut self.state.research;
        room.bulletin_readers.remove(&from);
        room.calendar_readers.remove(&from);
        room.scanners
            .retain(|(connection, _), _| *connection != from);
        room.group_readers
            .retain(|(connection, _), _| *connection != from);
    }
}
