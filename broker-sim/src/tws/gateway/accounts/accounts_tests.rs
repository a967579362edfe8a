use std::collections::HashMap;

use chrono::TimeDelta;

use crate::tws::{
    message::{
        AccountDataRequest, AccountSummaryRequest, AccountUpdatesMultiRequest,
        CancelAccountSummary, FaRequest, FamilyCodesRequest, PnLRequest, PnLSingleRequest,
        PositionsMultiRequest, PositionsRequest, Reply, Request, SoftDollarTiersRequest,
    },
    test_client::{TestClient, apple, order, server, summary},
};

fn summary_of(id: i32, group: &str, tags: &str) -> Request {
    Request::AccountSummary(AccountSummaryRequest {
        req_id: Some(id),
        group: Some(group.into()),
        tags: Some(tags.into()),
    })
}

/// Summary values by account, tag and currency.
fn values(replies: &[Reply]) -> HashMap<(String, String, String), String> {
    let rows = replies.iter().filter_map(|reply| match reply {
        Reply::AccountSummary(row) => Some((
            (
                row.account.clone().unwrap(),
                row.tag.clone().unwrap(),
                row.currency.clone().unwrap(),
            ),
            row.value.clone().unwrap(),
        )),
        _ => None,
    });
    rows.collect()
}

fn key(account: &str, tag: &str, currency: &str) -> (String, String, String) {
    (account.into(), tag.into(), currency.into())
}

async fn opened(server: &crate::tws::TwsServer) -> TestClient {
    let mut client = TestClient::connect(server, 1).await;
    client.place(1, apple(), order("BUY", "100", "MKT")).await;
    client
}

#[tokio::test]
async fn a_summary_has_every_account_of_the_group_and_ends() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .send(&summary_of(5, "All", "NetLiquidation,AccountType,Cushion"))
        .await;
    let heard = client.heard().await;
    let rows = values(&heard);
    for account in ["DU1", "DU2"] {
        assert_eq!(rows[&key(account, "NetLiquidation", "USD")], "1000000.00");
        assert_eq!(rows[&key(account, "AccountType", "")], "INDIVIDUAL");
        assert_eq!(rows[&key(account, "Cushion", "")], "1");
    }
    assert_eq!(rows.len(), 6);
    assert!(matches!(heard.last(), Some(Reply::AccountSummaryEnd(end)) if end.req_id == Some(5)));
}

#[tokio::test]
async fn a_summary_has_a_value_for_every_tag_that_it_knows() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    let tags = super::figures::TAGS;
    client.send(&summary_of(5, "All", &tags.join(","))).await;
    let rows = values(&client.heard().await);
    for tag in tags {
        let told = |(account, name, _): &(String, String, String)| account == "DU1" && name == tag;
        assert!(rows.keys().any(told), "{tag}");
    }
    assert_eq!(rows[&key("DU1", "DayTradesRemainingT+4", "")], "-1");
}

#[tokio::test]
async fn a_ledger_has_a_line_for_the_base_and_with_all_one_for_each_currency() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    client.send(&summary_of(5, "All", "$LEDGER")).await;
    let rows = values(&client.heard().await);
    assert!(rows.contains_key(&key("DU1", "CashBalance", "BASE")));
    assert!(!rows.contains_key(&key("DU1", "CashBalance", "USD")));
    client.send(&summary_of(6, "All", "$LEDGER:ALL")).await;
    let rows = values(&client.heard().await);
    let cash: f64 = rows[&key("DU1", "CashBalance", "USD")].parse().unwrap();
    let stock: f64 = rows[&key("DU1", "StockMarketValue", "USD")]
        .parse()
        .unwrap();
    let net: f64 = rows[&key("DU1", "NetLiquidationByCurrency", "USD")]
        .parse()
        .unwrap();
    assert!(cash < 1_000_000.0 && stock > 0.0);
    assert!((cash + stock - net).abs() < 0.011);
}

