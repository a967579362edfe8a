use core::time::Duration;
use std::sync::Arc;

use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use super::Token;

/// The token that counts; every clone sees the same one.
#[derive(Debug, Clone)]
pub(crate) struct TokenCell(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    current: watch::Sender<Option<Arc<Token>>>,
    refused: Notify,
}

impl TokenCell {
    pub(crate) fn new(token: Option<Token>) -> Self {
        Self(Arc::new(Inner {
            current: watch::Sender::new(token.map(Arc::new)),
            refused: Notify::new(),
        }))
    }

    pub(crate) fn current(&self) -> Option<Arc<Token>> {
        self.0.current.borrow().clone()
    }

    pub(crate) fn set(&self, token: Arc<Token>) {
        self.0.current.send_replace(Some(token));
    }

    /// The broker refused a request that carried this token.
    pub(crate) fn was_refused(&self, used: Option<&Token>) {
        if !self.differs(used) {
            self.0.refused.notify_one();
        }
    }

    /// Comes back when a request was refused because of the token.
    pub(crate) async fn refused(&self) {
        self.0.refused.notified().await;
    }

    /// Whether another token than this one counts, or does before the patience ends.
    pub(crate) async fn differs_from(&self, used: Option<&Token>, patience: Duration) -> bool {
        if used.is_none() {
            return false;
        }
        let mut changes = self.0.current.subscribe();
        let differs = changes.wait_for(|token| differs(token.as_deref(), used));
        matches!(timeout(patience, differs).await, Ok(Ok(_)))
    }

    fn differs(&self, used: Option<&Token>) -> bool {
        differs(self.0.current.borrow().as_deref(), used)
    }
}

fn differs(current: Option<&Token>, used: Option<&Token>) -> bool {
    match (current, used) {
        (Some(current), Some(used)) => !current.is_same(used),
        (Some(_), None) => true,
        (None, _) => false,
    }
}
