use broker_core::{
    dec,
    model::{AccountId, AccountKind, Currency},
};
use chrono::Utc;

use super::figures::Figures;

fn told(values: &[(&str, &str, &str)]) -> Figures {
    let mut figures = Figures::default();
    for (key, value, currency) in values {
        assert!(figures.take(key, value, currency));
    }
    figures
}

fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

#[test]
fn totals_and_balances_are_read_exactly() {
    let figures = told(&[
        ("NetLiquidation", "100000.01", "USD"),
        ("TotalCashValue", "40000.10", "USD"),
        ("BuyingPower", "160000.40", "USD"),
        ("InitMarginReq", "1.7976931348623157E308", "USD"),
        ("CashBalance", "30000.10", "USD"),
        ("CashBalance", "9000", "EUR"),
        ("ExchangeRate", "1.1111", "EUR"),
        ("CashBalance", "40000.10", "BASE"),
        ("UnrealizedPnL", "-12.5", "BASE"),
    ]);
    let summary = figures.summary(&account(), Utc::now()).unwrap();
    assert_eq!(summary.base_currency, Currency::USD);
    assert_eq!(summary.net_liquidation.unwrap().amount, dec!(100000.01));
    assert_eq!(summary.initial_margin, None);
    assert_eq!(summary.unrealized_pnl.unwrap().amount, dec!(-12.5));
    let euro = summary
        .balances
        .iter()
        .find(|balance| balance.currency == Currency::EUR)
        .unwrap();
    assert_eq!(
        (euro.cash, euro.exchange_rate),
        (dec!(9000), Some(dec!(1.1111)))
    );
    assert_eq!(summary.balances.len(), 2);
}

#[test]
fn a_figure_that_was_not_told_is_absent_and_never_zero() {
    let summary = told(&[("NetLiquidation", "5", "EUR")])
        .summary(&account(), Utc::now())
        .unwrap();
    assert_eq!(summary.base_currency, Currency::EUR);
    assert_eq!((summary.cash, summary.buying_power), (None, None));
}

#[test]
fn without_a_total_there_is_no_summary() {
    assert!(Figures::default().summary(&account(), Utc::now()).is_none());
}

#[test]
fn the_kind_of_an_account_is_kept_verbatim_when_core_has_no_word_for_it() {
    assert_eq!(
        told(&[("AccountType", "INDIVIDUAL", "")]).kind(),
        AccountKind::Other("INDIVIDUAL".into())
    );
    assert_eq!(
        told(&[("AccountType", "CASH", "")]).kind(),
        AccountKind::Cash
    );
}
