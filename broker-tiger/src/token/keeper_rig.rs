//! A keeper of a token, the office that renews it, and a clock that can jump.

use core::time::Duration;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use broker_core::{
    Clock, Error, ErrorKind, ExposeSecret as _, Result, SecretString, TokenStore, async_trait,
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep};

use super::{Issuer, Keeper, MemoryTokenStore, Token, TokenCell, TokenRhythm, TokenState};

pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// The wall clock beside tokio's, so that both go on together; it can jump.
#[derive(Debug, Clone)]
pub(super) struct JumpingClock {
    began: Instant,
    jump: Arc<Mutex<TimeDelta>>,
}

impl JumpingClock {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            jump: Arc::default(),
        }
    }

    pub(super) fn jump(&self, by: TimeDelta) {
        *self.jump.lock().unwrap() += by;
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> DateTime<Utc> {
        let start = DateTime::from_timestamp(1_755_052_200, 0).unwrap();
        start + TimeDelta::from_std(self.began.elapsed()).unwrap() + *self.jump.lock().unwrap()
    }
}

/// A broker that makes tokens.
#[derive(Debug, Clone)]
pub(super) struct Office(pub(super) Arc<Mutex<Desk>>);

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) clock: JumpingClock,
    pub(super) life: TimeDelta,
    pub(super) valid: HashSet<String>,
    pub(super) made: u32,
    pub(super) asked: u32,
    /// What happens to renewals.
    pub(super) trouble: Option<ErrorKind>,
    /// A renewal puts the tokens before it out of force.
    pub(super) revokes: bool,
    /// Renewals bring tokens that are not taken.
    pub(super) makes_duds: bool,
    pub(super) proving_fails: bool,
    /// Nobody hears whether this one is taken.
    pub(super) unheard: Option<String>,
    /// How often a token was proven.
    pub(super) proven: u32,
    pub(super) takes: Duration,
}

impl Office {
    pub(super) fn new(clock: &JumpingClock, life: TimeDelta) -> Self {
        Self(Arc::new(Mutex::new(Desk {
            clock: clock.clone(),
            life,
            valid: HashSet::new(),
            made: 0,
            asked: 0,
            trouble: None,
            revokes: false,
            makes_duds: false,
            proving_fails: false,
            unheard: None,
            proven: 0,
            takes: Duration::from_millis(50),
        })))
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub(super) fn make(&self) -> SecretString {
        self.with(|desk| {
            let now = desk.clock.now();
            let (from, until) = (now.timestamp_millis(), (now + desk.life).timestamp_millis());
            desk.made += 1;
            let token = BASE64.encode(format!("{from},{until}{}", desk.made));
            if desk.revokes {
                desk.valid.clear();
            }
            if !desk.makes_duds {
                desk.valid.insert(token.clone());
            }
            SecretString::from(token)
        })
    }

    pub(super) fn takes(&self, token: &Token) -> bool {
        self.with(|desk| {
            let lapsed = token
                .life()
                .is_some_and(|life| life.expires_at <= desk.clock.now());
            desk.valid.contains(token.secret().expose_secret()) && !lapsed
        })
    }
}

#[async_trait]
impl Issuer for Office {
    async fn renew(&self, token: &Arc<Token>) -> Result<SecretString> {
        let (trouble, takes) = self.with(|desk| {
            desk.asked += 1;
            (desk.trouble, desk.takes)
        });
        sleep(takes).await;
        if let Some(kind) = trouble {
            return Err(Error::new(kind, "trouble"));
        }
        if !self.takes(token) {
            return Err(Error::new(
                ErrorKind::TokenExpired,
                "user token expired invalid",
            ));
        }
        Ok(self.make())
    }

    async fn prove(&self, token: &Arc<Token>) -> Result<()> {
        let unheard = self.with(|desk| {
            desk.proven += 1;
            desk.proving_fails || desk.unheard.as_deref() == Some(token.secret().expose_secret())
        });
        if unheard {
            return Err(Error::new(ErrorKind::Disconnected, "trouble"));
        }
        if self.takes(token) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::TokenExpired, "user token invalid"))
    }
}

pub(super) struct Rig {
    pub(super) clock: JumpingClock,
    pub(super) office: Office,
    pub(super) store: MemoryTokenStore,
    pub(super) cell: TokenCell,
    pub(super) keeper: Arc<Keeper>,
}

impl Rig {
    pub(super) fn new(rhythm: TokenRhythm) -> Self {
        let clock = JumpingClock::new();
        let office = Office::new(&clock, TimeDelta::days(30));
        let store = MemoryTokenStore::with(office.make());
        Self::with(clock, office, store, rhythm)
    }

    pub(super) fn with(
        clock: JumpingClock,
        office: Office,
        store: MemoryTokenStore,
        rhythm: TokenRhythm,
    ) -> Self {
        let token = futures_of(&store);
        let cell = TokenCell::new(Some(Token::new(&token)));
        let keeper = Keeper::new(
            cell.clone(),
            Arc::new(store.clone()),
            Arc::new(office.clone()),
            rhythm,
            Arc::new(clock.clone()),
        );
        Self {
            clock,
            office,
            store,
            cell,
            keeper,
        }
    }

    pub(super) fn run(&self) {
        tokio::spawn(Arc::clone(&self.keeper).run());
    }

    pub(super) fn token(&self) -> Arc<Token> {
        self.cell.current().unwrap()
    }

    pub(super) fn works(&self) -> bool {
        self.office.takes(&self.token())
    }

    pub(super) fn state(&self) -> TokenState {
        self.keeper.state().borrow().clone()
    }
}

/// The stored token; a memory store never waits.
pub(super) fn futures_of(store: &MemoryTokenStore) -> SecretString {
    let mut load = store.load();
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match load.as_mut().poll(&mut context) {
        core::task::Poll::Ready(token) => token.unwrap().unwrap(),
        core::task::Poll::Pending => panic!("a memory store waits"),
    }
}
