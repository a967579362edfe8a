use core::{fmt, time::Duration};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use broker_core::{Clock, SystemClock};
use sha2::{Digest as _, Sha256};
use tokio::{sync::Semaphore, time::Instant};

use super::{
    Alarm, Alert, Cost, KeyError, KeyStore, LogAlarm, Patience, Ring, SecretHash,
    failures::{Failures, network},
    text,
};
use crate::Principal;

/// How long after it was used last a key that was found right is believed without hashing it again.
const BELIEVED: Duration = Duration::from_secs(60);
/// Most keys that are believed at a time.
const MOST: usize = 1_000;
/// Most keys that are hashed at a time: each takes the memory of its cost.
const HASHERS: usize = 2;

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody has such a key, or not any more.
    Unknown,
    /// The key was right, and its time is over.
    Expired,
    /// Too many wrong keys from there; what was given now was not looked at.
    Wait(Duration),
    /// The server cannot tell.
    Broken,
}

/// What a key that was found right is remembered by: a digest that nobody outside can compute.
type Mark = [u8; 32];

struct Believed {
    /// The keys when it was found right: whatever changes them ends the belief.
    ring: Arc<Ring>,
    principal: Arc<Principal>,
    until: Instant,
}

/// Tells who has a key.
pub struct Gate {
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    alarm: Arc<dyn Alarm>,
    failures: Failures,
    /// Mixed into every mark, so that marks of this program are of no use elsewhere.
    salt: [u8; 32],
    believed: Mutex<HashMap<Mark, Believed>>,
    hashers: Semaphore,
    cost: Cost,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate to which these keys are the keys.
    ///
    /// # Errors
    /// [`Random`](KeyError::Random).
    pub fn new(store: Arc<dyn KeyStore>) -> Result<Self, KeyError> {
        Ok(Self {
            store,
            clock: Arc::new(SystemClock),
            alarm: Arc::new(LogAlarm),
            failures: Failures::new(Patience::default()),
            salt: *text::random::<32>()?,
            believed: Mutex::default(),
            hashers: Semaphore::new(HASHERS),
            cost: Cost::default(),
        })
    }

    /// The same gate with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same gate; this is told when somebody tries keys.
    #[must_use]
    pub fn with_alarm(mut self, alarm: Arc<dyn Alarm>) -> Self {
        self.alarm = alarm;
        self
    }

