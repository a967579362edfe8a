use std::{path::PathBuf, sync::Arc};

use broker_core::{
    Error, ErrorKind, Result, dec,
    model::{AccountId, AccountKind, Currency, Money},
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{PaperBroker, PaperWorld};
use crate::{
    data::{DataSet, IntradayPath, PathSettings, ReadOptions},
    exchange::{Exchange, ExchangeSettings, account::Account},
    fault::FaultScript,
};

/// How the world's time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum TimeMode {
    /// Only when [`PaperWorld::advance`] or [`PaperWorld::step`] says so.
    Step,
    /// By itself, so many seconds per real second; 1 is real time. Needs a tokio runtime.
    Running {
        /// Seconds of the world per real second, from 1.
        factor: u32,
    },
}

/// Puts a [`PaperWorld`] together.
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct PaperBuilder {
    seed: u64,
    start: Option<DateTime<Utc>>,
    data: Source,
    points_per_day: u32,
    accounts: Vec<(String, AccountKind, Currency, Vec<Money>)>,
    time: TimeMode,
    script: FaultScript,
    settings: ExchangeSettings,
    seeded: bool,
    wide: bool,
    answer_timeout: std::time::Duration,
    capacity: usize,
}

#[derive(Debug)]
enum Source {
    Shipped,
    Given(Box<DataSet>),
    File(PathBuf, ReadOptions),
}

impl Default for PaperBuilder {
    fn default() -> Self {
        Self {
            seed: 1,
            start: None,
            data: Source::Shipped,
            points_per_day: 26,
            accounts: Vec::new(),
            time: TimeMode::Step,
            script: FaultScript::default(),
            settings: ExchangeSettings::default(),
            seeded: true,
            wide: false,
            answer_timeout: std::time::Duration::from_millis(250),
            capacity: broker_core::event::Ledger::DEFAULT_CAPACITY,
        }
    }
}

impl PaperBuilder {
    /// Draws everything that is drawn from this seed. Same seed, same events.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Begins at this instant; what is recorded before becomes history. The default is 10:00 in New
    /// York on the first trading day of the last recorded year.
    pub fn start_at(mut self, start: DateTime<Utc>) -> Self {
        self.start = Some(start);
        self
    }

    /// Plays this data instead of the shipped series.
    pub fn data(mut self, data: DataSet) -> Self {
        self.data = Source::Given(Box::new(data));
        self
    }

    /// Plays a CSV file instead of the shipped series.
    pub fn data_file(mut self, path: impl Into<PathBuf>, options: ReadOptions) -> Self {
        self.data = Source::File(path.into(), options);
        self
    }

    /// Prices per recorded day, 4 to 390; 26 (one per quarter of an hour) when not said.
    pub fn points_per_day(mut self, points: u32) -> Self {
        self.points_per_day = points;
        self
    }

    /// Adds a margin account in US dollars with cash. Without any there is `PAPER-1` with 100,000.
    pub fn account(self, id: &str, dollars: Decimal) -> Self {
        let cash = vec![Money::new(dollars, Currency::USD)];
        self.account_of_kind(id, AccountKind::Margin, Currency::USD, cash)
    }

    /// Adds an account of any kind, base currency and cash.
    pub fn account_of_kind(
        mut self,
        id: &str,
        kind: AccountKind,
        base: Currency,
        cash: Vec<Money>,
    ) -> Self {
        self.accounts.push((id.to_owned(), kind, base, cash));
        self
    }

    /// Lets time pass like this; by step when not said.
    pub fn time(mut self, time: TimeMode) -> Self {
        self.time = time;
        self
    }

    /// Plays these faults on the first connection.
    pub fn faults(mut self, script: FaultScript) -> Self {
        self.script = script;
        self
    }

    /// Moves seeded prices this often; every quarter of an hour when not said.
    pub fn process_interval(mut self, interval: TimeDelta) -> Self {
        self.settings.process_interval = interval;
        self
    }

    /// Lists what few brokers trade, too: funds, warrants and callable contracts, options on futures.
    /// The wire servers trade them; the broker in process does not.
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Lets US shares trade in the night, too, from 20:00 to 04:00 in New York.
    pub fn nights(mut self) -> Self {
        self.settings.nights = true;
        self
    }

