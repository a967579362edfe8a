//! What works and what does not, as one session state.

use broker_core::SessionState;

use super::QuoteAccess;
use crate::TokenState;

/// What works and what does not.
#[derive(Debug, Default)]
pub(super) struct Condition {
    /// Whether Tiger's gateway answers.
    pub(super) reachable: bool,
    /// Whether the accounts have been read since the last gap.
    pub(super) read: bool,
    /// What could not be read when the accounts were last read.
    pub(super) unread: Option<String>,
    /// Why nothing is pushed.
    pub(super) push: Option<String>,
    /// What another push connection of the same developer was announced with.
    pub(super) displaced: Option<String>,
    /// What a person has to do.
    pub(super) auth: Option<String>,
    /// What is wrong with the token, which still counts.
    pub(super) token: Option<String>,
    /// Which quote permissions have been lost.
    pub(super) quotes: Option<String>,
}

impl Condition {
    /// Takes the state of the token; whether it counts again.
    pub(super) fn take_token(&mut self, state: &TokenState) -> bool {
        let was_dead = self.auth.is_some();
        self.token = None;
        match state {
            TokenState::NotNeeded => return false,
            TokenState::Good { .. } => self.auth = None,
            TokenState::Failing {
                expires_at, reason, ..
            } => {
                self.auth = None;
                let until =
                    expires_at.map_or_else(|| "an unknown time".to_owned(), |at| format!("{at}"));
                self.token = Some(format!(
                    "the token could not be renewed and is good until {until}: {reason}"
                ));
            }
            TokenState::AuthRequired { instructions } => {
                self.auth = Some(instructions.clone());
            }
        }
        was_dead && self.auth.is_none()
    }

    /// Takes whether this device may read quotes.
    pub(super) fn take_access(&mut self, access: &QuoteAccess) {
        self.quotes = match access {
            QuoteAccess::NotGrabbed | QuoteAccess::Held(_) => None,
            QuoteAccess::Lost { missing } => Some(format!(
                "another device has the quote permissions {}, or they have ended; \
                 `grab_quote_permission` takes them back",
                missing.join(", ")
            )),
        };
    }

    /// The state.
    pub(super) fn state(&self) -> SessionState {
        if let Some(instructions) = &self.auth {
            return SessionState::AuthRequired {
                instructions: instructions.as_str().into(),
            };
        }
        if let Some(by) = &self.displaced {
            return SessionState::Displaced {
                by: by.as_str().into(),
            };
        }
        if !self.reachable || !self.read {
            return SessionState::Connecting;
        }
        let reasons = [&self.unread, &self.push, &self.token, &self.quotes];
        let reasons: Vec<&str> = reasons.into_iter().flatten().map(String::as_str).collect();
        if reasons.is_empty() {
            SessionState::Ready
        } else {
            SessionState::Degraded {
                reason: reasons.join("; ").into(),
            }
        }
    }
}
