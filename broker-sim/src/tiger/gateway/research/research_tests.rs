use broker_core::{Decimal, dec};
use serde_json::{Value, json};

use crate::tiger::gateway::quotes::test_room::{Room, decimal, instant, rows};

fn ms(text: &str) -> i64 {
    instant(text).timestamp_millis()
}

#[test]
fn corporate_actions_are_told_by_symbol() {
    let room = Room::new();
    let ask =
        |kind: &str, symbols: Value, market: &str| {
            room.data("corporate_action", json!({
            "action_type": kind, "symbols": symbols, "market": market,
            "begin_date": ms("2022-01-03T05:00:00Z"), "end_date": ms("2022-06-30T05:00:00Z"),
        }))
        };
    let dividends = ask("dividend", json!(["ZVZZT", "AAPL"]), "US");
    assert_eq!(
        dividends.as_object().unwrap().len(),
        1,
        "Apple pays nothing here"
    );
    let dividend = &dividends["ZVZZT"][0];
    assert_eq!(
        (&dividend["amount"], &dividend["currency"]),
        (&json!(0.35), &json!("USD"))
    );
    assert_eq!(dividend["executeDate"], "2022-01-11");
    assert_eq!(dividend["actionType"], "DIVIDEND");
    let split = ask("split", json!(["ZVZZT"]), "US");
    assert_eq!(split["ZVZZT"][0]["fromFactor"], 2.0);
    assert_eq!(split["ZVZZT"][0]["toFactor"], 3.0);
    let earnings = ask("earning", json!(null), "HK");
    assert_eq!(earnings["00700"][0]["expectedEps"], 1.25);
    assert!(earnings.get("AAPL").is_none());
    assert_eq!(ask("delisting", json!(["AAPL"]), "US"), json!({}));
    let bad = json!({
        "action_type": "merger", "symbols": ["AAPL"], "market": "US", "begin_date": 1, "end_date": 2,
    });
    assert_eq!(room.refusal("corporate_action", bad).0, 1010);
}

#[test]
fn a_dollar_costs_so_much_of_another_currency() {
    let room = Room::new();
    let data = room.data(
        "financial_exchange_rate",
        json!({
            "currency_list": ["HKD", "USD", "EUR", "NZD"], "timezone": "Asia/Hong_Kong",
            "begin_date": ms("2022-01-02T16:00:00Z"), "end_date": ms("2022-01-02T16:00:00Z"),
        }),
    );
    let value = |row: usize| decimal(&data[row]["dailyValueList"][0]["value"]);
    assert!((dec!(7)..dec!(9)).contains(&value(0)), "{}", value(0));
    assert_eq!(value(1), Decimal::ONE);
    assert!((dec!(0.7)..dec!(1.1)).contains(&value(2)), "{}", value(2));
    assert_eq!(data[3]["dailyValueList"], json!([]));
}

#[test]
fn reports_are_the_librarys() {
    let room = Room::new();
    let asked = |period: &str| {
        json!({
            "symbols": ["AAPL"], "market": "US", "fields": ["total_revenue", "gross_profit"],
            "period_type": period, "begin_date": ms("2021-01-01T00:00:00Z"),
            "end_date": ms("2022-01-03T00:00:00Z"),
        })
    };
    let data = room.data("financial_report", asked("Annual"));
    assert_eq!(rows(&data).len(), 1);
    assert_eq!(data[0]["field"], "total_revenue");
    assert_eq!(data[0]["periodEndDate"], "2021-12-31");
    assert!(data[0]["value"].is_string());
    assert_eq!(room.data("financial_report", asked("Quarterly")), json!([]));
    assert_eq!(room.refusal("financial_report", asked("Weekly")).0, 1010);
    let daily = room.data("financial_daily", json!({
        "symbols": ["AAPL"], "market": "US", "fields": ["shares_outstanding", "market_capitalization"],
        "begin_date": ms("2021-12-30T05:00:00Z"), "end_date": ms("2021-12-31T05:00:00Z"),
    }));
    assert_eq!(rows(&daily).len(), 4);
    let unknown = json!({"symbols": ["NOPE"], "market": "US"});
    assert_eq!(room.refusal("financial_currency", unknown).0, 2000);
    let currency = room.data(
        "financial_currency",
        json!({"symbols": ["00700"], "market": "HK"}),
    );
    assert_eq!(currency[0]["currency"], "HKD");
    let ratios = room.data(
        "stock_fundamental",
        json!({"symbols": ["AAPL"], "market": "US"}),
    );
    let ratios = &rows(&ratios)[0];
    assert!(decimal(&ratios["week52Low"]) < decimal(&ratios["week52High"]));
}

