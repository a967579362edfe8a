//! The paper broker: an exchange in this process, with recorded prices.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use broker_core::{
    Broker, Decimal, Error, Result, dec,
    model::{AccountId, BrokerId, OrderStatus},
};
use broker_runtime::config::BrokerSetup;
use broker_sim::{
    data::ReadOptions,
    paper::{PaperBroker, PaperWorld, TimeMode},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Handle, Handles};
use crate::value::Number;

/// What the configuration says of a paper broker.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PaperSettings {
    /// The cash of each account, in dollars, before what it holds is bought.
    cash: Number,
    /// What each account holds at the beginning, by symbol.
    holdings: BTreeMap<String, u32>,
    /// Seconds of the market for each second of ours; 0 stops it.
    speed: u32,
    /// Draws everything that is drawn.
    seed: u64,
    /// A file of prices instead of the shipped ones.
    data: Option<PathBuf>,
}

impl Default for PaperSettings {
    fn default() -> Self {
        Self {
            cash: Number(dec!(100_000)),
            holdings: BTreeMap::new(),
            speed: 1,
            seed: 1,
            data: None,
        }
    }
}

/// The exchanges by connection: a session that is made anew finds its orders and positions again.
#[derive(Debug, Clone, Default)]
pub(super) struct Worlds(Arc<Mutex<BTreeMap<BrokerId, Arc<PaperWorld>>>>);

impl Worlds {
    /// Connects to the exchange of a connection, which is opened the first time.
    pub(super) async fn connect(
        &self,
        setup: &BrokerSetup,
        handles: &Handles,
    ) -> Result<Arc<dyn Broker>> {
        let settings: PaperSettings = setup.settings()?;
        let mut worlds = self.0.lock().await;
        let world = match worlds.get(setup.id()) {
            Some(world) => Arc::clone(world),
            None => {
                let world = open(setup, &settings).await?;
                worlds.insert(setup.id().clone(), Arc::clone(&world));
                world
            }
        };
        drop(worlds);
        handles.keep(setup.id().clone(), Handle::Paper(Arc::clone(&world)));
        let broker = world.connect(setup.id().as_str(), world.account_ids())?;
        Ok(Arc::new(broker))
    }
}

async fn open(setup: &BrokerSetup, settings: &PaperSettings) -> Result<Arc<PaperWorld>> {
    let mut builder = PaperBroker::builder().seed(settings.seed);
    for account in setup.accounts() {
        builder = builder.account(account.as_str(), settings.cash.0);
    }
    if let Some(path) = &settings.data {
        builder = builder.data_file(setup.at(path), ReadOptions::default());
    }
    if settings.speed > 0 {
        builder = builder.time(TimeMode::Running {
            factor: settings.speed,
        });
    }
    let world = builder.build_world()?;
    stock(&world, &settings.holdings).await?;
    Ok(world)
}

/// Buys what the accounts hold at the beginning, at the market.
async fn stock(world: &Arc<PaperWorld>, holdings: &BTreeMap<String, u32>) -> Result<()> {
    if holdings.is_empty() {
        return Ok(());
    }
    let broker = world.connect("beginning", world.account_ids())?;
    for account in world.account_ids() {
        for (symbol, quantity) in holdings.iter().filter(|(_, quantity)| **quantity > 0) {
            buy(&broker, &account, symbol, *quantity).await?;
        }
    }
    Ok(())
}

async fn buy(broker: &PaperBroker, account: &AccountId, symbol: &str, quantity: u32) -> Result<()> {
    use broker_core::BrokerExt as _;
    let wrong = |error: Error| Error::invalid("holdings", format!("{symbol}: {}", error.message()));
    let order = broker
        .buy(symbol, Decimal::from(quantity))
        .account(account.clone());
    let (id, _) = order.submit().await.map_err(wrong)?;
    let order = broker.order(account, &id)?;
    if order.status == OrderStatus::Filled {
        return Ok(());
    }
    let message = format!("{symbol}: {quantity} could not be bought; is the cash enough?");
    Err(Error::invalid("holdings", message))
}
