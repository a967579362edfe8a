use std::{collections::BTreeSet, sync::Arc};

use broker_core::dec;
use chrono::TimeDelta;

use crate::{
    paper::{PaperBroker, PaperWorld},
    tws::{
        gateway::probe::Probe,
        message::{
            Contract, ContractData, ContractDataRequest, MarketDepthExchangesRequest,
            MarketRuleRequest, MatchingSymbolsRequest, Reply, Request, SecDefOptParamsRequest,
            SmartComponentsRequest,
        },
    },
};

fn world() -> Arc<PaperWorld> {
    PaperBroker::builder().build_world().unwrap()
}

fn contract(class: &str, symbol: &str, exchange: &str) -> Contract {
    Contract {
        symbol: Some(symbol.into()),
        sec_type: Some(class.into()),
        exchange: Some(exchange.into()),
        ..Contract::default()
    }
}

fn details(probe: &Probe, contract: &Contract) -> Vec<ContractData> {
    let replies = probe.ask(Request::ContractData(ContractDataRequest {
        req_id: Some(7),
        contract: Some(contract.clone()),
    }));
    let end = replies.last();
    assert!(
        matches!(end, Some(Reply::ContractDataEnd(end)) if end.req_id == Some(7)),
        "{replies:?}"
    );
    let rows = replies.into_iter().filter_map(|reply| match reply {
        Reply::ContractData(row) => Some(row),
        _ => None,
    });
    rows.collect()
}

fn error_of(replies: &[Reply]) -> Option<(i32, String)> {
    replies.iter().find_map(|reply| match reply {
        Reply::Error(error) => Some((error.error_code?, error.error_msg.clone()?)),
        _ => None,
    })
}

#[test]
fn a_share_is_described_as_the_exchange_knows_it() {
    let probe = Probe::new(&world());
    let rows = details(&probe, &contract("STK", "AAPL", "SMART"));
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let (written, about) = (
        row.contract.as_ref().unwrap(),
        row.contract_details.as_ref().unwrap(),
    );
    assert_eq!(written.con_id, Some(265_598));
    assert_eq!(written.primary_exch.as_deref(), Some("NASDAQ"));
    assert_eq!(about.long_name.as_deref(), Some("Apple Inc."));
    assert_eq!(about.min_tick.as_deref(), Some("0.0001"));
    assert_eq!(about.valid_exchanges.as_deref(), Some("SMART,NASDAQ"));
    let rules = about.market_rule_ids.as_deref().unwrap();
    assert_eq!(
        rules.split(',').count(),
        2,
        "one rule per exchange: {rules}"
    );
    assert_eq!(about.time_zone_id.as_deref(), Some("US/Eastern"));
    assert_eq!(about.min_size.as_deref(), Some("0.0001"));
    assert_eq!(about.price_magnifier, Some(1));
    let types: BTreeSet<&str> = about.order_types.as_deref().unwrap().split(',').collect();
    for wanted in ["LMT", "MKT", "STP", "MOC", "GTC", "OPG"] {
        assert!(types.contains(wanted), "{wanted} in {types:?}");
    }
}

#[test]
fn hours_are_a_week_with_closed_days_and_breaks() {
    let world = world();
    let probe = Probe::new(&world);
    let hours = |contract| {
        let rows = details(&probe, &contract);
        let about = rows[0].contract_details.clone().unwrap();
        (about.trading_hours.unwrap(), about.liquid_hours.unwrap())
    };
    let first = world.now().format("%Y%m%d").to_string();
    let (trading, liquid) = hours(contract("STK", "AAPL", "SMART"));
    assert!(
        trading.starts_with(&format!("{first}:0400-{first}:2000;")),
        "{trading}"
    );
    assert!(
        liquid.starts_with(&format!("{first}:0930-{first}:1600;")),
        "{liquid}"
    );
    assert_eq!(trading.split(';').count(), 7);
    assert_eq!(trading.matches("CLOSED").count(), 2, "a weekend: {trading}");
    let (_, tencent) = hours(contract("STK", "700", "SEHK"));
    let day = tencent.split(';').find(|day| day.contains(',')).unwrap();
    assert!(
        day.contains(":0930-") && day.contains(":1200,") && day.ends_with(":1600"),
        "{day}"
    );
    let (future, _) = hours(contract("FUT", "ES", "CME"));
    assert!(
        future.contains(":1700-") && future.contains(":1600"),
        "{future}"
    );
}

#[test]
fn a_future_without_a_date_gives_every_month_that_is_still_alive() {
    let world = world();
    let probe = Probe::new(&world);
    let mut future = contract("FUT", "ES", "CME");
    let before = details(&probe, &future);
    assert_eq!(before.len(), 3);
    let about = before[0].contract_details.as_ref().unwrap();
    assert_eq!(about.under_symbol.as_deref(), Some("SPX"));
    assert_eq!(about.under_con_id, Some(416_904));
    world.advance(TimeDelta::days(85));
    assert_eq!(details(&probe, &future).len(), 2, "the first has expired");
    future.include_expired = Some(true);
    assert_eq!(details(&probe, &future).len(), 3);
}