    /// Lists only the data set, without the instruments that have seeded prices.
    pub fn recorded_only(mut self) -> Self {
        self.seeded = false;
        self
    }

    /// Waits this long, in real time, for an answer that never comes.
    pub fn answer_timeout(mut self, timeout: std::time::Duration) -> Self {
        self.answer_timeout = timeout;
        self
    }

    /// Lets an event reader be this many events behind before it is placed anew.
    pub fn event_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// The world and one connection to it with all accounts.
    ///
    /// # Errors
    /// As [`build_world`](Self::build_world).
    pub fn build(self) -> Result<PaperBroker> {
        let script = self.script.clone();
        let world = self.build_world()?;
        world.connect_with("paper", world.account_ids(), &script)
    }

    /// The world without a connection.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for data that cannot be read (the message names file, line and
    /// column), settings out of range or malformed account names; [`ErrorKind::Duplicate`] for an
    /// account that is named twice.
    pub fn build_world(self) -> Result<Arc<PaperWorld>> {
        let data = match self.data {
            Source::Shipped => DataSet::shipped().map_err(data_error)?,
            Source::Given(data) => *data,
            Source::File(path, options) => {
                DataSet::from_path(&path, &options).map_err(data_error)?
            }
        };
        let path =
            PathSettings::new(self.seed, dec!(0.01)).with_points_per_bar(self.points_per_day);
        let path = IntradayPath::new(path)
            .map_err(|error| Error::invalid("points_per_day", error.to_string()))?;
        let start = match self.start {
            Some(start) => start,
            None => default_start(&data)?,
        };
        let settings = ExchangeSettings {
            seed: self.seed,
            ..self.settings
        };
        let mut exchange = Exchange::new(start, settings);
        exchange.list_data(&data, &path)?;
        if self.seeded {
            exchange.list_seeded()?;
            exchange.stock_library();
        }
        if self.wide {
            exchange.list_wide()?;
        }
        let mut accounts = self.accounts;
        if accounts.is_empty() {
            let cash = vec![Money::new(dec!(100_000), Currency::USD)];
            accounts.push(("PAPER-1".into(), AccountKind::Margin, Currency::USD, cash));
        }
        let mut ids = Vec::new();
        for (id, kind, base, cash) in accounts {
            let id = AccountId::new(id)?;
            let account = Account::new(id.clone(), kind, base, cash)
                .map_err(|error| Error::invalid("account", error.to_string()))?;
            exchange
                .open_account(account)
                .map_err(|refusal| refusal.to_error())?;
            ids.push(id);
        }
        // What is due at the very start has happened before anyone connects.
        exchange.advance_to(start);
        exchange.take_outputs();
        PaperWorld::new(exchange, ids, self.time, self.answer_timeout, self.capacity)
    }
}

fn data_error(error: crate::data::DataError) -> Error {
    Error::new(ErrorKind::InvalidRequest, error.to_string())
        .at_field("data")
        .with_source(error)
}

/// 10:00 in New York on the first trading day of the last recorded year.
fn default_start(data: &DataSet) -> Result<DateTime<Utc>> {
    use chrono::{Datelike as _, NaiveDate};
    let empty = || Error::invalid("data", "the data set is empty");
    let last = data.last_date().ok_or_else(empty)?;
    let first = data.first_date().ok_or_else(empty)?;
    let january = NaiveDate::from_ymd_opt(last.year(), 1, 1)
        .ok_or_else(empty)?
        .max(first);
    let calendar = crate::exchange::calendar::Calendar::us_equities();
    let covered =
        |error: crate::exchange::calendar::CalendarError| Error::invalid("data", error.to_string());
    let mut date = january;
    for _ in 0..10 {
        if let Some(day) = calendar.trading_date(date).map_err(covered)?
            && let Some(open) = day.regular_open()
        {
            return Ok(open + TimeDelta::minutes(30));
        }
        date = date.succ_opt().ok_or_else(empty)?;
    }
    Err(empty())
}
