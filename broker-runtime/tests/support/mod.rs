//! A harness that puts a stack around every broker of another harness.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{
    Broker, Result, async_trait,
    model::{AccountId, Instrument, Price},
};
use broker_sim::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;

/// Puts layers around a broker; called again for the broker of a new process.
pub(crate) type Wrap =
    Arc<dyn Fn(Arc<dyn Broker>) -> BoxFuture<'static, Result<Arc<dyn Broker>>> + Send + Sync>;

pub(crate) struct Stacked<H> {
    pub(crate) below: H,
    /// Makes what one world keeps over its processes, such as a journal.
    pub(crate) wrap: fn() -> Wrap,
}

struct StackedRig {
    below: Box<dyn Rig>,
    wrap: Wrap,
    broker: Mutex<Arc<dyn Broker>>,
}

#[async_trait]
impl<H: Harness> Harness for Stacked<H> {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let below = self.below.start().await?;
        let wrap = (self.wrap)();
        let broker = Mutex::new(wrap(below.broker()).await?);
        Ok(Box::new(StackedRig {
            below,
            wrap,
            broker,
        }))
    }
}

#[async_trait]
impl Rig for StackedRig {
    fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker.lock().unwrap())
    }
    fn world(&self) -> World {
        self.below.world()
    }
    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        self.below.market(instrument).await
    }
    async fn truth(&self, account: &AccountId) -> Truth {
        self.below.truth(account).await
    }
    async fn inject(&self, fault: Fault) -> Injection {
        self.below.inject(fault).await
    }
    async fn advance(&self, span: TimeDelta) {
        self.below.advance(span).await;
        // The layers live on the machine's clock: a moment for what they wait for.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    async fn settle(&self) {
        self.below.settle().await;
    }
    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        let new = (self.wrap)(self.below.restart().await?).await?;
        *self.broker.lock().unwrap() = Arc::clone(&new);
        Ok(new)
    }
    async fn move_market(&self, instrument: &Instrument, to: Price) -> Injection {
        self.below.move_market(instrument, to).await
    }
    fn upstream_lines(&self) -> Option<usize> {
        self.below.upstream_lines()
    }
    fn secrets(&self) -> Vec<String> {
        self.below.secrets()
    }
}