#[test]
fn what_is_not_there_is_200_and_what_makes_no_sense_321() {
    let probe = Probe::new(&world());
    let ask = |contract| {
        let request = ContractDataRequest {
            req_id: Some(7),
            contract: Some(contract),
        };
        error_of(&probe.ask(Request::ContractData(request)))
    };
    let code = |contract| ask(contract).map(|(code, _)| code);
    assert_eq!(code(contract("STK", "NOSUCH", "SMART")), Some(200));
    assert_eq!(code(contract("", "AAPL", "SMART")), Some(321));
    assert_eq!(code(contract("SHARE", "AAPL", "SMART")), Some(321));
    assert_eq!(code(contract("BAG", "AAPL", "SMART")), Some(321));
    let mut isin = contract("STK", "AAPL", "SMART");
    isin.sec_id_type = Some("ISIN".into());
    isin.sec_id = Some("US0378331005".into());
    assert_eq!(code(isin), Some(200));
}

#[test]
fn a_market_rule_is_the_tick_table_also_in_a_server_that_has_not_named_it() {
    let world = world();
    let probe = Probe::new(&world);
    let rows = details(&probe, &contract("STK", "700", "SEHK"));
    let rules = rows[0]
        .contract_details
        .as_ref()
        .unwrap()
        .market_rule_ids
        .clone()
        .unwrap();
    let id: i32 = rules.parse().unwrap();
    let other = Probe::new(&world);
    let replies = other.ask(Request::MarketRule(MarketRuleRequest {
        market_rule_id: Some(id),
    }));
    let [Reply::MarketRule(rule)] = replies.as_slice() else {
        panic!("{replies:?}")
    };
    let bands: Vec<_> = rule
        .price_increments
        .iter()
        .map(|band| (band.low_edge, band.increment))
        .collect();
    assert_eq!(bands.len(), 11);
    assert_eq!(bands[7], (Some(500.0), Some(0.5)));
    let unknown = other.ask(Request::MarketRule(MarketRuleRequest {
        market_rule_id: Some(-4),
    }));
    assert_eq!(error_of(&unknown).unwrap().0, 321);
}

#[test]
fn chains_come_for_both_exchanges_with_the_strikes_that_are_listed() {
    let world = world();
    let probe = Probe::new(&world);
    let replies = probe.ask(Request::SecDefOptParams(SecDefOptParamsRequest {
        req_id: Some(3),
        underlying_symbol: Some("AAPL".into()),
        fut_fop_exchange: None,
        underlying_sec_type: Some("STK".into()),
        underlying_con_id: Some(265_598),
    }));
    let [
        Reply::SecDefOptParameter(smart),
        Reply::SecDefOptParameter(cboe),
        Reply::SecDefOptParameterEnd(_),
    ] = replies.as_slice()
    else {
        panic!("{replies:?}")
    };
    assert_eq!(
        (smart.exchange.as_deref(), cboe.exchange.as_deref()),
        (Some("SMART"), Some("CBOE"))
    );
    assert_eq!(smart.multiplier.as_deref(), Some("100"));
    let mut option = contract("OPT", "AAPL", "SMART");
    option.last_trade_date_or_contract_month = Some(smart.expirations[0].clone());
    option.right = Some("C".into());
    assert_eq!(details(&probe, &option).len(), smart.strikes.len());
}

#[test]
fn a_search_finds_by_symbol_and_by_name_and_says_what_derives() {
    let probe = Probe::new(&world());
    let search = |pattern: &str| {
        let request = MatchingSymbolsRequest {
            req_id: Some(1),
            pattern: Some(pattern.into()),
        };
        match probe.ask(Request::MatchingSymbols(request)).as_slice() {
            [Reply::SymbolSamples(samples)] => samples.contract_descriptions.clone(),
            other => panic!("{other:?}"),
        }
    };
    let apple = search("aapl");
    assert_eq!(apple[0].contract.as_ref().unwrap().con_id, Some(265_598));
    assert_eq!(apple[0].derivative_sec_types, ["OPT", "BAG"]);
    let index = search("SPX");
    assert_eq!(index[0].derivative_sec_types, ["OPT", "FUT", "BAG"]);
    assert!(search("Tencent")[0].derivative_sec_types.is_empty());
    assert!(search("no such thing").is_empty());
}

#[test]
fn exchanges_are_listed_by_letter_and_by_book() {
    let probe = Probe::new(&world());
    let components = |key: &str| {
        let bbo_exchange = Some(key.to_owned());
        let request = SmartComponentsRequest {
            req_id: Some(5),
            bbo_exchange,
        };
        probe.ask(Request::SmartComponents(request))
    };
    let known = components("9c0001");
    let [Reply::SmartComponents(rows)] = known.as_slice() else {
        panic!("{known:?}")
    };
    assert_eq!(
        rows.smart_components[0].exchange_letter.as_deref(),
        Some("Q")
    );
    assert_eq!(error_of(&components("nothing")).unwrap().0, 321);
    let books = probe.ask(Request::MarketDepthExchanges(
        MarketDepthExchangesRequest {},
    ));
    assert!(
        matches!(books.as_slice(), [Reply::MarketDepthExchanges(rows)]
        if rows.depth_market_data_descriptions.len() == 7)
    );
}

#[test]
fn doubles_on_the_wire_read_as_the_decimals_they_were() {
    for value in [
        dec!(187.53),
        dec!(0.1),
        dec!(-1),
        dec!(0.00005),
        dec!(123456.789012),
    ] {
        let double = super::double(value);
        assert_eq!(double.to_string().parse(), Ok(value), "{value}");
    }
}
