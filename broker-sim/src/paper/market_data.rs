use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, MarketData, Result,
    feed::{FeedLine, FeedSink},
    model::{Bar, BarQuery, Depth, Instrument, Quote, Subscription, Trade},
};

use super::PaperBroker;

#[async_trait]
impl MarketData for PaperBroker {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        self.link.check_up()?;
        Ok(self.world.read(|exchange| {
            let quote = |instrument| exchange.quote(instrument).map_err(|r| r.to_error());
            instruments.iter().map(quote).collect()
        }))
    }

    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.depth(instrument, usize::from(levels)))
            .map_err(|refusal| refusal.to_error())
    }

    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.trades(instrument, limit as usize))
            .map_err(|refusal| refusal.to_error())
    }

    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.bars(query))
            .map_err(|refusal| refusal.to_error())
    }

    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        self.link.check_up()?;
        if let Subscription::Bars { interval, .. } = subscription
            && interval.seconds().is_none()
        {
            let message = format!("bars of {interval} are not streamed; ask for history");
            return Err(Error::unsupported(message).at_field("interval"));
        }
        if let Subscription::Depth { levels: 0, .. } = subscription {
            return Err(Error::invalid("levels", "a book has at least one level"));
        }
        self.world.read(|exchange| {
            exchange
                .contract(subscription.instrument())
                .map_err(|r| r.to_error())?;
            let listing = exchange
                .listing_of(subscription.instrument())
                .ok_or_else(|| {
                    let message = format!("{} is not listed", subscription.instrument());
                    Error::new(ErrorKind::NotFound, message)
                })?;
            let guard = self.link.open_line(subscription, sink, exchange, listing);
            Ok(FeedLine::new(guard))
        })
    }
}
