//! What is pushed in a flood.

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message as _;

use super::{
    Outcome,
    message::{
        Asset, Body, Minute, Order, Payload, Quote, Response, Trades, command, data_type, sides,
    },
};

/// The shares that are pushed: as many as a developer without a paid plan may subscribe to.
pub(super) const SYMBOLS: [&str; 20] = [
    "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "LLY", "MRK", "MSFT",
    "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM",
];

/// The size of the last trade of a share, and of its last offer, when so many pushes have been made; no
/// other is as large.
pub(super) const fn last_size(total: u64) -> u64 {
    1_000_000 + total
}

/// Pushes of a flood that say of every share that it is over: its last trade and its last quote.
pub(super) const LAST: u64 = 2 * SYMBOLS.len() as u64;

/// Pushes one after another, no two alike, from the first of a connection on. Of a hundred, about 52 are
/// best prices, 21 the day's figures, 5 both, 21 trades (three each), and one is about an order or an
/// account.
pub(super) struct Mix {
    account: String,
    /// Pushes so far: each quote that tells the day's volume tells this number.
    count: u64,
    /// Quotes with both halves so far, of which one client makes two events.
    whole: u64,
    /// The number of the last trade of each share.
    trades: [i64; SYMBOLS.len()],
    millis: u64,
}

fn first_of<T>(count: usize, all: [T; 3]) -> Vec<T> {
    all.into_iter().take(count).collect()
}

