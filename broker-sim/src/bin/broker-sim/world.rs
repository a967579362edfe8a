//! What every simulated broker is told about its world.

use std::{error::Error, fs, path::PathBuf, str::FromStr};

use broker_core::{
    Decimal,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    data::ReadOptions,
    fault::FaultScript,
    paper::{PaperBroker, PaperBuilder, TimeMode},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;

/// Money, prices, time, and what goes wrong.
#[derive(Debug, clap::Args)]
pub(crate) struct World {
    /// US dollars in each account.
    #[arg(long, default_value = "1000000")]
    cash: Decimal,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prices to play instead of the shipped ones: a CSV file (broker-sim's data/README.md).
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The symbol of a data file of daily bars that does not name it.
    #[arg(long, requires = "data")]
    symbol: Option<String>,
    /// When the simulated clock begins; 10:00 in New York on the first trading day of the last
    /// recorded year when not said.
    #[arg(long, value_name = "RFC 3339")]
    start: Option<DateTime<Utc>>,
    /// How the clock passes: `real`, or `accelerated:N` for N seconds per second.
    #[arg(long, default_value = "real")]
    time: Pace,
    /// Faults to play: a JSON file with a fault script.
    #[arg(long, value_name = "FAULTS")]
    script: Option<PathBuf>,
    /// Habits beside the plain protocol: a JSON file; what it leaves out is as by default.
    #[arg(long, value_name = "FILE")]
    habits: Option<PathBuf>,
}

/// Seconds of the simulated clock per second.
#[derive(Debug, Clone, Copy)]
struct Pace(u32);

impl FromStr for Pace {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let factor = match text.split_once(':') {
            None if text == "real" => Some(1),
            Some(("accelerated", factor)) => factor.parse().ok().filter(|factor| *factor > 0),
            _ => None,
        };
        let factor = factor.ok_or("expected `real` or `accelerated:N` with N from 1")?;
        Ok(Self(factor))
    }
}

impl World {
    /// The world with these accounts.
    pub(crate) fn builder(&self, accounts: &[String]) -> PaperBuilder {
        let mut world = PaperBroker::builder()
            .seed(self.seed)
            // A person who watches wants to see prices move.
            .points_per_day(390)
            .process_interval(TimeDelta::seconds(2))
            .time(TimeMode::Running {
                factor: self.time.0,
            });
        for account in accounts {
            let cash = vec![Money::new(self.cash, Currency::USD)];
            world = world.account_of_kind(account, AccountKind::Margin, Currency::USD, cash);
        }
        if let Some(start) = self.start {
            world = world.start_at(start);
        }
        if let Some(path) = &self.data {
            let options = self
                .symbol
                .clone()
                .map_or_else(ReadOptions::new, ReadOptions::of_symbol);
            world = world.data_file(path, options);
        }
        world
    }

    /// The faults to play.
    pub(crate) fn faults(&self) -> Result<FaultScript, String> {
        match &self.script {
            Some(path) => FaultScript::from_json(&read(path)?).map_err(|error| at(path, &error)),
            None => Ok(FaultScript::default()),
        }
    }

    /// The broker's habits.
    pub(crate) fn habits<H: DeserializeOwned + Default>(&self) -> Result<H, String> {
        match &self.habits {
            Some(path) => serde_json::from_str(&read(path)?).map_err(|error| at(path, &error)),
            None => Ok(H::default()),
        }
    }
}

fn read(path: &PathBuf) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| at(path, &error))
}

/// An error with the file that it is about.
pub(crate) fn at(path: &std::path::Path, error: &dyn Error) -> String {
    format!("{}: {error}", path.display())
}
