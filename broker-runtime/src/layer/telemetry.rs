use broker_core::{
    Acknowledgement, Broker, Error, Result,
    feed::FeedLine,
    model::{NewOrder, Subscription},
};
use core::fmt::Display;
use futures_util::future::BoxFuture;
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;
use tracing::{
    Instrument as _, Span,
    field::{Empty, display},
};

use super::{Answer, Ask, Command, Confirmation, Layer, Next, Outgoing, Query};
use crate::measure;

/// A span and, with the feature `metrics`, a count and a latency for every call.
///
/// Fields of an order have their FIX names in snake case: `cl_ord_id` (11), `account` (1), `symbol`
/// (55), `side` (54), `ord_type` (40), `order_qty` (38), `time_in_force` (59), `order_id` (37). Prices
/// are left out: a log is read by more people than an account.
#[derive(Debug, Default)]
pub struct Telemetry {
    broker: OnceLock<String>,
}

impl Telemetry {
    /// Uses the program's own subscriber and recorder.
    #[must_use]
    pub fn global() -> Self {
        Self::default()
    }

    fn broker(&self) -> &str {
        self.broker.get().map_or("", String::as_str)
    }

    fn end<A>(
        &self,
        span: &Span,
        operation: &'static str,
        began: Instant,
        answer: &Result<A>,
        unconfirmed: bool,
    ) {
        let outcome = match answer {
            Ok(_) if unconfirmed => "unconfirmed",
            Ok(_) => "ok",
            Err(error) => error.kind().as_str(),
        };
        span.record("outcome", outcome);
        if let Err(error) = answer {
            note_error(span, error);
        } else if unconfirmed {
            tracing::warn!(parent: span, "it is not known whether the command arrived");
        }
        measure::call_ended(self.broker(), operation, outcome, began.elapsed());
    }
}

fn note_error(span: &Span, error: &Error) {
    if let Some(code) = error.broker_code() {
        span.record("broker_code", code);
    }
    tracing::info!(parent: span, %error, "refused or failed");
}

fn or_empty(value: Option<impl Display>) -> Option<tracing::field::DisplayValue<impl Display>> {
    value.map(display)
}

fn order_of(command: Command<'_>) -> Option<&NewOrder> {
    match command {
        Command::Submit(order) => Some(order),
        Command::SubmitList(_)
        | Command::Replace(_)
        | Command::Cancel(_)
        | Command::CancelAll(_)
        | Command::Exercise(_) => None,
    }
}

impl Layer for Telemetry {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        let _first = self.broker.set(below.id().to_string());
        Ok(())
    }

    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let command = request.command();
        let operation = command.operation();
        let order = order_of(command);
        let span = tracing::info_span!(
            "broker.command",
            broker = self.broker(),
            operation,
            account = %command.account(),
            cl_ord_id = or_empty(command.client_order_id()),
            symbol = or_empty(order.map(|order| &order.instrument)),
            side = order.map(|order| order.side.as_str()),
            ord_type = order.map(|order| order.order_type.kind().as_str()),
            order_qty = or_empty(order.and_then(NewOrder::quantity)),
            time_in_force = order.map(|order| order.time_in_force.kind().as_str()),
            order_id = Empty,
            outcome = Empty,
            broker_code = Empty,
        );
        let began = Instant::now();
        let answer = next.send(request).instrument(span.clone()).await;
        let acknowledgements = answer.as_ref().map_or(&[][..], Confirmation::each);
        let unconfirmed = acknowledgements.iter().any(|one| !one.is_accepted());
        if let [
            Acknowledgement::Accepted {
                broker_order_id: Some(id),
            },
        ] = acknowledgements
        {
            span.record("order_id", display(id));
        }
        self.end(&span, operation, began, &answer, unconfirmed);
        answer
    }

    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let operation = query.operation();
        let span = tracing::debug_span!(
            "broker.query",
            broker = self.broker(),
            operation,
            account = or_empty(query.account()),
            outcome = Empty,
            broker_code = Empty,
        );
        let began = Instant::now();
        let answer = ask.ask().instrument(span.clone()).await;
        self.end(&span, operation, began, &answer, false);
        answer
    }

    async fn open_line(
        &self,
        subscription: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let operation = Query::OpenLine(subscription).operation();
        let span = tracing::debug_span!(
            "broker.query",
            broker = self.broker(),
            operation,
            outcome = Empty,
            broker_code = Empty,
        );
        let began = Instant::now();
        let answer = open.instrument(span.clone()).await;
        self.end(&span, operation, began, &answer, false);
        answer
    }
}
