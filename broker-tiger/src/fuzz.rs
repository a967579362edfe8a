//! Doors for fuzzers: bytes in, no panic out.

use std::sync::Mutex;

use broker_core::{
    Error, MarketData, Result, async_trait,
    feed::{FeedHub, FeedLine, FeedSink, FeedStream},
    model::{
        AccountId, Bar, BarInterval, BarQuery, ClientOrderId, Currency, Depth, Instrument, Mic,
        Quote, Subscription, Trade,
    },
};

use crate::{
    instrument::{ContractRow, Named},
    market_data::listeners,
    orders,
    portfolio::PositionRow,
    push, transport,
};

/// Reads bytes of the push service as frames and hands each to everybody who could listen to it. The first
/// byte says how many bytes come at once.
pub fn push_bytes(bytes: &[u8]) {
    let Some((piece, rest)) = bytes.split_first() else {
        return;
    };
    let mut readers = Readers::new();
    push::read_all(rest, usize::from(*piece).max(1), |market| {
        for listener in &mut readers.listeners {
            listener.take(market);
            listener.settle();
            listener.pass(chrono::DateTime::UNIX_EPOCH);
        }
    });
}

/// Reads the body of an answer as that of each kind of method, with the status that its first two bytes say.
pub fn answer(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.len().min(2));
    let status = head
        .iter()
        .fold(0_u16, |sum, byte| sum << 8 | u16::from(*byte))
        % 600;
    // Most of them as the gateway answers.
    let status = if status < 500 { 200 } else { status };
    for data in transport::read_any(status, body) {
        let orders = data.rows::<orders::Listed>().map(|rows| rows.rows);
        for listed in orders.unwrap_or_default() {
            orders::understand(&listed, &account(), &share());
        }
        let _ = data.rows::<Named<PositionRow>>();
        let contracts = data.rows::<ContractRow>().map(|rows| rows.rows);
        for row in contracts.unwrap_or_default() {
            let _ = row.details(&share());
        }
    }
}

fn account() -> AccountId {
    #[expect(clippy::expect_used, reason = "a name that is one")]
    AccountId::new("12345678").expect("a name")
}

fn share() -> Instrument {
    #[expect(clippy::expect_used, reason = "a symbol that is one")]
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).expect("a symbol")
}

/// An order's name for whoever needs one.
pub(crate) fn name() -> ClientOrderId {
    ClientOrderId::generate()
}

/// Everybody who can listen to pushes, with the streams that they feed.
struct Readers {
    listeners: Vec<Box<dyn push::Listener>>,
    _streams: Vec<FeedStream>,
}

impl Readers {
    fn new() -> Self {
        let instrument = share();
        let wanted = [
            Subscription::Quotes {
                instrument: instrument.clone(),
            },
            Subscription::Depth {
                instrument: instrument.clone(),
                levels: 3,
            },
            Subscription::Trades {
                instrument: instrument.clone(),
            },
            Subscription::Bars {
                instrument,
                interval: BarInterval::Minute5,
            },
        ];
        let mut readers = Self {
            listeners: Vec::new(),
            _streams: Vec::new(),
        };
        for subscription in wanted {
            let catch = Catch::default();
            let hub = FeedHub::default();
            let mut joining = Box::pin(hub.subscribe(&catch, &subscription));
            let mut context = core::task::Context::from_waker(core::task::Waker::noop());
            // Nothing in it waits.
            if let core::task::Poll::Ready(Ok(stream)) = joining.as_mut().poll(&mut context) {
                readers._streams.push(stream);
            }
            drop(joining);
            let sink = catch.0.into_inner().ok().flatten();
            if let Some(sink) = sink {
                readers.listeners.extend(listeners(&subscription, sink));
            }
        }
        readers
    }
}

/// Catches the sink of a line.
#[derive(Debug, Default)]
struct Catch(Mutex<Option<FeedSink>>);

fn nothing<T>() -> Result<T> {
    Err(Error::unsupported("a source of nothing"))
}

#[async_trait]
impl MarketData for Catch {
    async fn quotes(&self, _: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        nothing()
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        nothing()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        nothing()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        nothing()
    }
    async fn open_line(&self, _: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        if let Ok(mut caught) = self.0.lock() {
            *caught = Some(sink);
        }
        Ok(FeedLine::new(()))
    }
}
