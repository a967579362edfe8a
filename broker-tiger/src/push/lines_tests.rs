use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::{
    Error, ErrorKind,
    feed::FeedGap,
    model::{Currency, Instrument, Mic},
};

use super::{
    lines::{Lines, Step},
    message::{DataType, QuoteData},
    topic::{Feed, Listener, Market, Topic},
};

/// What listeners were told, in order.
type Told = Arc<Mutex<Vec<String>>>;

struct Ear(Told, &'static str);

impl Ear {
    fn say(&self, what: &str) {
        self.0.lock().unwrap().push(format!("{} {what}", self.1));
    }
}

impl Listener for Ear {
    fn take(&mut self, _: Market<'_>) {
        self.say("push");
    }
    fn lose(&mut self, gap: FeedGap) {
        self.say(&format!("{gap:?}"));
    }
    fn fail(&mut self, error: Error) {
        self.say(&format!("failed {}", error.kind()));
    }
}

fn topic(symbol: &str) -> Topic {
    Topic {
        feed: Feed::Quotes,
        instrument: Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        kind: DataType::Quote,
        symbol: symbol.to_owned(),
    }
}

fn push(lines: &Lines, symbol: &str) {
    let data = QuoteData::default();
    let (feed, name) = topic(symbol).key();
    lines.deliver(feed, &name, Market::Quote(&data));
    lines.settle();
}

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for a line; what is said upstream for it is answered by the caller.
fn asked(
    lines: &Arc<Lines>,
    symbol: &'static str,
    ear: Ear,
) -> tokio::task::JoinHandle<broker_core::Result<super::lines::LineGuard>> {
    let lines = Arc::clone(lines);
    tokio::spawn(async move { lines.open(topic(symbol), Box::new(ear), PATIENCE).await })
}

/// The next things to say, once there are some.
async fn steps(lines: &Lines) -> Vec<Step> {
    loop {
        let steps = lines.next_steps();
        if !steps.is_empty() {
            return steps;
        }
        tokio::time::timeout(PATIENCE, lines.changed())
            .await
            .unwrap();
    }
}

async fn step(lines: &Lines) -> Step {
    let mut steps = steps(lines).await;
    assert_eq!(steps.len(), 1, "{steps:?}");
    steps.remove(0)
}

fn drained(told: &Told) -> Vec<String> {
    core::mem::take(&mut told.lock().unwrap())
}

#[tokio::test]
async fn one_line_serves_many_and_goes_with_the_last() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let first = asked(&lines, "AAPL", Ear(told.clone(), "a"));
    let step = step(&lines).await;
    assert!(step.wanted);
    lines.answered(&step.ticket, Ok(()));
    let first = first.await.unwrap().unwrap();
    let second = asked(&lines, "AAPL", Ear(told.clone(), "b"))
        .await
        .unwrap()
        .unwrap();
    assert!(lines.next_steps().is_empty(), "there is a line already");
    push(&lines, "AAPL");
    assert_eq!(drained(&told), ["a push", "b push"]);
    drop(first);
    assert!(lines.next_steps().is_empty(), "one still listens");
    drop(second);
    let left = lines.next_steps();
    assert_eq!((left.len(), left[0].wanted), (1, false));
}

#[tokio::test]
async fn an_option_is_known_by_each_of_its_names() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let _open = asked(&lines, "AAPL 20250919 200.0 CALL", Ear(told.clone(), "a"));
    let step = step(&lines).await;
    lines.answered(&step.ticket, Ok(()));
    let by_name = super::push_tests::response("push_option_all");
    let (feed, name, data) = Market::of(by_name.body.as_ref().unwrap()).unwrap();
    lines.deliver(feed, &name, data);
    push(&lines, "AAPL250919C00200000");
    assert_eq!(drained(&told), ["a push", "a push"]);
}

