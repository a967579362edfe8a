use broker_core::dec;
use broker_sim::tws::{Habits, TwsServer};
use ibapi::{
    contracts::tick_types::TickType,
    market_data::realtime::{MarketDepths, generic_tick},
    prelude::*,
};

use crate::stage::{
    PATIENCE, advance, apple, apple_contract, client, code, drained, pin, server, server_with,
    settled, within,
};

/// The data among what a stream has said.
fn data<T>(heard: Vec<Result<SubscriptionItem<T>, Error>>) -> Vec<T> {
    heard
        .into_iter()
        .filter_map(|item| match item.unwrap() {
            SubscriptionItem::Data(data) => Some(data),
            SubscriptionItem::Notice(_) => None,
        })
        .collect()
}

fn best(server: &TwsServer) -> (String, String) {
    let quote = server
        .world()
        .with_exchange(|exchange| exchange.quote(&apple()).unwrap());
    let text =
        |price: Option<broker_core::model::Price>| price.unwrap().get().normalize().to_string();
    (text(quote.bid), text(quote.ask))
}

#[tokio::test]
async fn a_snapshot_is_the_market_of_the_moment() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let ticks = client
        .market_data(&contract)
        .snapshot_once(PATIENCE)
        .await
        .unwrap();
    let quote = Quote::from_ticks(&ticks);
    let told = (
        quote.bid.unwrap().to_string(),
        quote.ask.unwrap().to_string(),
    );
    assert_eq!(told, best(&server));
    assert_eq!(quote.market_data_type, Some(MarketDataType::Realtime));
    assert_eq!(server.open_lines(), 0);
    let regulatory = client.market_data(&contract).regulatory_snapshot();
    let ticks = regulatory.snapshot_once(PATIENCE).await.unwrap();
    assert_eq!(Quote::from_ticks(&ticks).bid, quote.bid);
}

#[tokio::test]
async fn a_line_follows_the_market_until_it_is_dropped() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut line = client
        .market_data(&contract)
        .streaming()
        .subscribe()
        .await
        .unwrap();
    let mut quote = Quote::default();
    for tick in data(drained(&client, &mut line).await) {
        quote.apply(&tick);
    }
    assert_eq!(quote.bid.unwrap().to_string(), best(&server).0);
    pin(&server, &apple(), dec!(104.5));
    for tick in data(drained(&client, &mut line).await) {
        quote.apply(&tick);
    }
    assert_eq!(quote.ask.unwrap().to_string(), best(&server).1);
    assert_eq!(server.open_lines(), 1);
    line.cancel().await;
    settled(&client).await;
    assert_eq!(server.open_lines(), 0);
}

#[tokio::test]
async fn generic_ticks_tell_more_and_unknown_ones_are_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let line = client.market_data(&contract);
    let mut line = line
        .generic_ticks(&[generic_tick::SHORTABLE])
        .add_generic_tick(generic_tick::RT_VOLUME)
        .subscribe()
        .await
        .unwrap();
    let heard = data(drained(&client, &mut line).await);
    let shortable = heard.iter().any(
        |tick| matches!(tick, TickTypes::Generic(told) if told.tick_type == TickType::Shortable),
    );
    assert!(shortable, "{heard:?}");
    let order = client.order(&contract).buy(7).market().account("DU1");
    order.submit().await.unwrap();
    let heard = data(drained(&client, &mut line).await);
    let volume = heard.iter().find_map(|tick| match tick {
        TickTypes::String(told) if told.tick_type == TickType::RtVolume => Some(&told.value),
        _ => None,
    });
    assert!(
        volume.is_some_and(|text| text.starts_with("100.01;7;")),
        "{heard:?}"
    );
    let line = client.market_data(&contract).generic_ticks(&["9999"]);
    let mut line = line.subscribe().await.unwrap();
    assert_eq!(code(within(line.next()).await.unwrap()), Some(321));
}

