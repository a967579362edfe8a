//! Option computations: volatility and sensitivities at bid, ask, last and by the model.

use broker_core::model::{
    Greeks, Instrument, ListedOption, OptionGiven, OptionQuery, Price, Quote,
};
use rust_decimal::Decimal;

use super::{delayed::delayed, quotes::QuoteLine};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{client::Client, contracts::double},
        message::{Reply, TickOptionComputation},
    },
};

/// Not computed: prices and volatility.
const NO_PRICE: f64 = -1.0;
/// Not computed: sensitivities, which may be −1.
const NO_GREEK: f64 = -2.0;

/// One computation as TWS writes it.
pub(super) fn computation(
    (id, tick): (i32, i32),
    price: Option<Decimal>,
    greeks: Option<&Greeks>,
    underlying: Option<Decimal>,
) -> Reply {
    let greek = |of: fn(&Greeks) -> Decimal| Some(greeks.map_or(NO_GREEK, |all| double(of(all))));
    let number = |value: Option<Decimal>| Some(value.map_or(NO_PRICE, double));
    Reply::TickOptionComputation(TickOptionComputation {
        req_id: Some(id),
        tick_type: Some(tick),
        // Sensitivities are of the price, not of the return.
        tick_attrib: Some(1),
        implied_vol: number(greeks.map(|all| all.implied_volatility)),
        delta: greek(|all| all.delta),
        opt_price: number(price),
        // The exchange's model takes dividends as a yield.
        pv_dividend: Some(NO_PRICE),
        gamma: greek(|all| all.gamma),
        vega: greek(|all| all.vega),
        theta: greek(|all| all.theta),
        und_price: number(underlying),
    })
}

impl QuoteLine {
    /// The computations of an option whose prices, or whose underlying's price, have changed.
    pub(super) fn show_computations(
        &mut self,
        quote: &Quote,
        client: &Client,
        id: i32,
        exchange: &mut Exchange,
    ) {
        let Instrument::Option(option) = &self.instrument else {
            return;
        };
        // A late line computes from what the underlying cost when it saw the option.
        let model = if self.delayed {
            self.underlying
                .and_then(|then| exchange.option_model_at(option, Some(then)))
        } else {
            exchange.option_model(option)
        };
        let underlying = model.as_ref().map(|(_, underlying)| *underlying);
        let price = |price: Option<Price>| price.map(Price::get);
        let from = [
            price(quote.bid),
            price(quote.ask),
            price(quote.last),
            price(underlying),
        ];
        if self.shown.computed == Some(from) {
            return;
        }
        let before = self.shown.computed.replace(from);
        let moved = before.is_none_or(|before| before.last() != from.last());
        let ticks = [(10, quote.bid), (11, quote.ask), (12, quote.last)];
        for ((tick, price), (before, now)) in ticks
            .into_iter()
            .zip(before.unwrap_or_default().into_iter().zip(from))
        {
            let tick = if self.delayed {
                delayed(tick)
            } else {
                Some(tick)
            };
            if let Some(tick) = tick
                && (moved || before != now)
            {
                let greeks = implied(exchange, option, price, underlying);
                let reply = computation(
                    (id, tick),
                    now,
                    greeks.as_ref(),
                    from.last().copied().flatten(),
                );
                client.send(&reply);
            }
        }
        let tick = if self.delayed { 83 } else { 13 };
        if moved && let Some((computed, underlying)) = model {
            let price = Some(computed.price.get());
            let reply = computation(
                (id, tick),
                price,
                Some(&computed.greeks),
                Some(underlying.get()),
            );
            client.send(&reply);
        }
    }
}

/// The sensitivities at a price of the option, where a volatility gives that price.
fn implied(
    exchange: &mut Exchange,
    option: &ListedOption,
    price: Option<Price>,
    underlying: Option<Price>,
) -> Option<Greeks> {
    let query = OptionQuery {
        instrument: Instrument::Option(option.clone()),
        underlying_price: underlying?,
        given: OptionGiven::Price(price?),
    };
    exchange
        .compute_option(&query)
        .ok()
        .map(|found| found.greeks)
}
