//! What is told about the market and about companies.

use broker_core::{
    Broker as _, BrokerExt as _, dec,
    model::{
        AssetClass, BarInterval, BarQuery, CorporateEvent, Currency, Fund, FundamentalKind,
        Instrument, Mic, OccSymbol, ResearchQuery, Right, SessionKind,
    },
};
use broker_tiger::MarketPhase;
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};

use super::player::{apple, asking, broker, client, vector, was_asked};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn millis(millis: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(millis).unwrap()
}

#[tokio::test]
async fn a_market_opens_when_it_was_recorded_to() {
    let (broker, asked) = asking().await;
    let states = broker.market_state("US").await.unwrap();
    was_asked(59, &asked);
    assert_eq!(states.len(), 1);
    assert_eq!(states[0].market, "US");
    assert_eq!(states[0].phase, MarketPhase::NotYetOpen);
    assert_eq!(states[0].opens_at, Some(instant("2025-08-13T13:30:00Z")));

    let reference = broker.reference().unwrap();
    let days = (date(2025, 8, 13), date(2025, 8, 14));
    let schedule = reference.schedule(&apple(), days.0, days.1).await.unwrap();
    assert_eq!(schedule.time_zone, "America/New_York");
    let told: Vec<_> = schedule
        .days
        .iter()
        .map(|day| (day.date, &day.holiday))
        .collect();
    assert_eq!(told, [(days.0, &None), (days.1, &None)]);
    for open in ["2025-08-13T13:30:00Z", "2025-08-14T19:59:59Z"] {
        assert!(schedule.window_at(instant(open)).is_some(), "{open}");
    }
}

#[tokio::test]
async fn contracts_are_the_recorded_ones() {
    let broker = broker().await;
    let reference = broker.reference().unwrap();
    let contract = reference.contract(&apple()).await.unwrap();
    assert_eq!(contract.name, "Apple");
    assert_eq!(contract.instrument, apple());
    let step = |price: &str| contract.ticks.increment(price.parse().unwrap());
    assert_eq!((step("0.5"), step("200")), (dec!(0.0001), dec!(0.01)));
    assert_eq!(contract.aliases["contract_id"], "14");

    // Only its name is recorded: what it is asks for a contract, which is another's.
    let found = reference.search("腾讯", 1).await.unwrap();
    assert_eq!(found[0].name, "腾讯控股");
}

#[tokio::test]
async fn prices_of_options_are_the_recorded_ones() {
    let (broker, asked) = asking().await;
    let market = broker.market_data().unwrap();
    let occ = OccSymbol::new("AAPL", date(2025, 9, 19), Right::Call, dec!(200)).unwrap();
    let option = Instrument::option(occ);
    let query = BarQuery::new(option.clone(), BarInterval::Day1);
    let bars = market.bars(&query).await.unwrap();
    let bar = &bars[0];
    assert_eq!(bars.len(), 1);
    assert_eq!(bar.start, millis(1_754_884_800_000));
    let prices = [bar.open, bar.high, bar.low, bar.close].map(broker_core::model::Price::get);
    assert_eq!(prices, [dec!(4.0), dec!(4.5), dec!(3.9), dec!(4.3)]);
    assert_eq!(bar.volume, Some(dec!(9)));

    let trades = market.trades(&option, 10).await.unwrap();
    was_asked(73, &asked);
    assert_eq!(trades.len(), 1);
    let trade = &trades[0];
    assert_eq!((trade.price.get(), trade.size), (dec!(4.3), dec!(2)));
    assert_eq!(trade.time, millis(1_755_005_504_417));
}

#[tokio::test]
async fn futures_are_the_recorded_ones() {
    let broker = broker().await;
    let crude = Instrument::Future(broker_core::model::Future {
        root: "CL".parse().unwrap(),
        exchange: "XNYM".parse().unwrap(),
        expiry: date(2025, 8, 20),
        currency: Currency::USD,
    });
    let contract = broker.reference().unwrap().contract(&crude).await.unwrap();
    assert_eq!(contract.name, "WTI Crude Oil - Sep 2025");
    assert_eq!(contract.multiplier, dec!(1000));
    let price = "63.5".parse().unwrap();
    assert_eq!(contract.ticks.increment(price), dec!(0.01));

    let market = broker.market_data().unwrap();
    let query = BarQuery::new(crude.clone(), BarInterval::Day1);
    let bars = market.bars(&query).await.unwrap();
    let bar = &bars[0];
    assert_eq!(bars.len(), 1);
    assert_eq!(bar.start, millis(1_755_032_400_000));
    let prices = [bar.open, bar.high, bar.low, bar.close].map(broker_core::model::Price::get);
    assert_eq!(prices, [dec!(63.25), dec!(63.9), dec!(62.8), dec!(63.5)]);
    assert_eq!(bar.volume, Some(dec!(2459)));

    let day = date(2025, 8, 13);
    let reference = broker.reference().unwrap();
    let hours = reference.schedule(&crude, day, day).await.unwrap();
    assert_eq!(hours.time_zone, "America/New_York");
    let windows = hours.days[0].windows.iter();
    let windows: Vec<_> = windows
        .map(|window| (window.kind, window.open, window.close))
        .collect();
    let (bids, open) = (millis(1_755_035_100_000), millis(1_755_036_000_000));
    assert_eq!(
        windows,
        [
            (SessionKind::OpeningAuction, bids, open),
            (SessionKind::Regular, open, millis(1_755_118_800_000)),
        ]
    );

    let trades = market.trades(&crude, 10).await.unwrap();
    let trade = &trades[0];
    assert_eq!((trade.price.get(), trade.size), (dec!(63.5), dec!(10)));
    assert_eq!(trade.time, millis(1_755_036_000_000));
}

