//! What TWS says about itself, as one session state.

use std::collections::BTreeMap;

use broker_core::SessionState;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::America::New_York;

use crate::error::{Meaning, meaning};

/// What works and what does not, as far as TWS has said.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    link_lost: bool,
    /// The farms that cannot be reached, by name, with what TWS said.
    farms: BTreeMap<String, String>,
    read_only: bool,
    /// What could not be read when the account was last read.
    unread: Option<String>,
}

/// What a notice asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Nothing.
    Nothing,
    /// The state may be another one.
    Announce,
    /// The account has to be read anew; events may have been lost.
    Resync,
    /// The same, and every market data line has to be opened again.
    ResyncAndReopen,
    /// A trade was busted: the executions have to be read anew.
    Executions,
    /// The connection is about to go away.
    Reconnect,
}

impl Condition {
    /// Takes a notice that belongs to no request.
    pub(crate) fn take(&mut self, code: i32, text: &str) -> Demand {
        // The wire library's own: its reconnect (−8), a lagging reader of orders or notices
        // (−6, −7).
        match code {
            -8 => return Demand::ResyncAndReopen,
            -7 => {
                // What is lost may have been that the link is back, without the data lines: what was
                // known is known no more, and whoever asks now finds out.
                self.link_is_back();
                return Demand::ResyncAndReopen;
            }
            -6 => return Demand::Resync,
            _ => {}
        }
        match meaning(code, text) {
            Meaning::LinkLost => {
                self.link_lost = true;
                Demand::Announce
            }
            Meaning::LinkBack => {
                self.link_is_back();
                Demand::Resync
            }
            Meaning::LinkBackWithoutData => {
                self.link_is_back();
                Demand::ResyncAndReopen
            }
            Meaning::PortChanged => Demand::Reconnect,
            Meaning::FarmBroken => {
                self.farms.insert(farm(text), text.to_owned());
                Demand::Announce
            }
            Meaning::FarmOk => {
                let changed = self.farms.remove(&farm(text)).is_some();
                // A farm that works proves the link.
                if std::mem::take(&mut self.link_lost) {
                    Demand::Resync
                } else if changed {
                    Demand::Announce
                } else {
                    Demand::Nothing
                }
            }
            Meaning::FarmIdle => {
                if self.farms.remove(&farm(text)).is_some() {
                    Demand::Announce
                } else {
                    Demand::Nothing
                }
            }
            Meaning::ReadOnly => {
                self.read_only = true;
                Demand::Announce
            }
            Meaning::TradeBusted => Demand::Executions,
            Meaning::Notice
            | Meaning::DataAdvisory
            | Meaning::DataPermission
            | Meaning::CompetingSession
            | Meaning::SubscriptionLost
            | Meaning::UnknownInstrument
            | Meaning::Invalid
            | Meaning::NoData
            | Meaning::AlreadyGone
            | Meaning::Pacing
            | Meaning::DuplicateId
            | Meaning::OrderRefused
            | Meaning::TooLateToChange
            | Meaning::Held
            | Meaning::CancelAcknowledged
            | Meaning::CancelUnknown
            | Meaning::CancelTooLate
            | Meaning::ClientIdInUse
            | Meaning::Other => Demand::Nothing,
        }
    }

    /// Farms that broke with the link are told again if they are still broken.
    fn link_is_back(&mut self) {
        self.link_lost = false;
        self.farms.clear();
    }

    /// Remembers what could not be read, until it could.
    pub(crate) fn set_unread(&mut self, unread: Option<String>) {
        self.unread = unread;
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether TWS has lost its link to the broker.
    pub(crate) fn is_link_lost(&self) -> bool {
        self.link_lost
    }

    /// The state, seen at an instant.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> SessionState {
        if self.link_lost {
            return SessionState::Maintenance {
                until: reset_ends(now),
            };
        }
        let mut reasons: Vec<&str> = self.farms.values().map(String::as_str).collect();
        if self.read_only {
            reasons.push(
                "TWS is in read-only mode and takes no orders: uncheck `Read-Only API` in its API settings",
            );
        }
        reasons.extend(self.unread.as_deref());
        if reasons.is_empty() {
            SessionState::Ready
        } else {
            SessionState::Degraded {
                reason: reasons.join("; ").into(),
            }
        }
    }
}

/// The farm's name, which TWS writes behind the last colon, or behind the sentence about one that
/// rests. There can be a dot in it, such as in `usfarm.nj`.
fn farm(text: &str) -> String {
    let (_, name) = text
        .rsplit_once(':')
        .or_else(|| text.split_once("upon demand."))
        .unwrap_or(("", text));
    name.trim().to_owned()
}

/// The end of the nightly reset that an instant falls into (protocol notes, section 3.3): 00:15 to
/// 01:45 in New York, which covers the servers of North America.
pub(crate) fn reset_ends(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&New_York);
    let begin = NaiveTime::from_hms_opt(0, 15, 0)?;
    let end = NaiveTime::from_hms_opt(1, 45, 0)?;
    if !(begin..end).contains(&local.time()) {
        return None;
    }
    let left: TimeDelta = end - local.time();
    now.checked_add_signed(left)
}