#[tokio::test]
async fn a_third_summary_is_refused_until_one_is_canceled() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    for id in 1..=3 {
        client.send(&summary_of(id, "All", "NetLiquidation")).await;
    }
    let heard = client.heard().await;
    assert!(summary(&heard).contains(&"error 3 322".to_owned()));
    client
        .send(&Request::CancelAccountSummary(CancelAccountSummary {
            req_id: Some(1),
        }))
        .await;
    client.send(&summary_of(4, "All", "NetLiquidation")).await;
    let heard = client.heard().await;
    assert!(!summary(&heard).iter().any(|word| word.starts_with("error")));
}

#[tokio::test]
async fn unknown_groups_tags_and_accounts_are_refused() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .send(&summary_of(1, "Nobody", "NetLiquidation"))
        .await;
    client.send(&summary_of(2, "All", "Wealth")).await;
    client.send(&summary_of(3, "All", "")).await;
    client
        .send(&Request::PnL(PnLRequest {
            req_id: Some(4),
            account: Some("DU9".into()),
            model_code: None,
        }))
        .await;
    let heard = client.heard().await;
    let errors = ["error 1 321", "error 2 321", "error 3 321", "error 4 321"];
    assert_eq!(summary(&heard), errors);
}

#[tokio::test]
async fn account_data_has_values_portfolio_time_and_an_end_and_follows_fills() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    client
        .send(&Request::AccountData(AccountDataRequest {
            subscribe: Some(true),
            acct_code: Some("DU1".into()),
        }))
        .await;
    let heard = client.heard().await;
    assert!(
        heard
            .iter()
            .any(|reply| matches!(reply, Reply::AccountValue(value)
        if value.key.as_deref() == Some("NetLiquidation")))
    );
    let portfolio = heard.iter().find_map(|reply| match reply {
        Reply::PortfolioValue(row) => Some(row.clone()),
        _ => None,
    });
    assert_eq!(portfolio.unwrap().position.as_deref(), Some("100"));
    let tail = summary(&heard);
    assert_eq!(
        tail[tail.len() - 2..],
        ["AccountUpdateTime", "AccountDataEnd"]
    );

    let heard = client.place(2, apple(), order("SELL", "100", "MKT")).await;
    let closed = heard.iter().any(|reply| {
        matches!(reply, Reply::PortfolioValue(row)
        if row.position.as_deref() == Some("0"))
    });
    assert!(closed, "{:?}", summary(&heard));
    let gross = heard.iter().any(|reply| matches!(reply, Reply::AccountValue(value)
        if value.key.as_deref() == Some("GrossPositionValue") && value.value.as_deref() == Some("0.00")));
    assert!(gross);
    // What has not changed is not told again.
    assert!(
        !heard
            .iter()
            .any(|reply| matches!(reply, Reply::AccountValue(value)
        if value.key.as_deref() == Some("AccountCode")))
    );

    client
        .send(&Request::AccountData(AccountDataRequest::default()))
        .await;
    let heard = client.place(3, apple(), order("BUY", "1", "MKT")).await;
    assert!(
        !heard
            .iter()
            .any(|reply| matches!(reply, Reply::AccountValue(_)))
    );
}

#[tokio::test]
async fn price_driven_values_come_every_three_minutes_and_profit_every_second() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    client
        .send(&Request::AccountData(AccountDataRequest {
            subscribe: Some(true),
            acct_code: Some("DU1".into()),
        }))
        .await;
    client
        .send(&Request::PnL(PnLRequest {
            req_id: Some(7),
            account: Some("DU1".into()),
            model_code: None,
        }))
        .await;
    let heard = client.heard().await;
    assert!(matches!(heard.last(), Some(Reply::PnL(_))));
    // Recorded prices move every quarter of an hour: long enough for some to have moved.
    server.world().advance(TimeDelta::minutes(31));
    let heard = client.heard().await;
    let told = |word: &str| summary(&heard).iter().filter(|w| *w == word).count();
    assert!(told("PnL") >= 2, "{:?}", summary(&heard));
    assert!(told("PortfolioValue") >= 10);
    assert!(told("AccountValue") >= 2);
}

