//! A timeout that lies, a retry that sends again, a telemetry that embellishes.

use core::time::Duration;

use broker_core::{
    Acknowledgement, BrokerExt, Error, ErrorKind, Result, UnconfirmedCause, dec,
    model::ClientOrderId,
};

use super::{Seen, around, ensure};
use crate::{
    layer::{Command, Confirmation, Layer, Next, Outgoing, RetryReads, Telemetry, Timeout},
    test_support::{Step, Stub, buy, failure},
};

const SECOND: Duration = Duration::from_secs(1);

// ---- timeout ----------------------------------------------------------------------------------

/// Says of a command without an answer that it failed.
#[derive(Debug)]
struct TimeoutIsAnError;

impl Layer for TimeoutIsAnError {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let late = |_| Error::new(ErrorKind::Timeout, "no answer");
        let answer = tokio::time::timeout(SECOND, next.send(request)).await;
        answer.map_err(late)?
    }
}

async fn silence_is_no_proof(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    stub.then("submit", Step::Hang);
    let answer = broker.submit(&buy("a", 1, dec!(10))).await;
    let unconfirmed = matches!(answer, Ok(Acknowledgement::Unconfirmed { .. }));
    ensure(
        unconfirmed,
        "an order that may be at the broker was called absent",
    )
}

#[tokio::test(start_paused = true)]
async fn a_timeout_that_says_error_is_found_out() {
    silence_is_no_proof(Timeout::after(SECOND)).await.unwrap();
    silence_is_no_proof(TimeoutIsAnError).await.unwrap_err();
}

// ---- retry ------------------------------------------------------------------------------------

/// Sends an order that is not confirmed again. The request itself cannot be copied, so it takes
/// another identifier.
#[derive(Debug)]
struct RetriesSubmits;

impl Layer for RetriesSubmits {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let again = match request.command() {
            Command::Submit(order) => Some(order.clone()),
            _ => None,
        };
        let answer = next.send(request).await;
        let sure = match &answer {
            Ok(answer) => answer.each().iter().all(Acknowledgement::is_accepted),
            Err(_) => false,
        };
        if let Some(mut order) = again
            && !sure
        {
            order.client_order_id = ClientOrderId::generate();
            drop(next.broker().submit(&order).await);
        }
        answer
    }
}

async fn a_command_is_sent_once(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    let cause = UnconfirmedCause::Disconnected;
    stub.then("submit", Step::Unconfirmed(cause));
    drop(broker.submit(&buy("a", 1, dec!(10))).await);
    stub.then("submit", Step::Fail(failure(ErrorKind::Disconnected)));
    drop(broker.submit(&buy("b", 1, dec!(10))).await);
    ensure(stub.count("submit") == 2, "an order was sent again")
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_submits_is_found_out() {
    a_command_is_sent_once(RetryReads::default()).await.unwrap();
    a_command_is_sent_once(RetriesSubmits).await.unwrap_err();
}

// ---- telemetry --------------------------------------------------------------------------------

/// Tells the caller what it hopes for.
#[derive(Debug)]
struct Embellishes;

impl Layer for Embellishes {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let orders = request.command().answers();
        let answer = next.send(request).await;
        // A refusal may be a mistake.
        answer.or_else(|_| Ok(O::Answer::unconfirmed(orders, UnconfirmedCause::Timeout)))
    }
}

async fn what_was_answered_is_what_is_told(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    let refused = broker.submit(&buy("a", 1, dec!(10))).await;
    let kind = refused.err().map(|error| error.kind());
    ensure(kind == Some(ErrorKind::Rejected), "a refusal was not told")?;
    let cause = UnconfirmedCause::Timeout;
    stub.then("submit", Step::Unconfirmed(cause));
    let answer = broker.submit(&buy("b", 1, dec!(10))).await;
    let same = answer.is_ok_and(|answer| answer == Acknowledgement::unconfirmed(cause));
    ensure(same, "a doubt was not told")
}

#[tokio::test]
async fn a_telemetry_that_changes_answers_is_found_out() {
    what_was_answered_is_what_is_told(Telemetry::global())
        .await
        .unwrap();
    what_was_answered_is_what_is_told(Embellishes)
        .await
        .unwrap_err();
}
