use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use broker_core::{BrokerExt, ErrorKind, UnconfirmedCause, dec};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::NoSubscriber,
};

use super::{Stack, Telemetry};
use crate::test_support::{Step, Stub, account, buy, failure};

/// Remembers the fields of every span.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

struct Fields<'a>(&'a mut BTreeMap<String, String>);
impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn core::fmt::Debug) {
        self.0.insert(
            field.name().to_owned(),
            format!("{value:?}").trim_matches('"').to_owned(),
        );
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("broker_runtime")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = BTreeMap::from([("".to_owned(), span.metadata().name().to_owned())]);
        span.record(&mut Fields(&mut fields));
        let mut spans = self.0.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        let index = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Fields(&mut self.0.lock().unwrap()[index]));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_command_is_a_span_with_the_names_of_fix() {
    let spans = Spans::default();
    // While there is one subscriber alone, a place in the code is off for good if a thread that has
    // none comes by first, as the threads of other tests do (tokio-rs/tracing#2874).
    let _second = Dispatch::new(NoSubscriber::new());
    let _here = tracing::subscriber::set_default(spans.clone());
    let stub = Stub::new();
    let broker = Stack::over(stub.dynamic())
        .layer(Telemetry::global())
        .unwrap()
        .build();
    let _ = broker.submit(&buy("a", 7, dec!(10))).await.unwrap();
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    broker.submit(&buy("b", 7, dec!(10))).await.unwrap_err();
    stub.then("cancel_all", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _ = broker.cancel_all(&account()).await.unwrap();
    let spans = spans.0.lock().unwrap().clone();
    let commands: Vec<_> = spans
        .iter()
        .filter(|span| span[""] == "broker.command")
        .collect();
    let expected = [
        ("broker", "stub"),
        ("operation", "submit"),
        ("account", "DU1"),
        ("cl_ord_id", "a"),
        ("symbol", "AAPL.XNAS"),
        ("side", "buy"),
        ("ord_type", "limit"),
        ("order_qty", "7"),
        ("time_in_force", "day"),
        ("outcome", "ok"),
    ];
    for (name, value) in expected {
        assert_eq!(
            commands[0].get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    // Prices are nobody's business in a log.
    assert!(!commands[0].values().any(|value| value.contains("10")));
    assert_eq!(commands[1]["outcome"], "rejected");
    assert_eq!(commands[2]["outcome"], "unconfirmed");
    assert_eq!(commands[2]["operation"], "cancel_all");
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn calls_are_counted_by_operation_and_outcome() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _here = metrics::set_default_local_recorder(&recorder);
    let stub = Stub::new();
    let broker = Stack::over(stub.dynamic())
        .layer(Telemetry::global())
        .unwrap()
        .build();
    for name in ["a", "b"] {
        let _ = broker.submit(&buy(name, 7, dec!(10))).await.unwrap();
    }
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    broker.submit(&buy("c", 7, dec!(10))).await.unwrap_err();
    let counted: BTreeMap<String, String> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == "broker_requests_total")
        .map(|(key, _, _, value)| {
            let labels: Vec<_> = key
                .key()
                .labels()
                .map(|label| label.value().to_owned())
                .collect();
            (labels.join(" "), format!("{value:?}"))
        })
        .collect();
    assert_eq!(counted["stub submit ok"], "Counter(2)");
    assert_eq!(counted["stub submit rejected"], "Counter(1)");
}
