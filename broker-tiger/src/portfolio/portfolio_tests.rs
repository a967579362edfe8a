use broker_core::{
    Covered, dec,
    model::{
        AccountId, AccountKind, Currency, Fund, Instrument, Mic, Money, SignedQuantity, Warrant,
    },
};
use chrono::{TimeZone as _, Utc};

use super::{
    account_kind,
    assets::{GlobalAssets, PrimeAssets},
    holdings::Holdings,
    positions::{Held, PositionRow},
};
use crate::{convert::Rows, vectors};

fn data(number: u32) -> String {
    let body: serde_json::Value =
        serde_json::from_str(&vectors::numbered(number).response.body).unwrap();
    body["data"].to_string()
}

fn account() -> AccountId {
    AccountId::new("12345678").unwrap()
}

#[test]
fn the_recorded_positions_are_exact() {
    let rows: Rows<Held> = Rows::of(&data(37)).unwrap();
    assert!(rows.unreadable.is_empty());
    let now = Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap();
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let held = rows.rows[0].row.position(&account(), apple, now).unwrap();
    // 125 with scale 2; one of the vendor's SDKs reads it as 125 shares.
    assert_eq!(held.quantity, SignedQuantity::new(dec!(1.25)).unwrap());
    assert_eq!(
        held.market_value,
        Some(Money::new(dec!(251.56), Currency::USD))
    );
    assert_eq!(
        held.unrealized_pnl,
        Some(Money::new(dec!(13.4), Currency::USD))
    );
    let short = &rows.rows[1].row;
    let quantity = short
        .position
        .scaled(short.position_scale)
        .unwrap()
        .unwrap();
    assert_eq!(quantity, dec!(-2));
}

#[test]
fn a_position_without_a_quantity_is_no_position() {
    let row: Held = serde_json::from_str(r#"{"symbol":"AAPL","positionQty":3.0}"#).unwrap();
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    assert!(row.row.position(&account(), apple, Utc::now()).is_err());
}

#[test]
fn the_recorded_assets_are_read_and_what_is_missing_is_absent() {
    let told: PrimeAssets = serde_json::from_str(&data(40)).unwrap();
    let figures = told.figures(&account(), Utc::now()).unwrap();
    let summary = figures.summary;
    assert_eq!(summary.base_currency, Currency::USD);
    assert!(summary.net_liquidation.is_some());
    assert!(!summary.balances.is_empty());
    let json = serde_json::to_string(&summary).unwrap();
    assert!(!json.contains("e+") && !json.contains("E308"), "{json}");
    let told: PrimeAssets = serde_json::from_str(
        r#"{"segments":[{"category":"S","currency":"USD","buyingPower":null}]}"#,
    )
    .unwrap();
    let summary = told.figures(&account(), Utc::now()).unwrap().summary;
    assert_eq!(summary.buying_power, None);
    assert_eq!(summary.net_liquidation, None);
}

#[test]
fn parts_of_an_account_in_one_currency_are_added_up() {
    let json = r#"{"segments":[
        {"category":"S","currency":"USD","netLiquidation":0.1,"buyingPower":5},
        {"category":"C","currency":"USD","netLiquidation":0.2,"buyingPower":7},
        {"category":"F","currency":"HKD","netLiquidation":100}]}"#;
    let told: PrimeAssets = serde_json::from_str(json).unwrap();
    let summary = told.figures(&account(), Utc::now()).unwrap().summary;
    assert_eq!(
        summary.net_liquidation,
        Some(Money::new(dec!(0.3), Currency::USD))
    );
    assert_eq!(
        summary.buying_power,
        Some(Money::new(dec!(5), Currency::USD))
    );
}

#[test]
fn no_segments_are_no_figures() {
    let told: PrimeAssets = serde_json::from_str(r#"{"segments":[]}"#).unwrap();
    assert!(told.figures(&account(), Utc::now()).is_err());
    let unreadable = r#"{"segments":[{"category":"S","currency":"USD","cashBalance":{}}]}"#;
    let told: PrimeAssets = serde_json::from_str(unreadable).unwrap();
    assert!(told.figures(&account(), Utc::now()).is_err());
}

#[test]
fn the_recorded_assets_of_a_global_account_are_read() {
    let rows: Rows<GlobalAssets> = Rows::of(&data(39)).unwrap();
    assert!(rows.unreadable.is_empty(), "{:?}", rows.unreadable);
    let figures = rows.rows[0].figures(&account(), Utc::now()).unwrap();
    assert!(figures.summary.net_liquidation.is_some());
}

#[test]
fn accounts_are_financed_as_the_vendor_says() {
    assert_eq!(account_kind(Some("CASH")), AccountKind::Cash);
    assert_eq!(account_kind(Some("RegTMargin")), AccountKind::Margin);
    assert_eq!(account_kind(Some("PMGRN")), AccountKind::PortfolioMargin);
    assert_eq!(account_kind(Some("NEW")), AccountKind::Other("NEW".into()));
}

#[test]
fn a_warrant_is_flat_only_once_both_of_its_classes_were_told() {
    let warrant = Instrument::Warrant(Warrant {
        symbol: "58603".parse().unwrap(),
        exchange: Mic::XHKG,
        currency: Currency::HKD,
    });
    let told = |classes: &[&'static str]| Holdings {
        positions: Covered::Complete(Vec::new()),
        again: false,
        whole: classes.iter().copied().collect(),
        as_of: Vec::new(),
    };
    assert!(!told(&["WAR"]).tells_of(&warrant));
    assert!(!told(&["IOPT", "STK"]).tells_of(&warrant));
    assert!(told(&["WAR", "IOPT"]).tells_of(&warrant));
    let forex = Instrument::forex(Currency::USD, Currency::HKD);
    assert!(!told(&["WAR", "IOPT", "STK"]).tells_of(&forex));
}

#[test]
fn units_of_funds_are_exact() {
    let row: PositionRow = serde_json::from_str(
        r#"{"position":9523809,"positionScale":4,"positionQty":952.3808999999999,
            "averageCost":10.5,"latestPrice":10.6,"marketValue":10095.24}"#,
    )
    .unwrap();
    let fund = Instrument::Fund(Fund {
        symbol: "IE00B11XZ988".parse().unwrap(),
        currency: Currency::USD,
    });
    let now = Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap();
    let position = row.position(&account(), fund, now).unwrap();
    assert_eq!(position.quantity.get(), dec!(952.3809));
    assert_eq!(position.market_price.unwrap().get(), dec!(10.6));
}