#[tokio::test]
async fn delayed_data_is_told_as_such() {
    let mut habits = Habits::unlimited();
    habits.delayed_data_only = true;
    let server = server_with(habits).await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    assert_eq!(code(within(line.next()).await.unwrap()), Some(10168));
    client
        .switch_market_data_type(MarketDataType::Delayed)
        .await
        .unwrap();
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    let heard = drained(&client, &mut line).await;
    let notice = heard.iter().find_map(|item| match item {
        Ok(SubscriptionItem::Notice(notice)) => Some(notice.code),
        _ => None,
    });
    assert_eq!(notice, Some(10167));
    let heard = data(heard);
    let delayed = heard.iter().any(|tick| match tick {
        TickTypes::PriceSize(told) => told.price_tick_type == TickType::DelayedBid,
        TickTypes::Price(told) => told.tick_type == TickType::DelayedBid,
        _ => false,
    });
    assert!(delayed, "{heard:?}");
    let quote = Quote::from_ticks(&heard);
    assert_eq!(quote.market_data_type, Some(MarketDataType::Delayed));
    let mut book = client.market_depth(&contract, 5).subscribe().await.unwrap();
    assert_eq!(code(within(book.next()).await.unwrap()), Some(354));
    let ticks = client.tick_by_tick(&contract, 0).last().await;
    assert_eq!(
        code(within(ticks.unwrap().next()).await.unwrap()),
        Some(10189)
    );
    let mut bars = client.realtime_bars(&contract).subscribe().await.unwrap();
    assert_eq!(code(within(bars.next()).await.unwrap()), Some(420));
}

/// A copy of a book, as a user of the client keeps it.
#[derive(Default)]
struct Book {
    bids: Vec<(f64, f64)>,
    asks: Vec<(f64, f64)>,
    resets: u32,
}

impl Book {
    fn apply(&mut self, row: &MarketDepths) {
        let (side, place, operation, row) = match row {
            MarketDepths::Reset => {
                self.resets += 1;
                self.bids.clear();
                self.asks.clear();
                return;
            }
            MarketDepths::MarketDepth(row) => {
                (row.side, row.position, row.operation, (row.price, row.size))
            }
            MarketDepths::MarketDepthL2(row) => {
                (row.side, row.position, row.operation, (row.price, row.size))
            }
        };
        let rows = if side == 1 {
            &mut self.bids
        } else {
            &mut self.asks
        };
        let place = usize::try_from(place).unwrap();
        match operation {
            0 => rows.insert(place, row),
            1 => rows[place] = row,
            2 => {
                rows.remove(place);
            }
            other => panic!("operation {other}"),
        }
    }

    fn check(&self, server: &TwsServer) {
        let depth = server
            .world()
            .with_exchange(|exchange| exchange.depth(&apple(), 5).unwrap());
        for (told, levels) in [(&self.bids, &depth.bids), (&self.asks, &depth.asks)] {
            let told: Vec<_> = told
                .iter()
                .map(|(price, size)| (price.to_string(), size.to_string()))
                .collect();
            let known: Vec<_> = levels
                .iter()
                .take(5)
                .map(|level| {
                    (
                        level.price.get().normalize().to_string(),
                        level.size.normalize().to_string(),
                    )
                })
                .collect();
            assert_eq!(told, known);
        }
    }
}

#[tokio::test]
async fn a_book_stays_a_true_copy() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let lines = client
        .market_depth(&contract, 5)
        .smart_depth(SmartDepth::Yes);
    let mut lines = lines.subscribe().await.unwrap();
    let mut book = Book::default();
    for row in data(drained(&client, &mut lines).await) {
        book.apply(&row);
    }
    assert_eq!(book.bids.len(), 5);
    book.check(&server);
    let orders = [(99.5, 30), (100.0, 70), (99.0, 10)];
    for (limit, quantity) in orders {
        let order = client.order(&contract).buy(quantity).limit(limit);
        order.account("DU1").submit().await.unwrap();
        for row in data(drained(&client, &mut lines).await) {
            book.apply(&row);
        }
        book.check(&server);
    }
    pin(&server, &apple(), dec!(97));
    for row in data(drained(&client, &mut lines).await) {
        book.apply(&row);
    }
    book.check(&server);
    server.reset_depth();
    for row in data(drained(&client, &mut lines).await) {
        book.apply(&row);
    }
    assert_eq!(book.resets, 1);
    book.check(&server);
}