    /// The same gate with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.failures = Failures::new(patience);
        self
    }

    /// The same gate; a prefix that nobody has takes as long to refuse as keys of this cost.
    #[must_use]
    pub const fn with_cost(mut self, cost: Cost) -> Self {
        self.cost = cost;
        self
    }

    /// Who is told when something is wrong.
    #[must_use]
    pub fn alarm(&self) -> &Arc<dyn Alarm> {
        &self.alarm
    }

    /// Whether there is any key that works.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        let now = self.clock.now();
        self.store.ring().keys().iter().any(|key| {
            let ends = key.principal.expires_at;
            key.revoked_at.is_none() && ends.is_none_or(|end| end > now)
        })
    }

    /// Whose key this is.
    ///
    /// A key that was found right and used within the last minute is looked up and not hashed again, unless
    /// any key has been changed since.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub async fn admit(&self, key: &str, peer: IpAddr) -> Result<Arc<Principal>, Refusal> {
        let ring = self.store.ring();
        let mark = self.mark(key);
        if let Some(principal) = self.recall(&mark, &ring) {
            return self.in_time(principal);
        }
        let read = text::read(key);
        let known = read
            .as_ref()
            .and_then(|(prefix, _)| ring.by_prefix(prefix).map(|_| (*prefix).to_owned()));
        let trier = (network(peer), known);
        self.patient(&trier)?;
        let permit = self.hashers.acquire().await;
        let _permit = permit.map_err(|_| Refusal::Broken)?;
        // Another request with this key may have been hashed while it waited.
        if let Some(principal) = self.recall(&mark, &ring) {
            return self.in_time(principal);
        }
        // Others of this peer may have failed while it waited.
        self.patient(&trier)?;
        let principal = match read {
            Some((prefix, secret)) => self.prove(prefix, secret, &ring).await?,
            None => None,
        };
        let Some(principal) = principal else {
            let (failures, wait) = self.failures.count(trier);
            tracing::info!(%peer, failures, "a wrong key");
            if let Some(wait) = wait {
                let peer = network(peer);
                self.alarm.raise(&Alert::WrongKeys {
                    peer,
                    failures,
                    wait,
                });
            }
            return Err(Refusal::Unknown);
        };
        self.failures.forgive(&trier);
        self.believe(mark, ring, Arc::clone(&principal));
        self.in_time(principal)
    }

    /// Somebody who was let in with a key of this prefix, as they may act now; nothing when they would not be
    /// let in with it any more. For streams and calls, which last. A secret that another one has replaced
    /// since ends them when its time is over.
    #[must_use]
    pub fn still_admits(&self, principal: &Principal, prefix: &str) -> Option<Arc<Principal>> {
        let now = self.clock.now();
        let ring = self.store.ring();
        let (key, secret) = ring.by_prefix(prefix)?;
        let mut known = key.principal.clone();
        let ends = [known.expires_at, secret.expires_at, principal.expires_at];
        known.expires_at = ends.into_iter().flatten().min();
        let lasts = known.expires_at.is_none_or(|end| end > now);
        let same = known.id == principal.id && key.revoked_at.is_none();
        (same && lasts).then(|| Arc::new(known))
    }

    fn patient(&self, trier: &(IpAddr, Option<String>)) -> Result<(), Refusal> {
        self.failures
            .wait(trier)
            .map_or(Ok(()), |wait| Err(Refusal::Wait(wait)))
    }

    fn in_time(&self, principal: Arc<Principal>) -> Result<Arc<Principal>, Refusal> {
        let ends = principal.expires_at;
        if ends.is_some_and(|end| end <= self.clock.now()) {
            return Err(Refusal::Expired);
        }
        Ok(principal)
    }

    fn mark(&self, key: &str) -> Mark {
        let mut digest = Sha256::new();
        digest.update(self.salt);
        digest.update(key.as_bytes());
        digest.finalize().into()
    }

    fn recall(&self, mark: &Mark, ring: &Arc<Ring>) -> Option<Arc<Principal>> {
        let now = Instant::now();
        let mut held = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        let believed = held.get_mut(mark)?;
        let holds = Arc::ptr_eq(&believed.ring, ring) && believed.until > now;
        holds.then(|| {
            believed.until = now + BELIEVED;
            Arc::clone(&believed.principal)
        })
    }

    fn believe(&self, mark: Mark, ring: Arc<Ring>, principal: Arc<Principal>) {
        let now = Instant::now();
        let mut held = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, one| one.until > now && Arc::ptr_eq(&one.ring, &ring));
        if held.len() < MOST {
            let until = now + BELIEVED;
            held.insert(
                mark,
                Believed {
                    ring,
                    principal,
                    until,
                },
            );
        }
    }

    /// The owner, when the secret is that of the prefix and the key was not taken away.
    async fn prove(
        &self,
        prefix: &str,
        secret: text::Secret,
        ring: &Ring,
    ) -> Result<Option<Arc<Principal>>, Refusal> {
        let found = ring.by_prefix(prefix);
        let hash = found.map(|(_, secret)| secret.hash.clone());
        let cost = self.cost;
        let right = tokio::task::spawn_blocking(move || match hash {
            Some(hash) => hash.is_of(&secret),
            None => {
                SecretHash::of_nobody(&secret, cost);
                false
            }
        });
        let right = right.await.map_err(|_| Refusal::Broken)?;
        let owner = found.filter(|(key, _)| right && key.revoked_at.is_none());
        Ok(owner.map(|(key, secret)| {
            let mut principal = key.principal.clone();
            let ends = [principal.expires_at, secret.expires_at];
            principal.expires_at = ends.into_iter().flatten().min();
            Arc::new(principal)
        }))
    }
}
