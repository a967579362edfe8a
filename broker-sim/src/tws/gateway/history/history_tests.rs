use std::sync::Arc;

use broker_core::{
    dec,
    model::{Bar, BarInterval, BarQuery, Currency, Instrument, Mic, Price, TradingSession},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::{
    paper::{PaperBroker, PaperWorld},
    tws::{
        gateway::{market_data::decimal, probe::Probe},
        message::{
            CancelHistoricalData, Contract, HistoricalDataBar, HistoricalDataRequest, Reply,
            Request,
        },
    },
};

pub(super) fn world() -> Arc<PaperWorld> {
    PaperBroker::builder().build_world().unwrap()
}

pub(super) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(super) fn contract(con_id: i32) -> Contract {
    Contract {
        con_id: Some(con_id),
        symbol: Some("AAPL".into()),
        exchange: Some("SMART".into()),
        ..Contract::default()
    }
}

pub(super) fn request(duration: &str, size: &str, what: &str) -> HistoricalDataRequest {
    HistoricalDataRequest {
        req_id: Some(5),
        contract: Some(contract(265_598)),
        duration: Some(duration.into()),
        bar_size_setting: Some(size.into()),
        what_to_show: Some(what.into()),
        use_rth: Some(true),
        format_date: Some(2),
        ..HistoricalDataRequest::default()
    }
}

pub(super) fn error_of(replies: &[Reply]) -> Option<(i32, String)> {
    replies.iter().find_map(|reply| match reply {
        Reply::Error(error) => Some((error.error_code?, error.error_msg.clone()?)),
        _ => None,
    })
}

fn ask(probe: &Probe, request: &HistoricalDataRequest) -> Vec<HistoricalDataBar> {
    let replies = probe.ask(Request::HistoricalData(request.clone()));
    match replies.as_slice() {
        [Reply::HistoricalData(data), Reply::HistoricalDataEnd(_)] => {
            data.historical_data_bars.clone()
        }
        other => panic!("{other:?}"),
    }
}

pub(super) fn exchange_bars(
    world: &Arc<PaperWorld>,
    interval: BarInterval,
    count: u32,
) -> Vec<Bar> {
    let mut query = BarQuery::new(apple(), interval);
    query.limit = count;
    query.session = TradingSession::Regular;
    world.with_exchange(|exchange| exchange.bars(&query).unwrap())
}

fn same(told: &HistoricalDataBar, bar: &Bar) {
    let prices = [told.open, told.high, told.low, told.close];
    let wanted = [bar.open, bar.high, bar.low, bar.close];
    for (told, wanted) in prices.into_iter().zip(wanted) {
        assert_eq!(decimal(told.unwrap()), Some(wanted.get()));
    }
}

#[test]
fn intraday_bars_are_those_of_the_exchange() {
    let world = world();
    world.advance(TimeDelta::hours(3));
    let probe = Probe::new(&world);
    for (size, interval) in [
        ("15 mins", BarInterval::Minute15),
        ("1 hour", BarInterval::Hour1),
    ] {
        let told = ask(&probe, &request("1 D", size, "TRADES"));
        let whole = exchange_bars(&world, interval, u32::try_from(told.len()).unwrap());
        assert!(told.len() >= 4, "{size}: {told:?}");
        // An hour that began before the session is cut at its opening; the rest are the same.
        for (told, bar) in told.iter().zip(&whole).skip(1) {
            same(told, bar);
            assert_eq!(
                told.date.as_deref(),
                Some(bar.start.timestamp().to_string().as_str())
            );
            let volume: Decimal = told.volume.as_deref().unwrap().parse().unwrap();
            assert_eq!(Some(volume), bar.volume);
        }
    }
}

#[test]
fn daily_bars_are_those_of_the_exchange_by_date() {
    let world = world();
    let probe = Probe::new(&world);
    let told = ask(&probe, &request("20 D", "1 day", "TRADES"));
    assert_eq!(told.len(), 20);
    let whole = exchange_bars(&world, BarInterval::Day1, 20);
    for (told, bar) in told.iter().zip(&whole) {
        same(told, bar);
        let date = bar.start.format("%Y%m%d").to_string();
        assert_eq!(told.date.as_deref(), Some(date.as_str()));
    }
    assert_eq!(ask(&probe, &request("1 W", "1 day", "TRADES")).len(), 5);
    let weeks = ask(&probe, &request("1 Y", "1 week", "TRADES"));
    assert!((51..=53).contains(&weeks.len()), "{}", weeks.len());
    let months = ask(&probe, &request("1 Y", "1 month", "TRADES"));
    assert!((11..=13).contains(&months.len()), "{}", months.len());
}

#[test]
fn dates_are_written_as_asked() {
    let world = world();
    let probe = Probe::new(&world);
    let mut wanted = request("1 D", "15 mins", "TRADES");
    wanted.format_date = Some(1);
    let told = ask(&probe, &wanted);
    let date = told[0].date.as_deref().unwrap();
    assert!(date.ends_with(" 09:30:00 US/Eastern"), "{date}");
    let replies = probe.ask(Request::HistoricalData(wanted));
    let Reply::HistoricalDataEnd(end) = &replies[1] else {
        panic!("{replies:?}")
    };
    assert!(
        end.start_date_str
            .as_deref()
            .unwrap()
            .ends_with("09:30:00 US/Eastern")
    );
    assert!(
        end.end_date_str
            .as_deref()
            .unwrap()
            .ends_with("10:00:00 US/Eastern")
    );
}

#[test]
fn an_end_is_understood_in_every_form_that_means_the_same() {
    let world = world();
    world.advance(TimeDelta::hours(4));
    let probe = Probe::new(&world);
    let day = world.now().format("%Y%m%d").to_string();
    let mut told = Vec::new();
    for end in [
        "{} 12:00:00 US/Eastern",
        "{} 12:00:00",
        "{}-17:00:00",
        "{} 17:00:00 UTC",
        "{} 11:00:00 America/Chicago",
    ] {
        let mut wanted = request("3600 S", "15 mins", "TRADES");
        wanted.end_date_time = Some(end.replace("{}", &day));
        told.push(ask(&probe, &wanted));
    }
    assert_eq!(told[0].len(), 4);
    for other in &told[1..] {
        assert_eq!(other, &told[0]);
    }
    for wrong in [
        "yesterday",
        "20220103",
        "20220103 25:00:00",
        "20220103 12:00:00 Mars/Base",
    ] {
        let mut wanted = request("3600 S", "15 mins", "TRADES");
        wanted.end_date_time = Some(wrong.into());
        let error = error_of(&probe.ask(Request::HistoricalData(wanted)));
        assert_eq!(error.map(|(code, _)| code), Some(10314), "{wrong}");
    }
}

#[test]
fn quotes_stand_still_between_two_prices_and_lie_around_the_trades() {
    let world = world();
    world.advance(TimeDelta::hours(2));
    let probe = Probe::new(&world);
    let bars = |what| ask(&probe, &request("3600 S", "1 min", what));
    let (bid, ask_bars, middle, both) =
        (bars("BID"), bars("ASK"), bars("MIDPOINT"), bars("BID_ASK"));
    assert_eq!(bid.len(), 60, "every minute has a quote");
    for (((bid, ask), middle), both) in bid.iter().zip(&ask_bars).zip(&middle).zip(&both) {
        assert!(bid.close < middle.close && middle.close < ask.close);
        assert_eq!((bid.low, ask.high), (both.low, both.high));
        assert_eq!(bid.volume.as_deref(), Some("-1"));
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_the_words_of_tws() {
    let world = world();
    let probe = Probe::new(&world);
    let code = |request: HistoricalDataRequest| {
        let error = error_of(&probe.ask(Request::HistoricalData(request)));
        error.map(|(code, _)| code)
    };
    assert_eq!(code(request("1 D", "7 secs", "TRADES")), Some(321));
    assert_eq!(code(request("1 X", "1 min", "TRADES")), Some(321));
    assert_eq!(code(request("0 D", "1 min", "TRADES")), Some(321));
    assert_eq!(code(request("500 D", "1 day", "TRADES")), Some(321));
    assert_eq!(code(request("1 D", "1 min", "RUMOURS")), Some(321));
    assert_eq!(
        code(request("1 D", "1 secs", "TRADES")),
        Some(162),
        "too long"
    );
    assert_eq!(
        code(request("1 D", "1 day", "FEE_RATE")),
        Some(162),
        "not recorded"
    );
    assert_eq!(code(request("1 D", "1 hour", "SCHEDULE")), Some(321));
    let mut ended = request("1 D", "1 day", "ADJUSTED_LAST");
    ended.end_date_time = Some("20211230 16:00:00".into());
    assert_eq!(code(ended.clone()), Some(321));
    ended.what_to_show = Some("TRADES".into());
    ended.keep_up_to_date = Some(true);
    assert_eq!(code(ended), Some(321));
    let mut unknown = request("1 D", "1 day", "TRADES");
    unknown.contract = Some(contract(1));
    assert_eq!(code(unknown), Some(200));
    let mut euro = request("1 D", "1 hour", "TRADES");
    euro.contract = Some(Contract {
        con_id: Some(12_087_792),
        ..Contract::default()
    });
    assert_eq!(code(euro), Some(162), "no trades of currencies");
}

#[test]
fn a_range_without_prices_has_no_data() {
    let world = world();
    let probe = Probe::new(&world);
    let mut wanted = request("1800 S", "1 secs", "TRADES");
    wanted.end_date_time = Some("20100105 12:00:00".into());
    let (code, text) = error_of(&probe.ask(Request::HistoricalData(wanted))).unwrap();
    assert_eq!(code, 162);
    assert!(text.contains("HMDS query returned no data"), "{text}");
}

#[test]
fn volatilities_are_daily_ratios() {
    let world = world();
    let probe = Probe::new(&world);
    for what in ["HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY"] {
        let told = ask(&probe, &request("10 D", "1 day", what));
        assert_eq!(told.len(), 10, "{what}");
        assert!(
            told.iter()
                .all(|bar| (0.05..2.0).contains(&bar.close.unwrap())),
            "{told:?}"
        );
    }
}

#[test]
fn a_schedule_names_its_sessions_in_the_zone_of_the_exchange() {
    let world = world();
    let probe = Probe::new(&world);
    let replies = probe.ask(Request::HistoricalData(request("5 D", "1 day", "SCHEDULE")));
    let [Reply::HistoricalSchedule(schedule)] = replies.as_slice() else {
        panic!("{replies:?}")
    };
    assert_eq!(schedule.time_zone.as_deref(), Some("US/Eastern"));
    assert_eq!(schedule.historical_sessions.len(), 5);
    for session in &schedule.historical_sessions {
        let date = session.ref_date.as_deref().unwrap();
        assert_eq!(session.start_date_time, Some(format!("{date}-09:30:00")));
        assert_eq!(session.end_date_time, Some(format!("{date}-16:00:00")));
    }
}

#[test]
fn bars_that_are_kept_up_to_date_follow_the_market_until_they_are_cancelled() {
    let world = world();
    let probe = Probe::new(&world);
    let mut wanted = request("3600 S", "1 min", "TRADES");
    wanted.keep_up_to_date = Some(true);
    ask(&probe, &wanted);
    assert_eq!(probe.gateway.open_lines(), 1);
    let again = probe.ask(Request::HistoricalData(wanted.clone()));
    assert_eq!(error_of(&again).unwrap().0, 322);
    for step in 1..=30_i64 {
        let price = Price::new(dec!(180) + Decimal::new(step, 2)).unwrap();
        world.with_exchange(|exchange| exchange.pin_price(&apple(), price).unwrap());
        world.advance(TimeDelta::seconds(7));
    }
    let mut told: Vec<HistoricalDataBar> = Vec::new();
    for reply in probe.hear() {
        if let Reply::HistoricalDataUpdate(update) = reply {
            let bar = update.historical_data_bar.unwrap();
            match told.last_mut() {
                Some(last) if last.date == bar.date => *last = bar,
                _ => told.push(bar),
            }
        }
    }
    wanted.keep_up_to_date = None;
    wanted.req_id = Some(6);
    let whole = ask(&probe, &wanted);
    let finished = whole.len() - 1;
    for bar in whole.iter().take(finished).rev().take(3) {
        assert!(told.contains(bar), "{bar:?} in {told:#?}");
    }
    let cancel = || {
        let request = CancelHistoricalData { req_id: Some(5) };
        error_of(&probe.ask(Request::CancelHistoricalData(request)))
            .unwrap()
            .0
    };
    assert_eq!(cancel(), 162);
    assert_eq!(probe.gateway.open_lines(), 0);
    assert_eq!(cancel(), 366);
}
