use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Reference, Result,
    model::{
        ChainQuery, ContractDetails, Instrument, InstrumentMatch, InstrumentQuery, OptionChain,
        OptionComputation, OptionQuery, TradingSchedule,
    },
};
use chrono::NaiveDate;

use super::PaperBroker;

#[async_trait]
impl Reference for PaperBroker {
    async fn search(&self, text: &str, limit: u32) -> Result<Vec<InstrumentMatch>> {
        self.link.check_up()?;
        Ok(self
            .world
            .read(|exchange| exchange.search(text, limit as usize)))
    }

    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        self.link.check_up()?;
        Ok(self.world.read(|exchange| exchange.resolve(query)))
    }

    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.contract(instrument))
            .map(|details| ContractDetails::clone(&details))
            .map_err(|refusal| refusal.to_error())
    }

    async fn option_expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>> {
        self.link.check_up()?;
        let dates = self.world.read(|exchange| exchange.expirations(underlying));
        if dates.is_empty() {
            let message = format!("there are no options on {underlying}");
            return Err(Error::new(ErrorKind::NotFound, message).at_field("underlying"));
        }
        Ok(dates)
    }

    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.option_chain(query))
            .map_err(|refusal| refusal.to_error())
    }

    async fn compute_option(&self, query: &OptionQuery) -> Result<OptionComputation> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.compute_option(query))
            .map_err(|refusal| refusal.to_error())
    }

    async fn schedule(
        &self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.schedule_of(instrument, from, to))
            .map_err(|refusal| refusal.to_error())
    }
}
