//! Tiger Brokers: three weeks in the life of a token, in a few seconds.
//!
//! ```text
//! cargo run --example tiger_token_watch                      # a simulated Tiger of Hong Kong
//! cargo run --example tiger_token_watch -- --config-dir DIR  # watch your own token for a day
//! ```
//!
//! The licence of Hong Kong needs a token, which cannot be renewed once it has lapsed. It is renewed
//! twice a day. In the simulator Tiger is down for five days: renewals fail and are tried again after
//! ever longer pauses, of an hour at most, and the state says how much time is left. Every hour the
//! program asks what the account is worth; no question may be refused because of the token.

#![allow(clippy::print_stdout)]

use std::{error::Error, sync::Arc, time::Duration};

use broker_core::{Broker as _, Clock as _, ErrorKind, SystemClock, model::AccountSummary};
use broker_examples::{TigerLogin, TimeMachine, progress_bar, say};
use broker_sim::{
    fault::Fault,
    paper::TimeMode,
    tiger::{License, TigerServer},
};
use broker_tiger::{Deadlines, TigerBroker, TokenState};
use chrono::{DateTime, TimeDelta, Utc};
use indicatif::ProgressBar;
use tokio::{sync::watch, task::JoinSet};

const HOUR: Duration = Duration::from_secs(3600);
const DAYS: u32 = 21;
/// The hours in which Tiger goes down and comes back.
const DOWN: u32 = 8 * 24 + 3;
const UP: u32 = DOWN + 5 * 24;
/// Failures in a row that are told one by one.
const TOLD: u32 = 8;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    match TigerLogin::named()? {
        Some(folder) => watch_for_a_day(&TigerLogin::Real(folder)).await,
        None => live_through_three_weeks().await,
    }
}

