use core::time::Duration;
use std::sync::Arc;

use broker_core::{Clock, Error, ErrorKind, Result, SecretString, TokenStore, async_trait};
use chrono::{DateTime, TimeDelta, Utc};
use rsa::rand_core::{OsRng, RngCore as _};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep_until},
};

use super::{Token, TokenCell, TokenRhythm, TokenState};

/// How long another program may take to renew the token.
const CLAIM_PATIENCE: Duration = Duration::from_secs(60);

/// What a person has to do about a token that the broker does not take any more.
const INSTRUCTIONS: &str = "Tiger does not take the token any more, and a token that has lapsed cannot \
     be renewed: create a new one in the developer console and put it into the token file \
     (tiger_openapi_token.properties); it is taken from there without a restart";

/// Who makes new tokens: the broker.
#[async_trait]
pub(crate) trait Issuer: Send + Sync + 'static {
    /// Asks for a new token in exchange for this one.
    async fn renew(&self, token: &Arc<Token>) -> Result<SecretString>;

    /// Makes a harmless request with a token; an error of the kind
    /// [`TokenExpired`](ErrorKind::TokenExpired) says that it is not taken.
    async fn prove(&self, token: &Arc<Token>) -> Result<()>;
}

/// Keeps the token alive.
pub(crate) struct Keeper {
    cell: TokenCell,
    store: Arc<dyn TokenStore>,
    issuer: Arc<dyn Issuer>,
    rhythm: TokenRhythm,
    clock: Arc<dyn Clock>,
    state: watch::Sender<TokenState>,
    /// One renewal at a time.
    flight: Mutex<Flight>,
}

#[derive(Debug)]
struct Flight {
    /// When the token began to count here.
    since: DateTime<Utc>,
    failures: u32,
    /// Not before.
    next: Option<Instant>,
    /// The token before an unproven one.
    fallback: Option<Arc<Token>>,
    /// The token counts here and could not be saved.
    unsaved: bool,
    /// The token that the broker has refused for good.
    dead: Option<Arc<Token>>,
}

impl Keeper {
    pub(crate) fn new(
        cell: TokenCell,
        store: Arc<dyn TokenStore>,
        issuer: Arc<dyn Issuer>,
        rhythm: TokenRhythm,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let expires_at = expiry(cell.current().as_deref());
        Arc::new(Self {
            flight: Mutex::new(Flight {
                since: clock.now(),
                failures: 0,
                next: None,
                fallback: None,
                unsaved: false,
                dead: None,
            }),
            cell,
            store,
            issuer,
            rhythm,
            clock,
            state: watch::Sender::new(TokenState::Good { expires_at }),
        })
    }

