//! A load of ticks that does not come from the exchange, for measuring clients and the wire.

use std::sync::Arc;

use rust_decimal::Decimal;
use tokio::time::{Duration, Instant};

use super::quotes::look;
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{contracts::double, state::State},
        message::{Reply, TickPrice},
        outbox::Outbox,
    },
};

/// Ticks that are written for a line at a time.
const CHUNK: u64 = 64;

/// A line waits while so many bytes are on their way to its client.
const ROOM: usize = 256 * 1024;

/// The size of every tick but a line's last, and of the last.
const SIZE: &str = "100";
const LAST_SIZE: &str = "999999";

/// Lines that are to be flooded.
#[derive(Debug)]
pub(in crate::tws) struct Flood {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    outbox: Arc<Outbox>,
    /// The tick that is sent next; it is changed in place, so that none costs an allocation.
    tick: Reply,
    bid: Decimal,
    step: Decimal,
    sent: u64,
}

impl State {
    pub(in crate::tws::gateway) fn flood(&self, exchange: &mut Exchange) -> Flood {
        let mut lines = Vec::new();
        for kept in self.lines.quotes.iter() {
            let Some(client) = self.clients.get(&kept.connection) else {
                continue;
            };
            let quote = look(exchange, &kept.line.instrument, None);
            let price = quote
                .and_then(|quote| quote.mid())
                .unwrap_or(Decimal::ONE_HUNDRED);
            let details = exchange.contract(&kept.line.instrument).ok();
            let step =
                details.and_then(|known| known.ticks.bands().last().map(|band| band.increment));
            lines.push(Line {
                outbox: Arc::clone(&client.outbox),
                tick: Reply::TickPrice(TickPrice {
                    req_id: Some(kept.req_id),
                    size: Some(SIZE.to_owned()),
                    attr_mask: Some(1),
                    ..TickPrice::default()
                }),
                bid: price,
                step: step.unwrap_or(Decimal::ONE),
                sent: 0,
            });
        }
        Flood { lines }
    }
}

impl Line {
    /// Writes the next ticks: a bid, then an ask one step above it, which moves with every pair.
    /// The very last has a size of its own.
    fn write(&mut self, count: u64, of: u64, buffer: &mut Vec<u8>) {
        let dialect = self.outbox.dialect();
        for _ in 0..count {
            let steps = Decimal::from(self.sent / 2 % 16);
            let ask = self.sent % 2 == 1;
            if let Reply::TickPrice(tick) = &mut self.tick {
                tick.tick_type = Some(if ask { 2 } else { 1 });
                let above = if ask { steps + Decimal::ONE } else { steps };
                tick.price = Some(double(self.bid + self.step * above));
                if self.sent + 1 == of {
                    tick.size = Some(LAST_SIZE.to_owned());
                }
            }
            dialect.encode(&self.tick, buffer);
            self.sent += 1;
        }
    }
}

impl Flood {
    /// Sends so many ticks to every line; gives back how many were sent.
    pub(in crate::tws) async fn run(mut self, ticks_per_line: u64, rate: Option<u32>) -> u64 {
        let began = Instant::now();
        let mut buffer = Vec::new();
        let mut total = 0;
        // A hundredth of a second at a time, so that a slow pace is an even one.
        let lines = u64::try_from(self.lines.len()).unwrap_or(u64::MAX).max(1);
        let chunk = rate.map_or(CHUNK, |rate| {
            (u64::from(rate) / 100 / lines).clamp(1, CHUNK)
        });
        while !self.lines.is_empty() {
            let mut going = Vec::with_capacity(self.lines.len());
            for mut line in self.lines {
                if let Some(rate) = rate.filter(|rate| *rate > 0) {
                    let due = Duration::from_micros(total * 1_000_000 / u64::from(rate));
                    tokio::time::sleep_until(began + due).await;
                }
                if !line.outbox.room(ROOM).await {
                    continue;
                }
                let count = chunk.min(ticks_per_line - line.sent);
                line.write(count, ticks_per_line, &mut buffer);
                line.outbox.send_raw(&buffer);
                buffer.clear();
                total += count;
                if line.sent < ticks_per_line {
                    going.push(line);
                }
            }
            self.lines = going;
            tokio::task::yield_now().await;
        }
        total
    }
}
