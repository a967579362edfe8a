use core::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use std::sync::Arc;

use broker_core::{
    Clock, Error, ErrorKind, Result, SecretString, UnconfirmedCause, model::BrokerText,
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep_until};

use super::{
    Call, Data, Http,
    envelope::{self, Failure, Proving},
    method::Route,
    request::Caller,
};
use crate::{
    budget::{Budget, Use},
    config::{Deadlines, TigerConfig},
    convert::stamp,
    error::{self, Meaning},
    signing::Signer,
    token::{Token, TokenCell},
};

/// How often a question is asked at most.
const TRIES: u32 = 4;
/// The pause before asking again; doubled each time.
const PAUSE: Duration = Duration::from_millis(250);
/// The pause after being told that there were too many requests, which is the vendor's own advice;
/// doubled each time.
const LIMIT_PAUSE: Duration = Duration::from_secs(1);
/// How long a request waits for another token when its own is refused.
const TOKEN_PATIENCE: Duration = Duration::from_secs(3);

/// With which token a request is made.
#[derive(Debug, Clone)]
pub(crate) enum Login {
    /// The one that counts at the moment.
    Current,
    /// This one, whatever counts; for renewing and proving tokens.
    With(Arc<Token>),
}

/// What became of a command. `Err` instead of it is proof that nothing happened (promise P1).
#[derive(Debug, Clone)]
#[must_use]
pub(crate) enum Written {
    /// The broker has taken it.
    Done(Data),
    /// Nobody knows. It must not be sent again: look it up.
    Unconfirmed {
        /// Why it is not known.
        cause: UnconfirmedCause,
        /// The broker's words, if there were any.
        detail: Option<BrokerText>,
        /// What happened, for people.
        error: Error,
    },
}

/// The vendor's HTTP gateway; clones share connections, budget and token.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<Inner>);

struct Inner {
    http: Http,
    trade_url: String,
    quote_url: String,
    caller: Caller,
    signer: Arc<dyn Signer>,
    proving: Proving,
    token: TokenCell,
    budget: Arc<Budget>,
    clock: Arc<dyn Clock>,
    deadlines: Deadlines,
    /// By how many milliseconds the broker's clock was ahead of ours at its last answer.
    ahead: AtomicI64,
}

/// A difference of the clocks that people are told about, in milliseconds.
const NOTABLE: i64 = 60_000;

impl Gateway {
    pub(crate) fn new(
        config: &TigerConfig,
        http: Http,
        budget: Arc<Budget>,
        token: TokenCell,
    ) -> Self {
        Self(Arc::new(Inner {
            http,
            trade_url: config.server_url.clone(),
            quote_url: config.quote_server_url.clone(),
            caller: Caller {
                tiger_id: config.tiger_id.clone(),
                device_id: config.device_id.clone(),
                language: config.language,
                secret_key: config.secret_key.clone(),
            },
            signer: Arc::clone(&config.signer),
            proving: Proving {
                key: config.answer_key.clone(),
                policy: config.answer_policy,
            },
            token,
            budget,
            clock: Arc::clone(&config.clock),
            deadlines: config.deadlines,
            ahead: AtomicI64::new(0),
        }))
    }

    /// The beginning of a span of time by our clock as the broker is to be told it: earlier where our clock is
    /// ahead of the broker's. Otherwise what is there would be missed, and an order that is there would count
    /// as absent. With a clock that is behind, the span is longer than it need be, which harms nobody.
    pub(crate) fn begin_by_their_clock(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let ahead = self.0.ahead.load(Ordering::Relaxed).min(0);
        at.checked_add_signed(TimeDelta::milliseconds(ahead))
            .unwrap_or(at)
    }

    fn compare_clocks(&self, told_at: DateTime<Utc>) {
        let ahead = (told_at - self.0.clock.now()).num_milliseconds();
        let before = self.0.ahead.swap(ahead, Ordering::Relaxed);
        if ahead.abs() >= NOTABLE && before.abs() < NOTABLE {
            let seconds = ahead / 1_000;
            tracing::warn!(
                seconds,
                "Tiger's clock is ahead of this machine's by so many seconds"
            );
        }
    }

