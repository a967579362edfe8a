use broker_core::model::{BarInterval, BarQuery};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::history_tests::{apple, contract, error_of, exchange_bars, world};
use crate::tws::{
    gateway::probe::Probe,
    message::{
        CancelHeadTimestamp, HeadTimestampRequest, HistogramDataRequest, HistoricalTicksRequest,
        Reply, Request, TickByTickRequest,
    },
};

#[test]
fn ticks_come_forward_from_a_start_and_back_from_an_end() {
    let world = world();
    world.advance(TimeDelta::hours(3));
    let probe = Probe::new(&world);
    let trades = world.with_exchange(|exchange| exchange.trades(&apple(), usize::MAX).unwrap());
    let times = |start: Option<&str>, end: Option<&str>, count| -> Vec<i64> {
        let request = HistoricalTicksRequest {
            req_id: Some(4),
            contract: Some(contract(265_598)),
            start_date_time: start.map(str::to_owned),
            end_date_time: end.map(str::to_owned),
            number_of_ticks: Some(count),
            what_to_show: Some("TRADES".into()),
            use_rth: Some(true),
            ..HistoricalTicksRequest::default()
        };
        match probe.ask(Request::HistoricalTicks(request)).as_slice() {
            [Reply::HistoricalTicksLast(ticks)] => {
                assert_eq!(ticks.is_done, Some(true));
                ticks
                    .historical_ticks_last
                    .iter()
                    .map(|tick| tick.time.unwrap())
                    .collect()
            }
            other => panic!("{other:?}"),
        }
    };
    let day = world.now().format("%Y%m%d").to_string();
    let noon = format!("{day}-16:00:00");
    let at = world
        .now()
        .date_naive()
        .and_hms_opt(16, 0, 0)
        .unwrap()
        .and_utc();
    let before: Vec<i64> = trades
        .iter()
        .map(|t| t.time)
        .filter(|t| *t < at)
        .map(|t| t.timestamp())
        .collect();
    let after: Vec<i64> = trades
        .iter()
        .map(|t| t.time)
        .filter(|t| *t >= at)
        .map(|t| t.timestamp())
        .collect();
    assert_eq!(times(None, Some(&noon), 3), before[before.len() - 3..]);
    assert_eq!(times(Some(&noon), None, 2), after[..2]);
    let five = format!("{day}-16:05:00");
    let between = after.iter().filter(|tick| **tick < at.timestamp() + 300);
    assert_eq!(
        times(Some(&noon), Some(&five), 1_000),
        between.copied().collect::<Vec<i64>>()
    );
    let neither = HistoricalTicksRequest {
        req_id: Some(4),
        contract: Some(contract(265_598)),
        number_of_ticks: Some(3),
        what_to_show: Some("BID_ASK".into()),
        ..HistoricalTicksRequest::default()
    };
    let refused = probe.ask(Request::HistoricalTicks(neither.clone()));
    assert_eq!(error_of(&refused).unwrap().0, 321);
    let quotes = HistoricalTicksRequest {
        end_date_time: Some(noon),
        ..neither
    };
    let replies = probe.ask(Request::HistoricalTicks(quotes));
    let [Reply::HistoricalTicksBidAsk(ticks)] = replies.as_slice() else {
        panic!("{replies:?}")
    };
    assert_eq!(ticks.historical_ticks_bid_ask.len(), 3);
    assert!(
        ticks
            .historical_ticks_bid_ask
            .iter()
            .all(|tick| tick.price_bid < tick.price_ask)
    );
}

#[test]
fn single_ticks_begin_with_as_many_old_ones_as_asked_for() {
    let world = world();
    let probe = Probe::new(&world);
    let replies = probe.ask(Request::TickByTick(TickByTickRequest {
        req_id: Some(1),
        contract: Some(contract(265_598)),
        tick_type: Some("Last".into()),
        number_of_ticks: Some(4),
        ignore_size: Some(false),
    }));
    assert!(
        matches!(replies.as_slice(), [Reply::HistoricalTicksLast(ticks)]
        if ticks.historical_ticks_last.len() == 4),
        "{replies:?}"
    );
}

#[test]
fn records_begin_where_the_first_day_began() {
    let world = world();
    let probe = Probe::new(&world);
    let first = exchange_bars(&world, BarInterval::Day1, BarQuery::MAX_LIMIT)
        .remove(0)
        .start;
    let head = |format| {
        let request = HeadTimestampRequest {
            req_id: Some(2),
            contract: Some(contract(265_598)),
            use_rth: Some(true),
            what_to_show: Some("TRADES".into()),
            format_date: Some(format),
        };
        match probe.ask(Request::HeadTimestamp(request)).as_slice() {
            [Reply::HeadTimestamp(head)] => head.head_timestamp.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(head(2), first.timestamp().to_string());
    assert_eq!(head(1), first.format("%Y%m%d-%H:%M:%S").to_string());
    // Clients cancel what has been answered.
    let cancel = || {
        let request = CancelHeadTimestamp { req_id: Some(2) };
        error_of(&probe.ask(Request::CancelHeadTimestamp(request)))
    };
    assert_eq!(cancel(), None);
    assert_eq!(cancel().unwrap().0, 300);
}

#[test]
fn a_histogram_holds_every_unit_that_was_traded() {
    let world = world();
    world.advance(TimeDelta::hours(2));
    let probe = Probe::new(&world);
    let request = |period: &str| {
        Request::Histogram(HistogramDataRequest {
            req_id: Some(3),
            contract: Some(contract(265_598)),
            use_rth: Some(false),
            time_period: Some(period.into()),
        })
    };
    let replies = probe.ask(request("1 week"));
    let [Reply::HistogramData(histogram)] = replies.as_slice() else {
        panic!("{replies:?}")
    };
    let rows = &histogram.histogram_data_entries;
    assert!(rows.windows(2).all(|pair| pair[0].price < pair[1].price));
    let total: Decimal = rows
        .iter()
        .map(|row| row.size.as_deref().unwrap().parse::<Decimal>().unwrap())
        .sum();
    let from = world.now() - TimeDelta::weeks(1);
    let traded: Decimal = world.with_exchange(|exchange| {
        let trades = exchange.trades(&apple(), usize::MAX).unwrap();
        trades
            .iter()
            .filter(|trade| trade.time >= from)
            .map(|trade| trade.size)
            .sum()
    });
    assert_eq!(total, traded);
    assert_eq!(error_of(&probe.ask(request("a while"))).unwrap().0, 321);
}