async fn live_through_three_weeks() -> Result<(), Box<dyn Error>> {
    let world = TigerLogin::world(TimeMode::Step)?;
    let server = TigerServer::builder()
        .clock(world.shared_clock())
        .world(Arc::clone(&world))
        .license(License::Tbhk);
    let login = TigerLogin::simulated(server).await?;
    let server = login.server().ok_or("it is simulated")?;
    // An hour passes in a moment here: nothing shall be late because of that.
    let mut deadlines = Deadlines::default();
    (deadlines.connect, deadlines.request) = (3 * HOUR, 3 * HOUR);
    let config = login.settings()?.deadlines(deadlines).build()?;
    let broker = TigerBroker::builder(config)
        .without_push()
        .connect()
        .await?;
    let machine = TimeMachine::new(world);

    println!("a token of {}, renewed twice a day", login.name());
    let mut diary = Diary::new(&broker, server.world().now());
    let bar = progress_bar("three weeks", (DAYS * 24) as usize);
    say(&bar, &diary.day(server.world().now()));
    let mut questions = JoinSet::new();
    for hour in 1..=DAYS * 24 {
        if hour == DOWN {
            let down_ms = (UP - DOWN) * 3_600_000;
            server.inject(&Fault::Disconnect { down_ms })?;
            say(&bar, &diary.line("Tiger is down", server.world().now()));
        }
        if hour == UP {
            say(&bar, &diary.line("Tiger is back", server.world().now()));
        }
        let full = server.world().now() + TimeDelta::from_std(HOUR)?;
        loop {
            let now = server.world().now();
            if now >= full {
                break;
            }
            // While renewals fail, from one try to the next; never past the hour.
            let step = (diary.next_try().unwrap_or(full) - now).max(TimeDelta::seconds(1));
            let step = step.min(full - now);
            machine
                .advance(step.to_std()?, || broker.budget().sent)
                .await;
            diary.look(&bar, server.world().now());
        }
        let asker = Arc::clone(&broker);
        questions.spawn(async move { worth(&asker).await });
        while let Some(answer) = questions.try_join_next() {
            diary.answered(answer?);
        }
        if hour % 24 == 0 {
            say(&bar, &diary.day(server.world().now()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    machine.advance(HOUR, || broker.budget().sent).await;
    while let Some(answer) = questions.try_join_next() {
        diary.answered(answer?);
    }
    println!("{}", diary.sum());
    if diary.refused > 0 {
        return Err("a question was refused because of the token".into());
    }
    // The timers go on by themselves from here, so that closing can have its deadline.
    drop(machine);
    tokio::time::resume();
    broker.close().await?;
    Ok(())
}

async fn worth(broker: &TigerBroker) -> broker_core::Result<AccountSummary> {
    let account = broker.account_ids().swap_remove(0);
    let portfolio = broker.portfolio();
    let none = || broker_core::Error::unsupported("no portfolio service");
    portfolio.ok_or_else(none)?.summary(&account).await
}

async fn watch_for_a_day(login: &TigerLogin) -> Result<(), Box<dyn Error>> {
    let broker = TigerBroker::builder(login.settings()?.build()?)
        .without_push()
        .connect()
        .await?;
    println!("the token of {}, for a day", login.name());
    let mut state = broker.token_state();
    let day = tokio::time::sleep(24 * HOUR);
    tokio::pin!(day);
    loop {
        let (now, token) = (SystemClock.now(), state.borrow_and_update().clone());
        println!("{}  {}", now.format("%d %H:%M"), words(&token, now));
        tokio::select! {
            () = &mut day => break,
            _ = state.changed() => {}
            () = tokio::time::sleep(HOUR) => {}
        }
    }
    Ok(broker.close().await?)
}

/// What has been told, and what came of the questions.
struct Diary {
    state: watch::Receiver<TokenState>,
    began: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    renewals: u32,
    failures: u32,
    answered: u32,
    unreachable: u32,
    refused: u32,
}

impl Diary {
    fn new(broker: &TigerBroker, began: DateTime<Utc>) -> Self {
        let state = broker.token_state();
        let expires_at = match &*state.borrow() {
            TokenState::Good { expires_at } => *expires_at,
            _ => None,
        };
        Self {
            state,
            began,
            expires_at,
            renewals: 0,
            failures: 0,
            answered: 0,
            unreachable: 0,
            refused: 0,
        }
    }

    /// When a renewal that failed is tried again.
    fn next_try(&self) -> Option<DateTime<Utc>> {
        match &*self.state.borrow() {
            TokenState::Failing { next_try_at, .. } => Some(*next_try_at),
            _ => None,
        }
    }

    /// Tells what has changed about the token.
    fn look(&mut self, bar: &ProgressBar, now: DateTime<Utc>) {
        if !self.state.has_changed().unwrap_or(false) {
            return;
        }
        let token = self.state.borrow_and_update().clone();
        match &token {
            TokenState::Good { expires_at } if *expires_at != self.expires_at => {
                self.renewals += 1;
                self.expires_at = *expires_at;
                if self.failures > 0 {
                    let line = format!("renewed at last, after {} failures", self.failures);
                    say(bar, &self.line(&line, now));
                    self.failures = 0;
                }
            }
            TokenState::Good { .. } | TokenState::NotNeeded => {}
            TokenState::Failing { failures, .. } => {
                self.failures = *failures;
                if *failures <= TOLD {
                    say(bar, &self.line(&words(&token, now), now));
                }
                if *failures == TOLD {
                    say(bar, &self.line("and so on, once an hour", now));
                }
            }
            other => say(bar, &self.line(&words(other, now), now)),
        }
    }

    fn answered(&mut self, answer: broker_core::Result<AccountSummary>) {
        match answer.map_err(|error| error.kind()) {
            Ok(_) => self.answered += 1,
            Err(ErrorKind::TokenExpired | ErrorKind::Authentication) => self.refused += 1,
            Err(_) => self.unreachable += 1,
        }
    }

    /// How long the token is good on a day, as a bar of one block per day.
    fn day(&self, now: DateTime<Utc>) -> String {
        let left = self.state.borrow().time_left(now).unwrap_or_default();
        let blocks = usize::try_from((left + TimeDelta::hours(12)).num_days()).unwrap_or(0);
        let day = (now - self.began).num_days();
        let renewals = self.renewals;
        let bar = "█".repeat(blocks);
        format!(
            "day {day:>2}  {bar:·<30}  good for {}, {renewals:>2} renewals",
            span(left)
        )
    }

    fn line(&self, what: &str, now: DateTime<Utc>) -> String {
        format!("        {}  {what}", now.format("%b %d %H:%M:%S"))
    }

    fn sum(&self) -> String {
        format!(
            "\n{} renewals; {} questions answered, {} while Tiger was down, {} refused because of the token",
            self.renewals, self.answered, self.unreachable, self.refused
        )
    }
}

fn words(token: &TokenState, now: DateTime<Utc>) -> String {
    match token {
        TokenState::NotNeeded => "this licence needs no token".into(),
        TokenState::Good { .. } => format!("good for {}", left(token, now)),
        TokenState::Failing {
            failures,
            next_try_at,
            ..
        } => format!(
            "could not be renewed ({failures}), again in {}, good for {}",
            span(*next_try_at - now),
            left(token, now)
        ),
        TokenState::AuthRequired { instructions } => instructions.clone(),
        other => format!("{other:?}"),
    }
}

fn left(token: &TokenState, now: DateTime<Utc>) -> String {
    token
        .time_left(now)
        .map_or_else(|| "an unknown time".into(), span)
}

/// A length of time in its two largest units.
fn span(length: TimeDelta) -> String {
    let (days, hours) = (length.num_days(), length.num_hours() % 24);
    let (minutes, seconds) = (length.num_minutes() % 60, length.num_seconds() % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds:02} s"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        _ => format!("{days} d {hours:02} h"),
    }
}