    /// How the token is, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<TokenState> {
        self.state.subscribe()
    }

    /// Looks after the token for ever.
    ///
    /// The wall clock decides whether it is due, and is read at least once in every look: a machine
    /// that slept, or a clock that was set, is noticed then.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let next = {
                let mut flight = self.flight.lock().await;
                self.look(&mut flight).await;
                let now = Instant::now();
                let look = now + self.rhythm.look;
                // One that is over was heeded just now.
                let next = flight.next.filter(|next| *next > now);
                next.map_or(look, |next| next.min(look))
            };
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.cell.refused() => self.after_refusal().await,
            }
        }
    }

    /// Renews the token now, whatever its age, unless another task or program has just done it.
    ///
    /// # Errors
    /// Why it could not be renewed; the old one still counts.
    pub(crate) async fn renew_now(&self) -> Result<()> {
        let before = self.cell.current();
        let mut flight = self.flight.lock().await;
        let now = self.cell.current();
        let done = match (&before, &now) {
            (Some(before), Some(now)) => !before.is_same(now),
            (None, now) => now.is_some(),
            (Some(_), None) => false,
        };
        if done {
            return Ok(());
        }
        self.renew(&mut flight, true).await
    }

    /// What is due: taking over what others renewed, saving, proving, renewing.
    async fn look(&self, flight: &mut Flight) {
        self.take_over(flight).await;
        let Some(token) = self.cell.current() else {
            return;
        };
        if flight.next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        if flight
            .dead
            .as_ref()
            .is_some_and(|dead| dead.is_same(&token))
        {
            return;
        }
        if flight.fallback.is_some() {
            self.prove_or_back_off(flight, &token).await;
        }
        if flight.unsaved {
            self.save(flight, &token).await;
        }
        if self.rhythm.is_due(&token, flight.since, self.clock.now()) {
            // The state tells what came of it.
            let _ = self.renew(flight, false).await;
        }
    }

    /// Takes a newer token from the store, which another program or a person has put there.
    async fn take_over(&self, flight: &mut Flight) {
        let stored = match self.store.load().await {
            Ok(Some(stored)) => Token::new(&stored),
            // A file that is gone or unreadable for a moment takes nothing away from us.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the stored token cannot be read");
                return;
            }
        };
        let current = self.cell.current();
        let dead = flight.dead.as_ref();
        let newer = match &current {
            None => true,
            Some(current) if stored.is_same(current) => false,
            // Whatever else is there is better than one that is refused.
            Some(current) if dead.is_some_and(|dead| dead.is_same(current)) => true,
            Some(current) => stored.is_newer(current),
        };
        if newer && stored.is_header_text() && !dead.is_some_and(|dead| dead.is_same(&stored)) {
            tracing::info!("the token was renewed by someone else");
            self.install(flight, Arc::new(stored));
            flight.fallback = None;
            flight.unsaved = false;
            self.succeeded(flight);
        }
    }

    /// A request was refused because of the token: perhaps someone else has renewed it, perhaps the one
    /// before still works, perhaps a person is needed.
    async fn after_refusal(&self) {
        let mut flight = self.flight.lock().await;
        let Some(token) = self.cell.current() else {
            return;
        };
        self.take_over(&mut flight).await;
        if self
            .cell
            .current()
            .is_some_and(|current| !current.is_same(&token))
        {
            return;
        }
        self.prove_or_back_off(&mut flight, &token).await;
    }

    async fn prove_or_back_off(&self, flight: &mut Flight, token: &Arc<Token>) {
        match self.prove(flight, token).await {
            // A dead token has been told already.
            Err(error) if error.kind() != ErrorKind::TokenExpired => self.failed(flight, &error),
            Ok(()) | Err(_) => {}
        }
    }

    /// Renews the token, alone in this process (`flight`) and among programs (the store's claim).
    async fn renew(&self, flight: &mut Flight, wanted: bool) -> Result<()> {
        match self.try_to_renew(flight, wanted).await {
            Ok(()) => {
                self.succeeded(flight);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::TokenExpired => {
                if let Some(token) = self.cell.current() {
                    self.is_dead(flight, token);
                }
                Err(error)
            }
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
        let due = self.rhythm.is_due(&token, flight.since, self.clock.now());
        if taken_over && (wanted || !due) {
            return Ok(());
        }
        let fresh = Token::new(&self.issuer.renew(&token).await?);
        self.check(&fresh, &token)?;
        let fresh = Arc::new(fresh);
        // First saved, because the broker may have revoked the old one and a crash must not lose the
        // new one; then used; the old one is kept until the new one is proven.
        flight.fallback = Some(token);
        self.save(flight, &fresh).await;
        self.install(flight, Arc::clone(&fresh));
        self.prove(flight, &fresh).await
    }

    /// Whether what the broker made can be a new token.
    fn check(&self, fresh: &Token, old: &Token) -> Result<()> {
        let wrong = |why| {
            Err(Error::new(
                ErrorKind::Protocol,
                format!("the new token {why}"),
            ))
        };
        if !fresh.is_header_text() {
            return wrong("is empty or has characters that no header may have");
        }
        match (fresh.life(), old.life()) {
            (Some(fresh), _) if fresh.expires_at <= self.clock.now() => wrong("has lapsed already"),
            (Some(fresh), Some(old)) if fresh.expires_at < old.expires_at => {
                wrong("lapses before the old one")
            }
            _ => Ok(()),
        }
    }

    /// Finds out whether a token is taken, and goes back to the one before when it is not.
    async fn prove(&self, flight: &mut Flight, token: &Arc<Token>) -> Result<()> {
        let refused = match self.issuer.prove(token).await {
            Ok(()) => {
                flight.fallback = None;
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::TokenExpired => error,
            Err(error) => {
                // Nothing is known; it is proven later.
                tracing::warn!(%error, "the token could not be proven");
                return Ok(());
            }
        };
        if let Some(old) = flight.fallback.take() {
            let works = self.issuer.prove(&old).await;
            if !works
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::TokenExpired)
            {
                self.save(flight, &old).await;
                self.install(flight, old);
                let message = "the new token is not taken; the old one is used further";
                return Err(Error::new(ErrorKind::Rejected, message).with_source(refused));
            }
        }
        self.is_dead(flight, Arc::clone(token));
        Err(refused)
    }

    fn install(&self, flight: &mut Flight, token: Arc<Token>) {
        flight.since = self.clock.now();
        flight.dead = None;
        self.cell.set(token);
    }

    async fn save(&self, flight: &mut Flight, token: &Token) {
        let saved = self.store.save(token.secret()).await;
        flight.unsaved = saved.is_err();
        if let Err(error) = saved {
            tracing::error!(%error, "the token could not be saved: a restart would begin with the old one");
        }
    }

    fn succeeded(&self, flight: &mut Flight) {
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

    fn failed(&self, flight: &mut Flight, error: &Error) {
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

    fn is_dead(&self, flight: &mut Flight, token: Arc<Token>) {
        tracing::error!("{INSTRUCTIONS}");
        flight.dead = Some(token);
        flight.fallback = None;
        flight.next = None;
        let instructions = INSTRUCTIONS.to_owned();
        self.state
            .send_replace(TokenState::AuthRequired { instructions });
    }
}

fn expiry(token: Option<&Token>) -> Option<DateTime<Utc>> {
    token.and_then(Token::life).map(|life| life.expires_at)
}

impl core::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Keeper")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}
