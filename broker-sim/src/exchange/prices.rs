//! Prices from the sources: recorded, seeded, or set by hand.

use broker_core::model::{Instrument, Price, SessionKind};
use chrono::Datelike as _;
use rust_decimal::Decimal;

use super::{Exchange, Output, PriceSource, Refusal, engine::Due, tape::TimedPoint};
use crate::data::PriceProcess;

impl Exchange {
    pub(super) fn play_point(&mut self, point: &TimedPoint) {
        if self
            .markets
            .get(point.market)
            .is_some_and(|market| !market.pinned)
        {
            self.take_price(point.market, point.price, point.volume);
        }
    }

    pub(super) fn play_process(&mut self, index: usize) {
        let interval = self.settings.process_interval;
        let Some(market) = self.markets.get(index) else {
            return;
        };
        // Beyond what its calendar covers the market never opens again.
        let covered = market.listing.calendar.covered_years();
        if self.now.year() <= *covered.end() {
            self.schedule_after(interval, Due::Process(index));
        }
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let first = market.reference.is_none();
        let asleep = !matches!(market.phase, Some(SessionKind::Regular));
        if market.pinned || (!first && asleep) {
            return;
        }
        let Some(process) = self.processes.get_mut(&index) else {
            return;
        };
        if first {
            let price = process.price();
            self.take_price(index, price, Decimal::ZERO);
            return;
        }
        // A year of prices is 252 sessions of six and a half hours.
        #[expect(
            clippy::cast_precision_loss,
            reason = "intervals are far below 2^52 seconds"
        )]
        let years = interval.num_seconds() as f64 / (252.0 * 6.5 * 3_600.0);
        let step = process.next_step(years);
        self.take_price(index, step.price, step.volume);
    }

    /// Takes a new reference price: prints it, sets off triggers, moves the house's quotes and the
    /// instruments that depend on it.
    pub(super) fn take_price(&mut self, index: usize, price: Decimal, volume: Decimal) {
        let now = self.now;
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        market.set_reference(price, now);
        self.price_revision += 1;
        let watched = market.watched;
        if market.phase.is_some() || market.last.is_none() {
            let trade = market.print(price, volume, now, true);
            if watched && let Some(trade) = trade {
                let trade = Box::new(trade);
                self.outbox.push(Output::Print {
                    listing: index,
                    trade,
                });
            }
        }
        self.after_price(index);
        self.move_dependents(index);
    }

    /// Moves the market of an instrument to a price and keeps it there: its recorded or seeded
    /// prices do not move it any more.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) when it is not listed.
    pub fn pin_price(&mut self, instrument: &Instrument, price: Price) -> Result<(), Refusal> {
        let index = self.find_or_list(instrument)?;
        if let Some(market) = self.markets.get_mut(index) {
            market.pinned = true;
            let size = market.listing.level_size;
            self.take_price(index, price.get(), size);
            self.check_conditions();
        }
        Ok(())
    }

    /// Lets a seeded price go on from another level after a split.
    pub(super) fn rebase_process(&mut self, index: usize, factor: Decimal) {
        let Some(process) = self.processes.get(&index) else {
            return;
        };
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        let PriceSource::Process(settings) = &mut market.listing.source else {
            return;
        };
        settings.start_price = (process.price() * factor).round_dp(2);
        let name = format!(
            "{} {}",
            market.listing.details.instrument, self.timer_sequence
        );
        if let Ok(process) = PriceProcess::new(self.settings.seed, &name, *settings) {
            self.processes.insert(index, process);
        }
    }

    /// Lets a watched market move a little without moving its price.
    pub(super) fn flicker(&mut self, index: usize) {
        let now = self.now;
        let pause = self.settings.flicker_every;
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        if !market.watched {
            market.flickers = false;
            return;
        }
        if !market.trades() {
            let opens = market.listing.calendar.next_open(now);
            market.flickers = opens.is_some();
            if let Some(opens) = opens {
                self.schedule(opens, Due::Flicker(index));
            }
            return;
        }
        market.flickers = true;
        if let Some((price, size)) = market.flicker()
            && let Some(trade) = market.print(price, size, now, market.is_regular())
        {
            let trade = Box::new(trade);
            self.outbox.push(Output::Print {
                listing: index,
                trade,
            });
        }
        self.refresh_house(index);
        self.feed_hungry(index);
        self.announce(index);
        self.schedule_after(pause, Due::Flicker(index));
    }

    /// Everything that a changed reference price sets off in its own market.
    pub(super) fn after_price(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        if !market.is_active() {
            return;
        }
        self.pull_triggers(index);
        self.refresh_house(index);
        self.feed_hungry(index);
        self.announce(index);
    }

    /// Tells those who watch that the market looks different.
    pub(super) fn announce(&mut self, index: usize) {
        if self.markets.get(index).is_some_and(|market| market.watched) {
            let output = Output::Market { listing: index };
            if self.outbox.last() != Some(&output) {
                self.outbox.push(output);
            }
        }
    }
}
