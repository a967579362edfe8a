use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use broker_core::{Broker as _, Error, Result};

use crate::{IbkrBroker, IbkrBuilder};

/// Several connections to one gateway, each with a client id of its own, sharing one message budget
/// and the limits on historical requests.
///
/// Reads go to the workers in turn. An order belongs to the worker that placed it: change and cancel
/// it through the same one.
#[derive(Debug)]
pub struct IbkrPool {
    workers: Vec<Arc<IbkrBroker>>,
    next: AtomicUsize,
}

impl IbkrPool {
    /// Connects one worker per client id, all built alike.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) without client ids, with one twice,
    /// or with a builder that opens second connections for options; what connecting can fail with: then no worker stays connected.
    pub async fn connect(builder: IbkrBuilder, client_ids: &[i32]) -> Result<Self> {
        let twice = client_ids
            .iter()
            .enumerate()
            .any(|(index, id)| client_ids.iter().take(index).any(|other| other == id));
        if client_ids.is_empty() || twice {
            return Err(Error::invalid(
                "client_ids",
                "a pool needs client ids, each only once",
            ));
        }
        if builder.has_options_client_id() {
            let message = "every worker would open its second connection with this one id: leave it away, \
                           the workers' reads go over several connections already";
            return Err(Error::invalid("options_client_id", message));
        }
        let pacer = builder.new_pacer();
        let mut workers: Vec<Arc<IbkrBroker>> = Vec::new();
        for client_id in client_ids {
            let worker = builder
                .clone()
                .with_pacer(Arc::clone(&pacer))
                .client_id(*client_id)
                .connect()
                .await;
            match worker {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    for worker in workers {
                        let _late = worker.close().await;
                    }
                    return Err(error);
                }
            }
        }
        Ok(Self {
            workers,
            next: AtomicUsize::new(0),
        })
    }

    /// All workers, in the order of their client ids.
    #[must_use]
    pub fn workers(&self) -> &[Arc<IbkrBroker>] {
        &self.workers
    }

    /// The next worker in turn.
    #[must_use]
    pub fn worker(&self) -> Option<&Arc<IbkrBroker>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_rem(self.workers.len())?;
        self.workers.get(index)
    }

    /// Ends every session.
    ///
    /// # Errors
    /// The first error; all of them are closed all the same.
    pub async fn close(&self) -> Result<()> {
        let mut first = Ok(());
        for worker in &self.workers {
            let closed = worker.close().await;
            if first.is_ok() {
                first = closed;
            }
        }
        first
    }
}
