//! Answers that go on, as server-sent events: `progress` for what is new, then `result` or `error`.
//!
//! The operation is never kept waiting: what a slow reader has no room for is left out, and counted.
//! When the reader is gone, the operation is ended.

use core::{convert::Infallible, time::Duration};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
};
use broker_core::async_trait;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Shared, reply::failed};
use crate::{Call, Fault, FaultCode, operation::Effect, service::Progress};

/// Events that a slow reader may be behind.
const ROOM: usize = 64;
/// How often a reader hears that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Longest stream of one call, seconds; streams without an end begin again after it.
const LONGEST: u64 = 300;
/// A reader that has missed so many in a row does not read at all: nothing is kept open for it.
const GIVEN_UP: u64 = 256;
/// Rest between two calls of a stream without an end, so that one that ends at once does not spin.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether an operation's answer is wanted as events. Only those that report progress have any.
pub(super) fn is_wanted(headers: &HeaderMap, operation: &str) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    operation.starts_with("stream_")
        && accepts.is_some_and(|accepts| accepts.contains("text/event-stream"))
}

#[derive(Debug)]
enum Event {
    Progress(String),
    Last(&'static str, String),
}

#[derive(Debug)]
struct Listener {
    events: mpsc::Sender<Event>,
    missed: AtomicU64,
    cancel: CancellationToken,
}

#[async_trait]
impl Progress for Listener {
    async fn report(&self, done: u32, total: u32, message: String) {
        // It is JSON in one line by contract; anything else is given as text.
        let update: Value = serde_json::from_str(&message).unwrap_or(Value::String(message));
        let missed = self.missed.load(Ordering::Relaxed);
        let mut data = json!({ "done": done, "total": total, "update": update });
        if let (true, Some(object)) = (missed > 0, data.as_object_mut()) {
            object.insert("missed".to_owned(), Value::from(missed));
        }
        match self.events.try_send(Event::Progress(data.to_string())) {
            Ok(()) => {
                self.missed.fetch_sub(missed, Ordering::Relaxed);
            }
            Err(_) => {
                if self.missed.fetch_add(1, Ordering::Relaxed) >= GIVEN_UP {
                    tracing::info!("a stream was ended: nobody reads it");
                    self.cancel.cancel();
                }
            }
        }
    }
}

/// The events of one call.
pub(super) async fn once(
    rest: &Shared,
    call: Call,
    operation: &str,
    arguments: Map<String, Value>,
) -> Response {
    begin(rest, call, operation, arguments, false).await
}

/// The events of a call that is made again and again until the reader leaves.
pub(super) async fn forever(
    rest: &Shared,
    call: Call,
    operation: &str,
    mut arguments: Map<String, Value>,
) -> Response {
    arguments.insert("seconds".to_owned(), Value::from(LONGEST));
    begin(rest, call, operation, arguments, true).await
}

async fn begin(
    rest: &Shared,
    mut call: Call,
    operation: &str,
    arguments: Map<String, Value>,
    again: bool,
) -> Response {
    let known = rest.service.table.get(operation);
    let Some(known) = known.filter(|known| known.is_for(&call.principal)) else {
        let message = format!("there is no operation `{operation}`");
        return failed(Fault::new(FaultCode::NotFound, message));
    };
    if known.about.effect != Effect::Read {
        return failed(Fault::new(FaultCode::Unsupported, "this is not a stream"));
    }
    let name = known.about.name;
    let (events, mut readers) = mpsc::channel(ROOM);
    let listener = Listener {
        events: events.clone(),
        missed: AtomicU64::new(0),
        cancel: call.cancel.clone(),
    };
    call.progress = Arc::new(listener);
    let guard = call.cancel.clone().drop_guard();
    let rest = Arc::clone(rest);
    tokio::spawn(async move {
        loop {
            let answer = rest.service.call(&call, name, arguments.clone());
            let answer = tokio::select! {
                answer = answer => answer,
                () = call.cancel.cancelled() => return,
            };
            let event = match answer {
                Ok(_) if again => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Ok(answer) => Event::Last("result", answer.to_string()),
                Err(fault) => {
                    let fault = serde_json::to_string(&fault).unwrap_or_default();
                    Event::Last("error", fault)
                }
            };
            // There is room for it once the reader has read, or the reader is gone.
            let _gone = events.send(event).await;
            return;
        }
    });
    // A call that fails at once is answered with its status, as every other.
    let first = tokio::time::timeout(Duration::from_millis(50), readers.recv()).await;
    let first = match first {
        Ok(Some(Event::Last("error", fault))) => {
            return match serde_json::from_str::<Fault>(&fault) {
                Ok(fault) => failed(fault),
                Err(_) => failed(Fault::new(FaultCode::Internal, "the server failed")),
            };
        }
        Ok(first) => first,
        Err(_) => None,
    };
    events_of(Body::from_stream(written(first, readers, guard)))
}

struct Reader {
    first: Option<Event>,
    events: mpsc::Receiver<Event>,
    ended: bool,
    _cancel: DropGuard,
}

/// The text of events, with a sign of life where there are none.
fn written(
    first: Option<Event>,
    events: mpsc::Receiver<Event>,
    cancel: DropGuard,
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send {
    let reader = Reader {
        first,
        events,
        ended: false,
        _cancel: cancel,
    };
    stream::unfold(reader, async |mut reader| {
        if reader.ended {
            return None;
        }
        let text = match reader.first.take() {
            Some(event) => Some(event),
            None => match tokio::time::timeout(HEARTBEAT, reader.events.recv()).await {
                Ok(Some(event)) => Some(event),
                Ok(None) => return None,
                Err(_) => None,
            },
        };
        let text = match text {
            Some(Event::Progress(data)) => format!("event: progress\ndata: {data}\n\n"),
            Some(Event::Last(kind, data)) => {
                reader.ended = true;
                format!("event: {kind}\ndata: {data}\n\n")
            }
            None => ": alive\n\n".to_owned(),
        };
        Some((Ok(Bytes::from(text)), reader))
    })
}

fn events_of(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers would hold events back.
    let name = HeaderName::from_static("x-accel-buffering");
    headers.insert(name, HeaderValue::from_static("no"));
    response
}
