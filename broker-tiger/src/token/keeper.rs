use core::time::Duration;
use std::sync::Arc;

use broker_core::{Clock, ErrorKind, Result, SecretString, TokenStore, async_trait};
use chrono::{DateTime, Utc};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep_until},
};

use super::{Token, TokenCell, TokenRhythm, TokenState};

/// How long another program may take to renew the token.
pub(super) const CLAIM_PATIENCE: Duration = Duration::from_secs(60);

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
    pub(super) cell: TokenCell,
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) issuer: Arc<dyn Issuer>,
    pub(super) rhythm: TokenRhythm,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) state: watch::Sender<TokenState>,
    ended: watch::Sender<bool>,
    /// One renewal at a time.
    flight: Mutex<Flight>,
}

#[derive(Debug)]
pub(super) struct Flight {
    /// When the token began to count here.
    pub(super) since: Since,
    pub(super) failures: u32,
    /// It is not renewed before; one that is refused is not proven before.
    pub(super) next: Option<Instant>,
    /// The token before an unproven one.
    pub(super) fallback: Option<Arc<Token>>,
    /// The token counts here and could not be saved.
    pub(super) unsaved: bool,
    /// A token that the broker has refused: it is proven again with growing pauses while it counts, and
    /// never taken from the store.
    pub(super) dead: Option<Arc<Token>>,
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
                since: Since::now(&*clock),
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
            ended: watch::Sender::new(false),
        })
    }

    /// How the token is, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<TokenState> {
        self.state.subscribe()
    }

    /// Has [`run`](Self::run) come back; what is under way is brought to its end before.
    pub(crate) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Looks after the token until it is [ended](Self::end).
    ///
    /// The wall clock is read at least once in every look: a machine that slept, or a clock that was set,
    /// is noticed then.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut ended = self.ended.subscribe();
        while !*ended.borrow_and_update() {
            let next = {
                let mut flight = self.flight.lock().await;
                self.look(&mut flight).await;
                let now = Instant::now();
                let look = now + self.rhythm.look;
                // One that is over was heeded just now.
                let next = flight.next.filter(|next| *next > now);
                next.map_or(look, |next| next.min(look))
            };
            // Nothing is dropped half-way: between the making of a token and its saving, that loses it.
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.cell.refused() => self.after_refusal().await,
                _ = ended.changed() => {}
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
        let rests = flight.next.is_some_and(|next| Instant::now() < next);
        if flight.is_dead(&token) {
            if !rests {
                self.doubt(flight, &token).await;
            }
            return;
        }
        // The rest between two renewals is none of these: a crash now would lose the token.
        if flight.unsaved {
            self.save(flight, &token).await;
        }
        if flight.fallback.is_some() {
            self.doubt(flight, &token).await;
        }
        let counts = self.cell.current();
        let still = counts.is_some_and(|counts| counts.is_same(&token));
        if still && !rests && !flight.is_dead(&token) && self.is_due(flight, &token) {
            // Watchers of logs know these words: what a developer's token is for are all of the accounts.
            tracing::info!("Starting scheduled token refresh for all accounts…");
            // The state tells what came of it.
            let _ = self.renew(flight, false).await;
        }
    }

    pub(super) fn is_due(&self, flight: &Flight, token: &Token) -> bool {
        let counted = flight.since.instant.elapsed();
        let now = self.clock.now();
        self.rhythm.is_due(token, flight.since.wall, counted, now)
    }

    /// Takes a newer token from the store, which another program or a person has put there.
    pub(super) async fn take_over(&self, flight: &mut Flight) {
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
        let newer = match &current {
            None => true,
            Some(current) if stored.is_same(current) => false,
            // Whatever else is there is better than one that is refused.
            Some(current) if flight.is_dead(current) => true,
            Some(current) => stored.is_newer(current),
        };
        if newer && stored.is_header_text() && !flight.is_dead(&stored) {
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
        let rests = flight.next.is_some_and(|next| Instant::now() < next);
        if self.counts(&token) && !(rests && flight.is_dead(&token)) {
            self.doubt(&mut flight, &token).await;
        }
    }

    pub(super) fn counts(&self, token: &Token) -> bool {
        self.cell
            .current()
            .is_some_and(|current| current.is_same(token))
    }

    /// Finds out whether the token that counts is taken, and has the state say what came of it.
    async fn doubt(&self, flight: &mut Flight, token: &Arc<Token>) {
        match self.issuer.prove(token).await {
            Ok(()) => return self.is_proven(flight, token),
            Err(error) if error.kind() == ErrorKind::TokenExpired => {}
            Err(error) => return self.stays_unknown(flight, token, &error),
        }
        // Another program may have its successor and not have saved it yet.
        let claim = self.store.claim(CLAIM_PATIENCE).await;
        if let Err(error) = &claim {
            tracing::warn!(%error, "the stored token could not be claimed");
        }
        self.take_over(flight).await;
        if !self.counts(token) {
            return;
        }
        match self.settle(flight, token).await {
            // A dead token has been told already.
            Err(error) if error.kind() != ErrorKind::TokenExpired => self.failed(flight, &error),
            Ok(()) | Err(_) => {}
        }
    }

    pub(super) fn install(&self, flight: &mut Flight, token: Arc<Token>) {
        flight.since = Since::now(&*self.clock);
        flight.dead = None;
        self.cell.set(token);
    }

    pub(super) async fn save(&self, flight: &mut Flight, token: &Token) {
        let saved = self.store.save(token.secret()).await;
        flight.unsaved = saved.is_err();
        if let Err(error) = saved {
            tracing::error!(%error, "the token could not be saved: a restart would begin with the old one");
        }
    }
}

impl Flight {
    /// Whether this is a token that the broker has refused.
    pub(super) fn is_dead(&self, token: &Token) -> bool {
        self.dead.as_ref().is_some_and(|dead| dead.is_same(token))
    }
}

/// An instant by both clocks: the wall clock may be wrong, and the other one stands still while the
/// machine sleeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    wall: DateTime<Utc>,
    instant: Instant,
}

impl Since {
    fn now(clock: &dyn Clock) -> Self {
        Self {
            wall: clock.now(),
            instant: Instant::now(),
        }
    }
}

pub(super) fn expiry(token: Option<&Token>) -> Option<DateTime<Utc>> {
    token.and_then(Token::life).map(|life| life.expires_at)
}

impl core::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Keeper")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}
