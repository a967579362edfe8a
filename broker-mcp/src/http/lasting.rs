//! Answers that last: they end when whoever listens may not any more, and when the server stops.

use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::Response,
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::identity::Identity;
use crate::Principal;

/// How often it is looked whether a listener may listen still.
const LOOK: Duration = Duration::from_secs(1);

/// Ends all streams.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(pub(super) CancellationToken);

/// The same answer, watched when it is a stream of events.
pub(super) fn guard(
    response: Response,
    identity: &Arc<Identity>,
    principal: Arc<Principal>,
    prefix: Option<String>,
) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    let lasts = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !lasts {
        return response;
    }
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    response.map(|inner| {
        Body::new(Watched {
            inner: Some(inner),
            looks,
            stopped: Box::pin(identity.lasting.0.clone().cancelled_owned()),
            identity: Arc::clone(identity),
            principal,
            prefix,
        })
    })
}

struct Watched {
    /// Gone when the stream was ended; whatever feeds it learns so at once.
    inner: Option<Body>,
    looks: Interval,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    identity: Arc<Identity>,
    principal: Arc<Principal>,
    /// Of the key that it was opened with.
    prefix: Option<String>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let mut over = Future::poll(this.stopped.as_mut(), context).is_ready();
        while !over && this.looks.poll_tick(context).is_ready() {
            let prefix = this.prefix.as_deref();
            over = this
                .identity
                .still_admits(&this.principal, prefix)
                .is_none();
            if over {
                tracing::info!(principal = %this.principal.id, "a stream was ended: the key is over");
            }
        }
        if over {
            this.inner = None;
        }
        match &mut this.inner {
            Some(inner) => Pin::new(inner).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
