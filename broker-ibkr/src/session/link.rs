//! The connection as the services see it.

use std::{future::Future, sync::Arc, time::Duration};

use broker_core::{Desk, Error, ErrorKind, Result};
use tokio::{sync::watch, time::timeout};

/// One connection to a gateway.
pub(crate) struct Link {
    client: Arc<ibapi::Client>,
    generations: watch::Receiver<u64>,
    desk: Arc<Desk>,
}

impl Link {
    /// A link over a client that is connected, with the hand that renews it.
    #[cfg(test)]
    pub(crate) fn over(
        client: Arc<ibapi::Client>,
        desk: Arc<Desk>,
    ) -> (Arc<Self>, watch::Sender<u64>) {
        let (sender, generations) = watch::channel(0);
        let link = Self {
            client,
            generations,
            desk,
        };
        (Arc::new(link), sender)
    }

    pub(crate) fn client(&self) -> Result<Arc<ibapi::Client>> {
        Ok(Arc::clone(&self.client))
    }

    pub(crate) async fn ask<T, F, Fut>(&self, operation: &'static str, ask: F) -> Result<T>
    where
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send,
        Fut: Future<Output = Result<T, ibapi::Error>> + Send,
    {
        match timeout(Duration::from_secs(20), ask(self.client()?)).await {
            Ok(answer) => answer.map_err(|error| crate::error::from_ibapi(operation, &error)),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "no answer").in_operation(operation)),
        }
    }

    pub(crate) fn generations(&self) -> watch::Receiver<u64> {
        self.generations.clone()
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
}
