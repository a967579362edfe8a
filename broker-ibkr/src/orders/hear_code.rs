//! What TWS says about an order with a code: remarks, refusals, acknowledged cancels.

use broker_core::{
    ErrorKind,
    event::{Notice, Severity},
    model::ExecutionKind,
};

use super::{
    entry::{Entry, Outcome, Purpose, Waiting},
    register::{Key, Register, Said},
};
use crate::error::{Meaning, broker_text, meaning, refusal_kind};

impl Register {
    /// A code with a text about an order of this client.
    pub(crate) fn hear_notice(&mut self, client_id: i32, notice: &ibapi::Notice) -> Vec<Said> {
        let Some(order_id) = notice.request_id else {
            return Vec::new();
        };
        let (code, text) = (notice.code, notice.message.as_str());
        let Some(key) = self.find((client_id, order_id), 0, None) else {
            return Vec::new();
        };
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        let message = broker_text(code, text);
        let remark = |severity| {
            Said::Notice(
                entry.account.clone(),
                Notice {
                    severity,
                    message: message.clone(),
                    client_order_id: Some(entry.id.clone()),
                },
            )
        };
        let refused = Outcome::Refused {
            code,
            text: text.to_owned(),
        };
        let meaning = meaning(code, text);
        let command = refused_command(entry, code, meaning);
        match meaning {
            Meaning::Notice
            | Meaning::DataAdvisory
            | Meaning::Held
            | Meaning::LinkLost
            | Meaning::LinkBackWithoutData
            | Meaning::LinkBack
            | Meaning::PortChanged
            | Meaning::FarmBroken
            | Meaning::FarmOk
            | Meaning::FarmIdle
            | Meaning::SubscriptionLost
            | Meaning::CompetingSession
            | Meaning::NoData
            | Meaning::AlreadyGone => vec![remark(Severity::Warning)],
            Meaning::TradeBusted => vec![
                remark(Severity::Warning),
                Said::Strange("a trade was busted"),
            ],
            Meaning::CancelAcknowledged => {
                if entry.ended {
                    return Vec::new();
                }
                entry.live = true;
                entry.resolve(&Outcome::Accepted(entry.broker_order_id()), |what| {
                    *what == Waiting::Submit
                });
                entry.ends(true);
                entry.refused = None;
                let report = entry.report_with(ExecutionKind::Canceled, message);
                let said = vec![Said::Report(entry.account.clone(), report)];
                self.note_end(key);
                said
            }
            // A code that is not in the table proves nothing: whoever waits goes on waiting.
            Meaning::Other => vec![remark(Severity::Error)],
            _ if !is_of_command(meaning)
                && (entry.awaits(|what| *what == Waiting::Submit)
                    || (!entry.live && !entry.ended)) =>
            {
                self.refuse(key, code, text)
            }
            _ if command == Some(Command::Cancel)
                && entry.awaits(|what| *what == Waiting::Cancel) =>
            {
                entry.cancel_asked = false;
                entry.resolve(&refused, |what| *what == Waiting::Cancel);
                let report = entry.report_with(ExecutionKind::CancelRejected, message);
                let mut said = vec![Said::Report(entry.account.clone(), report)];
                if !entry.live {
                    // It has ended, or it never arrived: only the lists tell which.
                    said.push(Said::Strange("a cancel of an order that was never seen"));
                }
                said
            }
            // Also when nobody waits for it any more.
            _ if command == Some(Command::Change) && entry.change.is_some() => {
                entry.settle_change(&refused);
                let report = entry.report_with(ExecutionKind::ReplaceRejected, message);
                vec![Said::Report(entry.account.clone(), report)]
            }
            // A cancel for which nobody waits, of an order that was to go with its list or whose caller
            // gave up: it says nothing about the order, which the lists tell.
            _ if command == Some(Command::Cancel) && is_canceling(entry) => {
                entry.cancel_asked = false;
                let report = entry.report_with(ExecutionKind::CancelRejected, message);
                vec![
                    Said::Report(entry.account.clone(), report),
                    Said::Strange("a cancel was refused that nobody waited for"),
                ]
            }
            // Nobody waits: it explains what will come, or the lists tell.
            _ => {
                let said = vec![
                    remark(Severity::Error),
                    Said::Strange("an order was refused while it worked"),
                ];
                if !is_of_command(meaning) && !is_of_any(meaning) {
                    entry.refused = Some(message);
                }
                said
            }
        }
    }

    /// An order that never worked was refused.
    fn refuse(&mut self, key: Key, code: i32, text: &str) -> Vec<Said> {
        let Some(entry) = self.get_mut(key) else {
            return Vec::new();
        };
        let refused = Outcome::Refused {
            code,
            text: text.to_owned(),
        };
        let message = broker_text(code, text);
        entry.resolve(&refused, |_| true);
        let (account, purpose) = (entry.account.clone(), entry.purpose);
        entry.refused = Some(message.clone());
        entry.ended = true;
        let report = entry.report_with(ExecutionKind::Rejected, message);
        // What was refused for its time or its number may be sent again under its name.
        let again = matches!(
            refusal_kind(code, text),
            ErrorKind::RateLimited | ErrorKind::Duplicate
        );
        if purpose == Purpose::Exercise {
            let id = report.client_order_id.clone();
            self.remove(key);
            // Whoever waited has it as an error; nobody else would hear of it.
            let message = broker_text(code, text);
            let notice = Notice {
                severity: Severity::Error,
                message,
                client_order_id: Some(id),
            };
            return vec![Said::Notice(account, notice)];
        }
        if again {
            self.remove(key);
            return Vec::new();
        }
        self.note_end(key);
        vec![Said::Report(account, report)]
    }
}

/// Whether a code answers a change or a cancel: it does not say that there never was an order.
fn is_of_command(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::TooLateToChange | Meaning::CancelUnknown | Meaning::CancelTooLate
    )
}

/// Whether a code can answer any command, as TWS drops or forbids one without looking at it.
fn is_of_any(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Pacing | Meaning::ReadOnly | Meaning::Invalid
    )
}

/// A command about an order that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Change,
    Cancel,
}

/// Which command a refusal can be the answer to: TWS refuses a cancel with few codes, and with any
/// other one it refuses a change, or the order itself although that has worked.
fn refused_command(entry: &Entry, code: i32, meaning: Meaning) -> Option<Command> {
    let canceling = is_canceling(entry) || entry.awaits(|what| *what == Waiting::Cancel);
    match meaning {
        Meaning::CancelUnknown | Meaning::CancelTooLate => Some(Command::Cancel),
        // Its text says why.
        _ if code == 10_147 && canceling => Some(Command::Cancel),
        _ if !is_of_any(meaning) || !canceling => Some(Command::Change),
        // With both under way nobody knows which.
        _ => entry.change.is_none().then_some(Command::Cancel),
    }
}

/// Whether a cancel of an order that works has been asked for.
fn is_canceling(entry: &Entry) -> bool {
    entry.cancel_asked && entry.live && !entry.ended
}