#[tokio::test]
async fn a_refusal_is_the_callers_and_leaves_nothing() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let asking = asked(&lines, "NOSUCH", Ear(told.clone(), "a"));
    let step = step(&lines).await;
    let no = crate::error::line_refusal(
        "According to your user level, you can only subscribe to 20 symbols",
    );
    lines.answered(&step.ticket, Err(no));
    let error = asking.await.unwrap().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.broker_code(), Some("200"));
    assert!(lines.next_steps().is_empty(), "nothing to let go");
}

#[tokio::test]
async fn a_new_connection_asks_again_and_announces_the_gap_first() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let asking = asked(&lines, "AAPL", Ear(told.clone(), "a"));
    let before = step(&lines).await;
    lines.answered(&before.ticket, Ok(()));
    let _guard = asking.await.unwrap().unwrap();
    lines.disconnected("a cable");
    lines.connected();
    push(&lines, "AAPL");
    assert!(
        drained(&told).is_empty(),
        "a former line's push is nobody's"
    );
    let again = step(&lines).await;
    assert!(again.wanted);
    push(&lines, "AAPL");
    assert_eq!(drained(&told), ["a Reopened", "a push"]);
    // Lost once more before it was answered: a gap of its own.
    lines.disconnected("a cable");
    lines.connected();
    let third = step(&lines).await;
    lines.answered(
        &third.ticket,
        Err(Error::new(ErrorKind::PermissionDenied, "no")),
    );
    assert_eq!(drained(&told), ["a Reopened", "a failed permission_denied"]);
}

#[tokio::test]
async fn who_was_displaced_is_told_at_once_and_cannot_subscribe() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let asking = asked(&lines, "AAPL", Ear(told.clone(), "a"));
    let first = step(&lines).await;
    lines.answered(&first.ticket, Ok(()));
    let _guard = asking.await.unwrap().unwrap();
    let waiting = asked(&lines, "KO", Ear(told.clone(), "b"));
    let _unanswered = step(&lines).await;
    lines.displaced("[4001] kicked");
    assert_eq!(
        waiting.await.unwrap().err().unwrap().kind(),
        ErrorKind::SessionConflict
    );
    let refused = asked(&lines, "IBM", Ear(told.clone(), "c")).await.unwrap();
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::SessionConflict);
    assert_eq!(drained(&told), ["a BrokerLost(\"[4001] kicked\")"]);
    lines.connected();
    assert_eq!(
        steps(&lines).await.len(),
        1,
        "taken over: only what was open"
    );
    assert_eq!(drained(&told), ["a Reopened"]);
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_there_is_no_line() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let asking = asked(&lines, "AAPL", Ear(Told::default(), "a"));
    let asked_for = step(&lines).await;
    let error = asking.await.unwrap().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let left = lines.next_steps();
    assert_eq!((left.len(), left[0].wanted), (1, false), "it is let go");
    // The answer comes after all: it is another line's business now.
    let again = asked(&lines, "AAPL", Ear(Told::default(), "b"));
    let fresh = step(&lines).await;
    lines.answered(
        &asked_for.ticket,
        Err(Error::new(ErrorKind::Rejected, "no")),
    );
    lines.answered(&fresh.ticket, Ok(()));
    assert!(again.await.unwrap().is_ok());
    lines.disconnected("a cable");
    let late = asked(&lines, "KO", Ear(Told::default(), "c"))
        .await
        .unwrap();
    assert_eq!(late.err().unwrap().kind(), ErrorKind::Disconnected);
}

#[tokio::test]
async fn closing_ends_every_line() {
    let (lines, _opened) = Lines::new();
    lines.connected();
    let told = Told::default();
    let _asking = asked(&lines, "AAPL", Ear(told.clone(), "a"));
    let _step = step(&lines).await;
    lines.close();
    assert_eq!(drained(&told), ["a failed disconnected"]);
    let refused = asked(&lines, "AAPL", Ear(told, "b")).await.unwrap();
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::Disconnected);
}