    /// The request budget.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.0.budget
    }

    /// Asks a question: again when it went astray or came too soon, signed anew each time, within the
    /// deadline of questions.
    ///
    /// # Errors
    /// What went wrong last. [`ErrorKind::InvalidRequest`] for a method that is a command.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Data> {
        let name = call.method.name;
        if !call.method.is_read() {
            let message = format!("`{name}` is a command and cannot be asked");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let until = Instant::now() + self.0.deadlines.request;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut used = None;
            let once = self.once(call, &Login::Current, until, until, &mut used);
            let failure = match once.await {
                Ok(data) => return Ok(data),
                Err(failure) => failure,
            };
            let doubled = 1 << (tries - 1).min(6);
            let pause = match &failure {
                Failure::Unsent(error) if !error.is_connection() => None,
                Failure::Unsent(_) | Failure::Unknown { .. } => Some(PAUSE * doubled),
                Failure::Refused { code, error } => {
                    let words = error.broker().map_or("", |words| &*words.text);
                    match error::meaning(*code, words) {
                        Meaning::RateLimited => Some(LIMIT_PAUSE * doubled),
                        // Whatever it was tried for before: a refused token is not sent twice.
                        Meaning::Token if self.another_token(used.as_deref(), until).await => {
                            Some(Duration::ZERO)
                        }
                        meaning if meaning.is_passing() => Some(PAUSE * doubled),
                        _ => None,
                    }
                }
            };
            let next = pause.map(|pause| Instant::now() + pause);
            match next.filter(|next| tries < TRIES && *next < until) {
                Some(next) => {
                    tracing::debug!(method = name, tries, "a question is asked again");
                    sleep_until(next).await;
                }
                None => return Err(failure.into_error()),
            }
        }
    }

    /// Sends a command once, whatever happens; twice only where the broker refused the token that it went
    /// with, and another one counts by then.
    ///
    /// # Errors
    /// Proof that it had no effect: it was not sent, or the broker said no.
    pub(crate) async fn command(&self, call: &Call) -> Result<Written> {
        self.command_with(call, &Login::Current).await
    }

    pub(crate) async fn command_with(&self, call: &Call, login: &Login) -> Result<Written> {
        let patience = self.0.deadlines.command;
        let until = Instant::now() + patience;
        let mut used = None;
        let mut told = self
            .once(call, login, until, until + patience, &mut used)
            .await;
        // The token is looked at before anything is done (protocol notes, section 3.1), so nothing has been.
        if let Err(failure) = &told
            && matches!(login, Login::Current)
            && failure.is_about_the_token()
            && self.another_token(used.as_deref(), until).await
            && Instant::now() < until
        {
            tracing::info!(
                method = call.method.name,
                "a command goes with another token"
            );
            told = self
                .once(call, login, until, until + patience, &mut None)
                .await;
        }
        match told {
            Ok(data) => Ok(Written::Done(data)),
            Err(Failure::Unsent(error) | Failure::Refused { error, .. }) => Err(error),
            Err(Failure::Unknown { cause, error }) => {
                tracing::warn!(method = call.method.name, %error, "the outcome of a command is not known");
                let detail = error.broker().cloned();
                Ok(Written::Unconfirmed {
                    cause,
                    detail,
                    error,
                })
            }
        }
    }

    /// Asks once, with this login. For proving a token: nothing is asked again.
    ///
    /// # Errors
    /// What went wrong.
    pub(crate) async fn ask_once(&self, call: &Call, login: &Login) -> Result<Data> {
        let until = Instant::now() + self.0.deadlines.request;
        let asked = self.once(call, login, until, until, &mut None).await;
        asked.map_err(Failure::into_error)
    }

    /// Asks once, to see whether there is an answer.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn ask_once_now(&self, call: &Call) -> Result<()> {
        self.ask_once(call, &Login::Current).await.map(|_| ())
    }

    /// Waits for the budget until `sent_by`, sends, and waits for the answer until `answered_by`; `used`
    /// becomes the token that it went with, which may be another one than before the wait.
    async fn once(
        &self,
        call: &Call,
        login: &Login,
        sent_by: Instant,
        answered_by: Instant,
        used: &mut Option<Arc<Token>>,
    ) -> core::result::Result<Data, Failure> {
        let inner = &*self.0;
        let wanted = Use::of(call.method, call.account.as_ref());
        // Held until the answer is here: the server counts a request somewhere in between.
        let place = inner.budget.place(&wanted, sent_by).await;
        let _place = place.map_err(Failure::Unsent)?;
        let token = match login {
            Login::Current => inner.token.current(),
            Login::With(token) => Some(Arc::clone(token)),
        };
        used.clone_from(&token);
        let stamp = stamp(inner.clock.now());
        let signed = inner.caller.sign(call, &stamp, &*inner.signer);
        let signed = signed.map_err(Failure::Unsent)?;
        let url = match call.method.route {
            Route::Trade => &inner.trade_url,
            Route::Quote => &inner.quote_url,
        };
        let secret: Option<&SecretString> = token.as_deref().map(Token::secret);
        let replied = inner.http.post(url, signed.body, secret, answered_by).await;
        let told =
            replied.and_then(|reply| envelope::read(&reply, call.method, &inner.proving, &stamp));
        // Errors name what the caller wanted, not what it was asked with.
        if let Err(failure) = &told {
            let error = failure.error();
            tracing::debug!(method = call.method.name, %error, "a request brought nothing");
        }
        if let Ok(data) = &told
            && let Some(told_at) = data.told_at()
        {
            self.compare_clocks(told_at);
        }
        if let Err(Failure::Refused { code, error }) = &told {
            let words = error.broker().map_or("", |words| &*words.text);
            match error::meaning(*code, words) {
                Meaning::RateLimited => inner.budget.complain(&wanted, error::stated_limit(words)),
                Meaning::Token if matches!(login, Login::Current) => {
                    inner.token.was_refused(token.as_deref());
                }
                _ => {}
            }
        }
        told
    }

    /// Whether another token counts now, or does soon and before `until`, than the one that was refused.
    async fn another_token(&self, used: Option<&Token>, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let patience = left.min(TOKEN_PATIENCE);
        self.0.token.differs_from(used, patience).await
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("trade_url", &self.0.trade_url)
            .field("quote_url", &self.0.quote_url)
            .finish_non_exhaustive()
    }
}