#[tokio::test]
async fn companies_are_the_recorded_ones() {
    let (broker, asked) = asking().await;
    let research = broker.research().unwrap();
    let share = apple();
    let report = research.fundamentals(&share, FundamentalKind::Statements);
    let report = report.await.unwrap();
    let fact = &report.facts[0];
    assert_eq!(report.facts.len(), 1);
    assert_eq!(fact.name, "total_revenue");
    assert_eq!(fact.value, dec!(391035000000));
    assert_eq!(fact.currency, Some(Currency::USD));
    assert_eq!(fact.period_end, Some(date(2024, 9, 28)));

    let query = ResearchQuery::new(apple());
    let actions = research.corporate_actions(&query).await.unwrap();
    let dividend = CorporateEvent::CashDividend {
        amount: dec!(0.26),
        currency: Currency::USD,
    };
    assert_eq!((actions.len(), &actions[0].event), (1, &dividend));
    assert_eq!(actions[0].ex_date, date(2025, 8, 11));
    assert_eq!(actions[0].record_date, Some(date(2025, 8, 11)));
    assert_eq!(actions[0].pay_date, Some(date(2025, 8, 14)));

    let cisco = Instrument::equity("CSCO", Mic::XNAS, Currency::USD).unwrap();
    let query = ResearchQuery::new(cisco);
    let actions = research.corporate_actions(&query).await.unwrap();
    let earnings = CorporateEvent::Earnings {
        expected: Some(dec!(0.98)),
        actual: None,
    };
    assert_eq!((actions.len(), &actions[0].event), (1, &earnings));
    assert_eq!(actions[0].ex_date, date(2025, 8, 13));

    let span = (millis(1_754_020_800_000), millis(1_754_971_200_000));
    let (shares, fields) = ([apple()], ["shares_outstanding"]);
    let figures = broker.daily_figures(&shares, &fields, span).await.unwrap();
    was_asked(91, &asked);
    let figure = &figures[0];
    assert_eq!((figures.len(), &*figure.field), (1, "shares_outstanding"));
    assert_eq!((figure.value, figure.day), (dec!(14840390000), span.1));
}

#[tokio::test]
async fn permissions_are_the_recorded_ones() {
    let (broker, asked) = asking().await;
    let held = broker.quote_permissions().await.unwrap();
    was_asked(99, &asked);
    assert_eq!(held.len(), 1);
    let told = (held[0].name.as_str(), held[0].expires_at);
    assert_eq!(told, ("usQuoteBasic", None));
    let grabbed = broker.grab_quote_permission().await.unwrap();
    was_asked(98, &asked);
    let told: Vec<_> = grabbed
        .iter()
        .map(|one| (one.name.as_str(), one.expires_at))
        .collect();
    let ends = Some(millis(1_757_000_000_000));
    assert_eq!(told, [("usQuoteBasic", ends), ("hkStockQuoteLv2", None)]);
}

#[tokio::test]
async fn values_of_funds_are_the_recorded_ones() {
    let (broker, asked) = asking().await;
    let fund = Instrument::Fund(Fund {
        symbol: "IE00B11XZ988".parse().unwrap(),
        currency: Currency::USD,
    });
    let quote = broker.quote_of(&fund).await.unwrap();
    was_asked(97, &asked);
    assert_eq!(quote.instrument, fund);
    assert_eq!(quote.last.unwrap().get(), dec!(10.5));
    assert_eq!(quote.as_of, millis(1_755_000_000_000));
    // Nobody bids for a fund or offers it.
    assert_eq!((quote.bid, quote.ask), (None, None));
}

#[tokio::test]
async fn options_of_a_day_are_the_recorded_ones() {
    let (broker, asked) = asking().await;
    let expiry = date(2025, 9, 19);
    let found = broker.derivatives_on("AAPL", AssetClass::Option, expiry);
    let found = found.await.unwrap();
    was_asked(54, &asked);
    let occ = OccSymbol::new("AAPL", expiry, Right::Call, dec!(200)).unwrap();
    assert_eq!(found, [Instrument::option(occ)]);
}

/// What core has no word for is answered as it came, number by number.
#[tokio::test]
async fn what_has_no_word_here_is_asked_and_answered_as_recorded() {
    let (client, asked) = client().await;
    for number in [61, 62, 65, 75, 77, 83, 85, 88, 89] {
        let recorded = vector(number);
        let method = recorded["members"]["method"].as_str().unwrap();
        let question = recorded["members"]["biz_content"].as_str();
        let told = client.ask(method, question).await.unwrap();
        was_asked(number, &asked);
        let body = recorded["response"]["body"].as_str().unwrap();
        let data = &serde_json::from_str::<serde_json::Value>(body).unwrap()["data"];
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(&told, data, "{number}");
        assert!(!told.is_null(), "{number}");
    }
}