#[tokio::test]
async fn single_ticks_tell_every_trade_and_every_quote() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut last = client.tick_by_tick(&contract, 0).last().await.unwrap();
    let mut all = client.tick_by_tick(&contract, 0).all_last().await.unwrap();
    let mut quotes = client
        .tick_by_tick(&contract, 0)
        .bid_ask(IgnoreSize::No)
        .await
        .unwrap();
    let mut middle = client.tick_by_tick(&contract, 0).mid_point().await.unwrap();
    drained(&client, &mut quotes).await;
    drained(&client, &mut middle).await;
    let order = client.order(&contract).buy(12).market().account("DU1");
    order.submit().await.unwrap();
    for trades in [&mut last, &mut all] {
        let trades = data(drained(&client, trades).await);
        let told: Vec<_> = trades
            .iter()
            .map(|trade| (trade.price, trade.size))
            .collect();
        assert_eq!(told, [(100.01, 12.0)]);
        assert_eq!(trades[0].exchange, "NASDAQ");
        assert_eq!(
            trades[0].time.unix_timestamp(),
            server.world().now().timestamp()
        );
    }
    pin(&server, &apple(), dec!(102));
    let told = data(drained(&client, &mut quotes).await);
    let told = told.last().unwrap();
    assert_eq!(
        (told.bid_price.to_string(), told.ask_price.to_string()),
        best(&server)
    );
    let told = data(drained(&client, &mut middle).await);
    assert_eq!(told.last().unwrap().mid_point, 102.0);
    // TWS sends past ticks as historical ones, which this client leaves out of its stream; the live
    // ones follow all the same.
    advance(&server, 1);
    let mut past = client.tick_by_tick(&contract, 3).last().await.unwrap();
    let order = client.order(&contract).sell(4).market().account("DU1");
    order.submit().await.unwrap();
    let told = data(drained(&client, &mut past).await);
    assert_eq!(told.last().unwrap().size, 4.0, "{told:?}");
    assert_eq!(server.open_lines(), 5);
}

#[tokio::test]
async fn bars_of_five_seconds_hold_the_trades_of_their_time() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let bars = client.realtime_bars(&contract);
    let bars = bars.what_to_show(RealtimeWhatToShow::Trades);
    let mut bars = bars
        .trading_hours(TradingHours::Regular)
        .subscribe()
        .await
        .unwrap();
    let mut middle = client
        .realtime_bars(&contract)
        .what_to_show(RealtimeWhatToShow::MidPoint)
        .subscribe()
        .await
        .unwrap();
    let began = server.world().now().timestamp();
    let order = client.order(&contract).buy(12).market().account("DU1");
    order.submit().await.unwrap();
    settled(&client).await;
    advance(&server, 5);
    let told = data(drained(&client, &mut bars).await);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].date.unix_timestamp(), began);
    assert_eq!(
        (told[0].close, told[0].volume, told[0].count),
        (100.01, 12.0, 1)
    );
    pin(&server, &apple(), dec!(103));
    advance(&server, 10);
    assert_eq!(data(drained(&client, &mut bars).await).len(), 2);
    let told = data(drained(&client, &mut middle).await);
    assert_eq!(told.len(), 3);
    assert_eq!(told[1].high, 103.0);
}

#[tokio::test]
async fn what_a_line_says_is_collected_in_several_ways() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let snapshot = || client.market_data(&contract).snapshot().subscribe();
    let first = snapshot().await.unwrap().collect_for(PATIENCE).await;
    let mut again = snapshot().await.unwrap();
    let bid = again
        .collect_until(PATIENCE, |ticks| Quote::from_ticks(ticks).bid.is_some())
        .await;
    assert_eq!(Quote::from_ticks(&bid).bid, Quote::from_ticks(&first).bid);
    let quiet = std::time::Duration::from_millis(200);
    let mut line = client.market_data(&contract).subscribe().await.unwrap();
    let batch = within(line.next_batch(quiet)).await.unwrap().unwrap();
    assert_eq!(Quote::from_ticks(&batch).ask, Quote::from_ticks(&first).ask);
    let deadline = tokio::time::Instant::now() + quiet;
    let drained = line.cancel_and_drain(deadline).await.unwrap();
    assert!(matches!(drained, Drained::Unconfirmed), "{drained:?}");
    settled(&client).await;
    assert_eq!(server.open_lines(), 0);
}

#[tokio::test]
async fn news_come_on_lines_too() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let mut news = client.contract_news(&contract, &["SIM"]).await.unwrap();
    let told = data(drained(&client, &mut news).await);
    assert!(told.iter().all(|row| row.provider_code == "SIM"));
    let mut tape = client.broad_tape_news("SIM").await.unwrap();
    println!("{:?}", drained(&client, &mut tape).await);
}