#[tokio::test]
async fn positions_come_once_and_then_as_they_change_down_to_zero() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    let ask = Request::Positions(PositionsRequest {});
    let heard = client
        .ask(&ask, |reply| matches!(reply, Reply::PositionEnd(_)))
        .await;
    let Reply::Position(position) = &heard[0] else {
        panic!("{heard:?}")
    };
    assert_eq!(position.account.as_deref(), Some("DU1"));
    assert_eq!(position.position.as_deref(), Some("100"));
    assert!(position.avg_cost.unwrap() > 1.0);
    let heard = client.place(2, apple(), order("SELL", "100", "MKT")).await;
    let flat = heard.iter().filter_map(|reply| match reply {
        Reply::Position(row) => row.position.clone(),
        _ => None,
    });
    assert_eq!(
        flat.collect::<Vec<_>>().last().map(String::as_str),
        Some("0")
    );
}

#[tokio::test]
async fn positions_of_another_account_stay_out_of_a_request_for_one() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    for (id, account) in [(1, "DU1"), (2, "DU2")] {
        let ask = Request::PositionsMulti(PositionsMultiRequest {
            req_id: Some(id),
            account: Some(account.into()),
            model_code: None,
        });
        client.send(&ask).await;
    }
    let heard = client.heard().await;
    let words = ["PositionMulti", "PositionMultiEnd", "PositionMultiEnd"];
    assert_eq!(summary(&heard), words);
}

#[tokio::test]
async fn values_of_all_accounts_come_under_one_request() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .send(&Request::AccountUpdatesMulti(AccountUpdatesMultiRequest {
            req_id: Some(3),
            account: None,
            model_code: None,
            ledger_and_nlv: Some(true),
        }))
        .await;
    let heard = client.heard().await;
    let accounts: std::collections::BTreeSet<String> = heard
        .iter()
        .filter_map(|reply| match reply {
            Reply::AccountUpdateMulti(row) => row.account.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(accounts.into_iter().collect::<Vec<_>>(), ["DU1", "DU2"]);
    assert!(
        !heard
            .iter()
            .any(|reply| matches!(reply, Reply::AccountUpdateMulti(row)
        if row.key.as_deref() == Some("BuyingPower")))
    );
    assert_eq!(summary(&heard).last().unwrap(), "AccountUpdateMultiEnd");
}

#[tokio::test]
async fn profit_of_a_position_names_what_is_held_and_leaves_unset_what_is_not_known() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    for (id, con_id) in [(1, 265_598), (2, 272_093)] {
        client
            .send(&Request::PnLSingle(PnLSingleRequest {
                req_id: Some(id),
                account: Some("DU1".into()),
                model_code: None,
                con_id: Some(con_id),
            }))
            .await;
    }
    let heard = client.heard().await;
    let (Reply::PnLSingle(held), Reply::PnLSingle(none)) = (&heard[0], &heard[1]) else {
        panic!("{heard:?}")
    };
    assert_eq!(held.position.as_deref(), Some("100"));
    assert!(held.value.unwrap() < 1e9);
    assert_eq!(held.daily_pnl, Some(f64::MAX));
    assert_eq!(none.position.as_deref(), Some("0"));
    assert_eq!(none.value, Some(f64::MAX));
}

#[tokio::test]
async fn accounts_without_family_or_advisor_say_so() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .send(&Request::FamilyCodes(FamilyCodesRequest {}))
        .await;
    client
        .send(&Request::SoftDollarTiers(SoftDollarTiersRequest {
            req_id: Some(2),
        }))
        .await;
    client
        .send(&Request::Fa(FaRequest {
            fa_data_type: Some(1),
        }))
        .await;
    let heard = client.heard().await;
    let Reply::FamilyCodes(codes) = &heard[0] else {
        panic!("{heard:?}")
    };
    assert_eq!(codes.family_codes.len(), 2);
    assert_eq!(summary(&heard)[1..], ["SoftDollarTiers", "error -1 321"]);
}

#[tokio::test]
async fn what_a_connection_had_open_ends_with_it() {
    let server = server(|_| {}).await;
    let mut client = opened(&server).await;
    client.send(&Request::Positions(PositionsRequest {})).await;
    client.heard().await;
    drop(client);
    while server.clients() > 0 {
        tokio::task::yield_now().await;
    }
    let mut again = TestClient::connect(&server, 1).await;
    let heard = again.place(2, apple(), order("SELL", "100", "MKT")).await;
    assert!(!summary(&heard).iter().any(|word| word == "Position"));
}