impl Mix {
    pub(super) fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            count: 0,
            whole: 0,
            trades: [0; SYMBOLS.len()],
            millis: 0,
        }
    }

    /// How many have been made.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// How many of them are quotes with both halves.
    pub(super) const fn whole(&self) -> u64 {
        self.whole
    }

    /// Reads the clock: what is pushed next is of now.
    pub(super) fn tick(&mut self) -> Outcome {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        self.millis = now.as_millis().try_into()?;
        Ok(())
    }

    /// Writes the next push behind what is there.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>) -> Outcome {
        // The order of kinds has another length than the list of shares, so each gets all of them.
        let kind = self.count % 199;
        let place = usize::try_from(self.count)? % SYMBOLS.len();
        let body = match kind {
            100 => (data_type::ORDER_STATUS, Payload::Order(self.order(place))),
            198 => (data_type::ASSET, Payload::Asset(self.asset())),
            _ => match kind % 19 {
                4 | 9 | 13 | 17 => self.trades(place, 3, None)?,
                2 | 6 | 11 | 15 => self.quote(place, sides::BASIC),
                7 => self.quote(place, sides::ALL),
                _ => self.quote(place, sides::BBO),
            },
        };
        self.write(body, bytes)
    }

    /// Writes what ends a flood after so many pushes in all, these included.
    pub(super) fn end(&mut self, total: u64, bytes: &mut Vec<u8>) -> Outcome {
        for place in 0..SYMBOLS.len() {
            let last = self.trades(place, 1, Some(last_size(total).try_into()?))?;
            self.write(last, bytes)?;
        }
        for place in 0..SYMBOLS.len() {
            let (kind, Payload::Quote(mut quote)) = self.quote(place, sides::ALL) else {
                return Err("a quote that is none".into());
            };
            quote.ask_size = Some(last_size(total).try_into()?);
            self.write((kind, Payload::Quote(quote)), bytes)?;
        }
        Ok(())
    }

    fn write(&mut self, (data_type, payload): (i32, Payload), bytes: &mut Vec<u8>) -> Outcome {
        self.count += 1;
        let response = Response {
            command: command::MESSAGE,
            body: Some(Body {
                data_type,
                payload: Some(payload),
            }),
            ..Response::default()
        };
        Ok(response.encode_length_delimited(bytes)?)
    }

    /// Cents above 100 dollars, another number for each of twenty thousand pushes.
    fn cents(&self) -> u32 {
        u32::try_from(self.count % 20_011).unwrap_or_default()
    }

    fn price(&self, above: u32) -> f64 {
        f64::from(10_000 + self.cents() + above) / 100.0
    }

    fn quote(&mut self, place: usize, sides: i32) -> (i32, Payload) {
        let millis = self.millis;
        let mut quote = Quote {
            symbol: SYMBOLS.get(place).copied().unwrap_or_default().to_owned(),
            sides,
            timestamp: millis,
            ..Quote::default()
        };
        let number = i64::try_from(self.count).unwrap_or(i64::MAX);
        if sides != sides::BBO {
            quote.server_timestamp = Some(millis);
            quote.avg_price = Some(self.price(3));
            quote.latest_price = Some(self.price(1));
            quote.latest_price_timestamp = Some(millis);
            quote.latest_time = Some("11-22 10:30:00 EST".to_owned());
            quote.pre_close = Some(100.37);
            quote.volume = Some(number);
            quote.amount = Some(f64::from(self.cents()) * 1_000.5);
            quote.open = Some(100.5);
            quote.high = Some(300.25);
            quote.low = Some(99.75);
            quote.market_status = Some("Trading".to_owned());
            quote.minute = Some(Minute {
                price: self.price(1),
                average: self.price(3),
                time: millis,
                volume: 1 + number % 5_000,
                open: self.price(0),
                high: self.price(4),
                low: self.price(0),
            });
        }
        if sides != sides::BASIC {
            quote.ask_price = Some(self.price(2));
            quote.ask_size = Some(1 + number % 900);
            quote.ask_timestamp = Some(millis);
            quote.bid_price = Some(self.price(0));
            quote.bid_size = Some(1 + number % 700);
            quote.bid_timestamp = Some(millis);
        }
        self.whole += u64::from(sides == sides::ALL);
        (data_type::QUOTE, Payload::Quote(quote))
    }

    /// So many trades; all of one size if one is given.
    fn trades(&mut self, place: usize, count: usize, size: Option<i64>) -> Outcome<(i32, Payload)> {
        let last = self.trades.get_mut(place).ok_or("no such share")?;
        let first = *last + 1;
        *last += i64::try_from(count)?;
        let sizes = [10, 200, 3_000].map(|size: i64| size + first % 90);
        let trades = Trades {
            symbol: SYMBOLS.get(place).copied().unwrap_or_default().to_owned(),
            signs: "+-*".chars().take(count).collect(),
            conditions: "IT ".chars().take(count).collect(),
            sn: first,
            price_base: 10_000,
            price_offset: 2,
            time: first_of(count, [i64::try_from(self.millis)?, 5, 0]),
            price: first_of(
                count,
                [5, 3, 0].map(|above| i64::from(self.cents()) + above),
            ),
            volume: first_of(count, sizes.map(|usual| size.unwrap_or(usual))),
            part_code: first_of(count, ["t", "p", "n"].map(str::to_owned)),
            quote_level: "usQuoteBasic".to_owned(),
            timestamp: self.millis,
            sec_type: "STK".to_owned(),
        };
        Ok((data_type::TRADE_TICK, Payload::Trades(trades)))
    }

    fn order(&self, place: usize) -> Order {
        let symbol = SYMBOLS.get(place).copied().unwrap_or_default();
        let text = str::to_owned;
        Order {
            id: 41_000_000_000_000_000 + i64::try_from(self.count).unwrap_or_default(),
            account: self.account.clone(),
            symbol: text(symbol),
            identifier: text(symbol),
            multiplier: 1,
            action: text("BUY"),
            market: text("US"),
            currency: text("USD"),
            seg_type: text("S"),
            sec_type: text("STK"),
            order_type: text("LMT"),
            is_long: true,
            total_quantity: 100,
            filled_quantity: i64::from(self.cents() % 100),
            avg_fill_price: self.price(0),
            limit_price: self.price(1),
            status: text("Submitted"),
            can_modify: true,
            can_cancel: true,
            source: text("OpenApi"),
            open_time: self.millis,
            timestamp: self.millis,
            time_in_force: text("DAY"),
            update_time: self.millis,
        }
    }

    fn asset(&self) -> Asset {
        Asset {
            account: self.account.clone(),
            currency: "USD".to_owned(),
            seg_type: "S".to_owned(),
            available_funds: self.price(1),
            excess_liquidity: self.price(2),
            net_liquidation: self.price(3),
            buying_power: self.price(4),
            cash_balance: self.price(5),
            timestamp: self.millis,
        }
    }
}
