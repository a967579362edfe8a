//! Renewing and proving: what becomes of a token.

use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result};
use chrono::TimeDelta;
use rsa::rand_core::{OsRng, RngCore as _};
use tokio::time::{Duration, Instant};

use super::{
    Token, TokenRhythm, TokenState,
    keeper::{CLAIM_PATIENCE, Flight, Keeper, expiry},
};

/// What a person has to do about a token that the broker does not take any more.
const INSTRUCTIONS: &str = "Tiger does not take the token any more, and a token that has lapsed cannot \
     be renewed: create a new one in the developer console and put it into the token file \
     (tiger_openapi_token.properties); it is taken from there without a restart";

impl Keeper {
    /// Renews the token, alone in this process (`flight`) and among programs (the store's claim).
    pub(super) async fn renew(&self, flight: &mut Flight, wanted: bool) -> Result<()> {
        match self.try_to_renew(flight, wanted).await {
            Ok(()) => {
                self.succeeded(flight);
                Ok(())
            }
            // A dead token has been told already.
            Err(error) if error.kind() == ErrorKind::TokenExpired => Err(error),
            Err(error) => {
                self.failed(flight, &error);
                Err(error)
            }
        }
    }

    async fn try_to_renew(&self, flight: &mut Flight, wanted: bool) -> Result<()> {
        let _claim = self.store.claim(CLAIM_PATIENCE).await?;
        let before = self.cell.current();
        self.take_over(flight).await;
        let Some(token) = self.cell.current() else {
            let message = "there is no token to renew";
            return Err(Error::new(ErrorKind::Authentication, message));
        };
        let taken_over = before.is_none_or(|before| !before.is_same(&token));
        if taken_over && (wanted || !self.is_due(flight, &token)) {
            return Ok(());
        }
        let fresh = match self.issuer.renew(&token).await {
            Ok(fresh) => Token::new(&fresh),
            Err(refused) if refused.kind() == ErrorKind::TokenExpired => {
                // Programs that know no claim renew, too.
                self.take_over(flight).await;
                if !self.counts(&token) {
                    return Ok(());
                }
                self.settle(flight, &token).await?;
                let message = "the renewal was refused, but not the token; it is tried again";
                return Err(Error::new(ErrorKind::Rejected, message).with_source(refused));
            }
            Err(error) => return Err(error),
        };
        if !fresh.is_header_text() {
            let message = "the new token is empty or has characters that no header may have";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        self.wonder_at(&fresh, &token);
        let fresh = Arc::new(fresh);
        // First saved, because the broker may have revoked the old one and a crash must not lose the
        // new one; then used; the old one is kept until the new one is proven.
        flight.fallback = Some(token);
        self.save(flight, &fresh).await;
        self.install(flight, Arc::clone(&fresh));
        self.settle(flight, &fresh).await
    }

    /// What a new token says of itself and this machine's clock are no reason not to take it: the old one
    /// may be out of force already, and proving tells.
    fn wonder_at(&self, fresh: &Token, old: &Token) {
        let (Some(fresh), old) = (fresh.life(), old.life()) else {
            return;
        };
        if fresh.expires_at <= self.clock.now() {
            tracing::warn!(expires_at = %fresh.expires_at, "the new token has lapsed by this machine's clock: is it right?");
        }
        if old.is_some_and(|old| fresh.expires_at < old.expires_at) {
            tracing::warn!(expires_at = %fresh.expires_at, "the new token lapses before the old one");
        }
    }

    /// Finds out whether a token is taken, and goes back to the one before when that one is and this one
    /// is not. The store has to be claimed.
    ///
    /// # Errors
    /// [`TokenExpired`](ErrorKind::TokenExpired) when no token is taken, which has been told then;
    /// otherwise why a new token could not be kept, or is not known to be worse than the old one.
    pub(super) async fn settle(&self, flight: &mut Flight, token: &Arc<Token>) -> Result<()> {
        let refused = match self.issuer.prove(token).await {
            Ok(()) => {
                self.is_proven(flight, token);
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::TokenExpired => error,
            Err(error) => {
                // Nothing is known; it is proven later.
                tracing::warn!(%error, "the token could not be proven");
                return Ok(());
            }
        };
        if let Some(old) = flight.fallback.clone() {
            match self.issuer.prove(&old).await {
                Ok(()) => {
                    flight.fallback = None;
                    self.save(flight, &old).await;
                    self.install(flight, old);
                    flight.dead = Some(Arc::clone(token));
                    let message = "the new token is not taken; the old one is used further";
                    return Err(Error::new(ErrorKind::Rejected, message).with_source(refused));
                }
                Err(error) if error.kind() == ErrorKind::TokenExpired => {}
                // The new one stays: of the old one it is not known whether it is any better.
                Err(error) => return Err(error),
            }
        }
        self.is_refused(flight, Arc::clone(token));
        Err(refused)
    }

    pub(super) fn succeeded(&self, flight: &mut Flight) {
        flight.failures = 0;
        // Once renewed, it rests for a while even when the new one is due at once.
        let rest = self.rest();
        flight.next = Some(Instant::now() + rest);
        let expires_at = expiry(self.cell.current().as_deref());
        self.state.send_replace(TokenState::Good { expires_at });
    }

    /// The shortest time between two renewals: a quarter of a token's life, at most an hour.
    fn rest(&self) -> Duration {
        let life = self.cell.current().and_then(|token| token.life());
        let quarter = life.and_then(|life| (life.span() / 4).to_std().ok());
        let most = self
            .rhythm
            .every
            .unwrap_or(Duration::MAX)
            .min(Duration::from_secs(3600));
        quarter.unwrap_or(most).min(most)
    }

    pub(super) fn failed(&self, flight: &mut Flight, error: &Error) {
        flight.failures = flight.failures.saturating_add(1);
        let expires_at = expiry(self.cell.current().as_deref());
        let left = expires_at.map(|at| at - self.clock.now());
        let pause = TokenRhythm::pause(flight.failures, OsRng.next_u32() % 1001, left);
        flight.next = Some(Instant::now() + pause);
        let wait = TimeDelta::from_std(pause).unwrap_or(TimeDelta::zero());
        tracing::warn!(%error, failures = flight.failures, ?left, again_in = ?pause, "the token could not be renewed");
        self.state.send_replace(TokenState::Failing {
            expires_at,
            failures: flight.failures,
            next_try_at: self.clock.now() + wait,
            reason: error.to_string(),
        });
    }

    pub(super) fn is_proven(&self, flight: &mut Flight, token: &Token) {
        flight.fallback = None;
        if flight.is_dead(token) {
            tracing::info!("Tiger takes the token again");
            flight.dead = None;
            flight.failures = 0;
            flight.next = None;
            let expires_at = expiry(Some(token));
            self.state.send_replace(TokenState::Good { expires_at });
        }
    }

    /// Nobody knows whether the token is taken.
    pub(super) fn stays_unknown(&self, flight: &mut Flight, token: &Token, error: &Error) {
        if flight.is_dead(token) {
            // Until something else is known, a person is needed.
            self.rest_after_refusal(flight);
        } else {
            tracing::warn!(%error, "the token could not be proven");
        }
    }

    fn is_refused(&self, flight: &mut Flight, token: Arc<Token>) {
        if !flight.is_dead(&token) {
            tracing::error!("{INSTRUCTIONS}");
            flight.failures = 0;
        }
        flight.dead = Some(token);
        flight.fallback = None;
        self.rest_after_refusal(flight);
        let instructions = INSTRUCTIONS.to_owned();
        self.state
            .send_replace(TokenState::AuthRequired { instructions });
    }

    /// A refusal may be a mistake of the broker's, so that the token is proven again, but less and less.
    fn rest_after_refusal(&self, flight: &mut Flight) {
        flight.failures = flight.failures.saturating_add(1);
        let pause = TokenRhythm::pause(flight.failures, OsRng.next_u32() % 1001, None);
        flight.next = Some(Instant::now() + pause);
    }
}
