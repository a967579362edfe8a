//! Who is told of changes, in both eras: one notification for many changes that come close together.

use core::{future::Future, time::Duration};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt as _, StreamExt as _, future, stream::BoxStream};
use rmcp::{
    ErrorData, RoleServer,
    model::{ResourceUpdatedNotificationParam, SubscriptionFilter},
    service::{Peer, SubscriptionContext},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Place, read::find, watch::changes};
use crate::{
    Call,
    tools::{BrokerTools, outcome},
};

/// Least time between two notifications of one resource.
const QUIET: Duration = Duration::from_millis(500);

/// Most resources that one session watches: each price is a line at the broker.
const MOST: usize = 50;

/// What the client of one session watches. A clone is for another session and watches nothing.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions(Arc<Mutex<BTreeMap<String, DropGuard>>>);

impl Clone for Subscriptions {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Subscriptions {
    /// Begins to watch. `None` when there is too much already.
    fn begin(&self, uri: &str) -> Option<CancellationToken> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(uri) {
            return None;
        }
        let ended = CancellationToken::new();
        all.insert(uri.to_owned(), ended.clone().drop_guard());
        Some(ended)
    }

    /// Ends to watch, if that had begun.
    pub(crate) fn end(&self, uri: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(uri);
    }
}

/// `resources/subscribe`, until 2025-11-25.
pub(crate) async fn subscribe(
    tools: &BrokerTools,
    call: &Call,
    uri: &str,
    peer: Peer<RoleServer>,
) -> Result<(), ErrorData> {
    let place = find(tools, &call.principal, uri)?;
    let changes = changes(tools, call, &place).await;
    let changes = changes.map_err(|fault| outcome::protocol_error(&fault, Some(uri)))?;
    let Some(ended) = tools.subscriptions.begin(uri) else {
        let message = format!("no more than {MOST} resources are watched in one session");
        return Err(ErrorData::invalid_request(message, None));
    };
    let uri = uri.to_owned();
    tokio::spawn(async move {
        let tell = async || {
            let update = ResourceUpdatedNotificationParam::new(uri.clone());
            peer.notify_resource_updated(update).await.is_ok()
        };
        tokio::select! {
            () = ended.cancelled() => {}
            () = telling(changes, tell) => {}
        }
    });
    Ok(())
}

/// What of a filter can be watched at all. Who may watch it is known later.
pub(crate) fn acceptable(requested: &SubscriptionFilter) -> SubscriptionFilter {
    let uris = requested.resource_subscriptions.iter().flatten();
    let known = uris.filter(|uri| Place::parse(uri).is_some()).take(MOST);
    SubscriptionFilter::builder()
        .resource_subscriptions(known.cloned())
        .build()
}

/// `subscriptions/listen`, since 2026-07-28: until the request is canceled. What the caller may not
/// read never changes for them.
pub(crate) async fn listen(tools: &BrokerTools, call: &Call, context: &SubscriptionContext) {
    let accepted = context.accepted().resource_subscriptions.clone();
    let mut watched = Vec::new();
    for uri in accepted.unwrap_or_default() {
        let Ok(place) = find(tools, &call.principal, &uri) else {
            continue;
        };
        match changes(tools, call, &place).await {
            Ok(changes) => watched.push(told(changes, context, uri)),
            Err(fault) => tracing::debug!(%fault, "a resource cannot be watched"),
        }
    }
    tokio::select! {
        () = context.cancelled() => {}
        () = async {
            future::join_all(watched).await;
            // Nothing more changes, but only the client ends what it asked for.
            future::pending::<()>().await;
        } => {}
    }
}

async fn told(changes: BoxStream<'static, ()>, context: &SubscriptionContext, uri: String) {
    let tell = async || {
        let told = context.sink().notify_resource_updated(uri.clone());
        told.await.is_ok()
    };
    telling(changes, tell).await;
}

/// Tells of changes until there are none any more or nobody hears it.
async fn telling<F, T>(mut changes: BoxStream<'static, ()>, mut tell: F)
where
    F: FnMut() -> T,
    T: Future<Output = bool>,
{
    while changes.next().await.is_some() {
        if !tell().await {
            return;
        }
        tokio::time::sleep(QUIET).await;
        // What has changed meanwhile is one change; it is told after the pause, not before.
        let mut more = false;
        while let Some(Some(())) = changes.next().now_or_never() {
            more = true;
        }
        if more && !tell().await {
            return;
        }
    }
}
