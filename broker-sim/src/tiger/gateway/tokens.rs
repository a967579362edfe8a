use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Complaint, Habits};

/// The tokens of a licence that needs them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    issued: Vec<Token>,
    count: u64,
}

#[derive(Debug)]
struct Token {
    text: String,
    expires_at: DateTime<Utc>,
}

/// What is told about a fresh token.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) text: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

impl Tokens {
    /// Makes a token; those before it stay valid unless they are revoked.
    pub(super) fn issue(&mut self, habits: &Habits, now: DateTime<Utc>) -> Issued {
        self.count += 1;
        let expires_at = now + TimeDelta::seconds(i64::from(habits.token_life_s));
        let (generated, expires) = (now.timestamp_millis(), expires_at.timestamp_millis());
        let text = BASE64.encode(format!(
            "{generated:013},{expires:013}:simulated token {}",
            self.count
        ));
        if habits.refresh_revokes {
            self.issued.clear();
        }
        self.issued.push(Token {
            text: text.clone(),
            expires_at,
        });
        Issued {
            text,
            created_at: now,
            expires_at,
        }
    }

    /// The token that was made last.
    pub(super) fn newest(&self) -> Option<String> {
        self.issued.last().map(|token| token.text.clone())
    }

    /// Lets every token lapse.
    pub(super) fn expire_all(&mut self) {
        for token in &mut self.issued {
            token.expires_at = DateTime::<Utc>::MIN_UTC;
        }
    }

    /// Whether a request may be made with a token.
    pub(super) fn check(&self, token: Option<&str>, now: DateTime<Utc>) -> Result<(), Complaint> {
        let token = token
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Complaint::token("user token can not be empty"))?;
        let known = self.issued.iter().find(|known| known.text == token);
        let known = known.ok_or_else(|| Complaint::token("user token invalid"))?;
        if now >= known.expires_at {
            return Err(Complaint::token("user token expired invalid"));
        }
        Ok(())
    }
}