#[test]
fn a_scan_filters_orders_and_pages() {
    let room = Room::new();
    room.pass(5);
    let scan = |page: usize| {
        room.data("market_scanner", json!({
            "market": "US", "page": page, "page_size": 3,
            "base_filter_list": [
                {"field_name": "StockField_CurPrice", "filter_min": 100, "is_no_filter": false},
                {"field_name": "StockField_Volume", "is_no_filter": true},
            ],
            "sort_field_data":
                {"field_name": 2, "field_type": "StockField_Type", "sort_dir": "SortDir_Descend"},
        }))
    };
    let (first, second) = (scan(0), scan(1));
    let mut prices: Vec<Decimal> = Vec::new();
    for row in rows(&first).iter().chain(rows(&second)) {
        let figures = rows(&row["baseDataList"]);
        assert_eq!(
            (&figures[0]["index"], &figures[1]["index"]),
            (&json!(2), &json!(11))
        );
        prices.push(decimal(&figures[0]["value"]));
    }
    assert!(prices.len() > 3);
    assert!(prices.iter().all(|price| *price >= dec!(100)));
    assert!(prices.iter().rev().is_sorted());
    let count = first["totalCount"].as_u64().unwrap();
    assert_eq!(first["totalPage"], count.div_ceil(3));
    let other = json!({"market": "US", "base_filter_list": [{"field_name": "StockField_aum"}]});
    assert_eq!(room.refusal("market_scanner", other).0, 1010);
    let other = json!({"market": "US", "multi_tags_filter_list": [{"field_name": "MultiTagField_Concept"}]});
    assert_eq!(room.refusal("market_scanner", other).0, 1010);
}

#[test]
fn funds_warrants_and_industries_do_not_exist_here() {
    let room = Room::new();
    assert_eq!(room.data("fund_all_symbols", json!({})), json!([]));
    let fund = json!({"symbols": ["IE00B11XZ988.USD"]});
    for method in ["fund_contracts", "fund_quote", "fund_history_quote"] {
        assert_eq!(room.refusal(method, fund.clone()).0, 2000, "{method}");
    }
    assert_eq!(
        room.refusal("warrant_real_time_quote", json!({"symbols": ["12345"]}))
            .0,
        2100
    );
    let none = room.data(
        "warrant_filter",
        json!({"symbol": "00700", "page": 0, "page_size": 20}),
    );
    assert_eq!((&none["items"], &none["bounds"]), (&json!([]), &json!({})));
    assert_eq!(
        room.refusal("warrant_filter", json!({"symbol": "AAPL"})).0,
        2100
    );
    assert_eq!(
        room.data("industry_list", json!({"industry_level": "GGROUP"})),
        json!([])
    );
    assert_eq!(
        room.refusal("industry_list", json!({"industry_level": "G"}))
            .0,
        1010
    );
    assert_eq!(
        room.data("stock_industry", json!({"symbol": "AAPL", "market": "US"})),
        json!([])
    );
    let stocks = json!({"industry_id": "5020", "market": "US"});
    assert_eq!(room.refusal("industry_stocks", stocks).0, 2000);
}
