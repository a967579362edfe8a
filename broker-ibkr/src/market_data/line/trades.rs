use std::sync::Arc;

use broker_core::{
    Result,
    feed::{FeedGap, FeedSink},
    model::Trade,
};
use ibapi::{
    Notice,
    contracts::tick_types::TickType,
    market_data::realtime::{TickTypes, Trade as WireTrade},
    subscriptions::Subscription,
};
use rust_decimal::Decimal;
use tokio::task::JoinHandle;

use super::run::{Feed, Line, Outcome};
use crate::{
    convert,
    instrument::{Listing, mic},
    market_data::{rt_volume, snapshot::tell},
    session::{Lease, link::Link},
};

/// Starts a line of trades: tick by tick, or aggregated when there is no room for another
/// tick-by-tick line. The readers are told.
pub(super) async fn start(
    listing: Arc<Listing>,
    link: Arc<Link>,
    sink: FeedSink,
) -> Result<JoinHandle<()>> {
    let each = Each {
        listing: Arc::clone(&listing),
    };
    let line = Line::open(each, Arc::clone(&link)).await?;
    Ok(tokio::spawn(async move {
        let error = match line.keep(&sink).await {
            Outcome::Over(error) => error,
            Outcome::NoRoom(error) => {
                tracing::warn!(%error, "trades come aggregated");
                let told = "no room for another tick-by-tick line: trades come aggregated";
                sink.gap(FeedGap::BrokerLost(told.into()));
                match Line::open(Aggregated { listing }, link).await {
                    Err(error) => error,
                    Ok(line) => match line.keep(&sink).await {
                        Outcome::NoRoom(error) | Outcome::Over(error) => error,
                    },
                }
            }
        };
        sink.fail(error);
    }))
}

/// Every trade, on and off the exchange.
struct Each {
    listing: Arc<Listing>,
}

impl Feed for Each {
    type Message = WireTrade;
    type Messages = Lease<Subscription<WireTrade>>;

    async fn open(&self, link: &Link) -> Result<Self::Messages> {
        let contract = self.listing.contract.clone();
        let opening = link.stream("open_line", move |client| async move {
            // No ticks of the past.
            client.tick_by_tick(&contract, 0).all_last().await
        });
        opening.await
    }

    fn take(&mut self, message: WireTrade, sink: &FeedSink) -> Result<()> {
        let size = convert::size(message.size).filter(|size| *size > Decimal::ZERO);
        let price = self.listing.quote_price(message.price, Some(message.size));
        // A tick without a quantity only corrects the tape.
        if let Some((price, size)) = price.zip(size) {
            let time = convert::utc(message.time)?;
            let mut trade = Trade::new(self.listing.instrument.clone(), price, size, time);
            trade.venue = mic(&message.exchange);
            sink.trade(trade);
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) {
        tell(notice);
    }

    fn publish(&mut self, _: &FeedSink) {}

    fn forget(&mut self) {}

    fn needs_every_message(&self) -> bool {
        false
    }
}

/// Trades as the gateway puts them together, a few times a second.
struct Aggregated {
    listing: Arc<Listing>,
}

/// The generic tick that brings `RTVolume` text.
const RT_VOLUME: &str = "233";

impl Feed for Aggregated {
    type Message = TickTypes;
    type Messages = Lease<Subscription<TickTypes>>;

    async fn open(&self, link: &Link) -> Result<Self::Messages> {
        let contract = self.listing.contract.clone();
        let opening = link.stream("open_line", move |client| async move {
            let request = client.market_data(&contract).generic_ticks(&[RT_VOLUME]);
            request.streaming().subscribe().await
        });
        opening.await
    }

    fn take(&mut self, message: TickTypes, sink: &FeedSink) -> Result<()> {
        if let TickTypes::String(text) = message
            && text.tick_type == TickType::RtVolume
            && let Some(trade) = rt_volume::trade(&self.listing, &text.value)
        {
            sink.trade(trade);
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) {
        tell(notice);
    }

    fn publish(&mut self, _: &FeedSink) {}

    fn forget(&mut self) {}

    fn needs_every_message(&self) -> bool {
        false
    }
}
