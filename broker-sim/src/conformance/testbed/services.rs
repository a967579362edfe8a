use std::sync::{Arc, Mutex};

use broker_core::{
    Covered, ErrorKind, MarketData, Portfolio, Reference, Result, async_trait, dec,
    feed::{FeedLine, FeedSink},
    model::*,
};
use chrono::{NaiveDate, TimeDelta, TimeZone as _};

use super::{
    Bug,
    broker::Toy,
    server::{DEPTH, Server, error, unsupported},
};

#[async_trait]
impl Portfolio for Toy {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.known(account)?;
        self.connected()?;
        Ok(self.figures(account))
    }
    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.known(account)?;
        let now = self.desk.clock().now();
        let position = |(what, much)| Position::new(account.clone(), what, much, now);
        Ok(self.covered(|server| {
            let held = server.truth(account).positions.into_iter();
            held.map(position).collect()
        }))
    }
    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.known(account)?;
        Ok(ProfitAndLoss::new(account.clone(), self.desk.clock().now()))
    }
}

/// Releases a line at the server.
struct Line(Arc<Mutex<Server>>);
impl Drop for Line {
    fn drop(&mut self) {
        let mut server = self.0.lock().unwrap();
        if server.bug != Bug::LeaksLine {
            server.lines -= 1;
        }
    }
}

impl Toy {
    pub(super) fn quote(&self) -> Quote {
        let server = self.server();
        let mut quote = Quote::new(self.equity.clone(), self.desk.clock().now());
        let off = if server.bug == Bug::WrongQuote {
            dec!(1)
        } else {
            dec!(0)
        };
        quote.bid = Price::new(server.ask - dec!(0.02)).ok();
        quote.ask = Price::new(server.ask + off).ok();
        quote.ask_size = Some(DEPTH);
        quote
    }

    fn there(&self, instrument: &Instrument) -> Result<()> {
        if *instrument == self.equity {
            return Ok(());
        }
        assert!(
            self.server().bug != Bug::PanicsOnUnknown,
            "what is {instrument}?"
        );
        let unknown = self.server().bug == Bug::UnknownOrderIsInternal;
        let kind = if unknown {
            ErrorKind::Internal
        } else {
            ErrorKind::NotFound
        };
        Err(error(kind, "no such instrument"))
    }
}

#[async_trait]
impl MarketData for Toy {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        self.connected()?;
        let quote = |one| self.there(one).map(|()| self.quote());
        Ok(instruments.iter().map(quote).collect())
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        unsupported()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        unsupported()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        unsupported()
    }
    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        if subscription.kind() != FeedKind::Quotes {
            return unsupported();
        }
        self.connected()?;
        self.there(subscription.instrument())?;
        let many = if self.server().bug == Bug::LineEach {
            2
        } else {
            1
        };
        self.server().lines += many;
        sink.quote(self.quote());
        self.sinks.lock().unwrap().push(sink);
        Ok(FeedLine::new(Line(Arc::clone(&self.server))))
    }
}

#[async_trait]
impl Reference for Toy {
    async fn search(&self, text: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        let found = self.resolve(&InstrumentQuery::from(text)).await?;
        let named = |instrument| InstrumentMatch {
            instrument,
            name: "Acme".into(),
        };
        Ok(found.into_iter().map(named).collect())
    }
    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let acme = query.text == "ACME";
        Ok(if acme {
            vec![self.equity.clone()]
        } else {
            Vec::new()
        })
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        self.there(instrument)?;
        let ticks = TickTable::uniform(dec!(0.01))?;
        let rule = QuantityRule::steps(Quantity::try_from(1)?, Quantity::try_from(1_000_000)?);
        let mut details =
            ContractDetails::new(instrument.clone(), "Acme", Currency::USD, ticks, rule);
        details.time_zone = "America/New_York".into();
        Ok(details)
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        unsupported()
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        unsupported()
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        unsupported()
    }
    async fn schedule(
        &self,
        _: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let zone = chrono_tz::America::New_York;
        let fixed = self.server().bug == Bug::FixedSchedule;
        let at = |date: NaiveDate, hour: u32| {
            let local = date.and_hms_opt(hour, 0, 0).unwrap();
            if fixed {
                return chrono::Utc.from_utc_datetime(&local) + TimeDelta::hours(5);
            }
            zone.from_local_datetime(&local).unwrap().to_utc()
        };
        let dates = from.iter_days().take_while(|date| *date <= to);
        let window = |date| SessionWindow {
            kind: SessionKind::Regular,
            open: at(date, 9),
            close: at(date, 16),
        };
        let day = |date| TradingDay {
            date,
            windows: vec![window(date)],
            early_close: false,
            holiday: None,
        };
        Ok(TradingSchedule {
            time_zone: zone.name().into(),
            days: dates.map(day).collect(),
        })
    }
}
