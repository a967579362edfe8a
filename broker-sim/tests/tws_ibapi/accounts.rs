use broker_core::dec;
use broker_sim::tws::TwsServer;
use ibapi::{
    accounts::{AccountSummarySnapshot, FaDataType},
    prelude::*,
};
use rust_decimal::Decimal;

use crate::stage::{
    advance, apple, apple_contract, client, code, drained, du1, next_notice, pin, server, settled,
    within,
};

const APPLE: i32 = 265_598;

async fn buy(client: &Client, account: &str, quantity: i32) {
    let contract = apple_contract();
    let order = client.order(&contract).buy(quantity).market();
    order.account(account).submit().await.unwrap();
    settled(client).await;
}

/// The data that a stream has to say now.
async fn heard<S, T>(client: &Client, stream: &mut S) -> Vec<T>
where
    S: futures_util::Stream<Item = Result<SubscriptionItem<T>, Error>> + Unpin,
{
    let items = drained(client, stream).await;
    let data = items.into_iter().filter_map(|item| match item.unwrap() {
        SubscriptionItem::Data(data) => Some(data),
        SubscriptionItem::Notice(_) => None,
    });
    data.collect()
}

fn text(value: Decimal) -> String {
    format!("{:.2}", value.round_dp(2))
}

fn net_liquidation(server: &TwsServer) -> String {
    let summary = server
        .world()
        .with_exchange(|exchange| exchange.summary(&du1()).unwrap());
    text(summary.net_liquidation.unwrap().amount)
}

#[tokio::test]
async fn positions_are_those_of_the_exchange_and_follow_every_fill() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    buy(&client, "DU2", 20).await;
    let mut positions = client.positions().await.unwrap();
    let rows = heard(&client, &mut positions).await;
    let [
        PositionUpdate::Position(one),
        PositionUpdate::Position(two),
        PositionUpdate::PositionEnd,
    ] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!((one.account.as_str(), one.position), ("DU1", 10.0));
    assert_eq!((two.account.as_str(), two.position), ("DU2", 20.0));
    assert_eq!(one.contract.contract_id, APPLE);
    let known = server.world().with_exchange(|exchange| {
        let positions = exchange.positions(&du1());
        positions[0].average_price.unwrap().get()
    });
    assert_eq!(one.average_cost.to_string(), known.normalize().to_string());
    buy(&client, "DU1", 5).await;
    let rows = heard(&client, &mut positions).await;
    let last = rows.last().unwrap();
    assert!(
        matches!(last, PositionUpdate::Position(row) if row.position == 15.0),
        "{rows:?}"
    );
    positions.cancel().await;
    buy(&client, "DU1", 5).await;
    assert_eq!(server.truth(&du1()).held(&apple()), dec!(20));
}

#[tokio::test]
async fn a_position_that_is_closed_comes_with_zero() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    let mut positions = client.positions().await.unwrap();
    heard(&client, &mut positions).await;
    let contract = apple_contract();
    let order = client.order(&contract).sell(10).market().account("DU1");
    order.submit().await.unwrap();
    let rows = heard(&client, &mut positions).await;
    let last = rows.last().unwrap();
    assert!(
        matches!(last, PositionUpdate::Position(row) if row.position == 0.0),
        "{rows:?}"
    );
}

#[tokio::test]
async fn positions_of_one_account_are_asked_by_name() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    buy(&client, "DU2", 20).await;
    let account = AccountId::from("DU2");
    let mut positions = client.positions_multi(Some(&account), None).await.unwrap();
    let rows = heard(&client, &mut positions).await;
    let [
        PositionUpdateMulti::Position(row),
        PositionUpdateMulti::PositionEnd,
    ] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!((row.account.as_str(), row.position), ("DU2", 20.0));
    buy(&client, "DU1", 1).await;
    assert!(heard(&client, &mut positions).await.is_empty());
    buy(&client, "DU2", 1).await;
    assert_eq!(heard(&client, &mut positions).await.len(), 1);
    let unknown = AccountId::from("DU9");
    let mut refused = client.positions_multi(Some(&unknown), None).await.unwrap();
    assert_eq!(code(within(refused.next()).await.unwrap()), Some(321));
}

fn value(snapshot: &AccountSummarySnapshot, account: &str, tag: &str) -> String {
    snapshot.get(account, tag, "USD").unwrap().value.clone()
}

#[tokio::test]
async fn a_summary_gives_the_tags_that_were_asked_for() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    let group = AccountGroup::from("All");
    let tags = [
        AccountSummaryTags::NET_LIQUIDATION,
        AccountSummaryTags::TOTAL_CASH_VALUE,
        AccountSummaryTags::BUYING_POWER,
    ];
    let mut summary = client.account_summary(&group, &tags).await.unwrap();
    let mut snapshot = AccountSummarySnapshot::default();
    let rows = heard(&client, &mut summary).await;
    assert!(matches!(rows.last(), Some(AccountSummaryResult::End)));
    for row in rows {
        if let AccountSummaryResult::Summary(row) = row {
            snapshot.apply(row);
        }
    }
    assert_eq!(snapshot.len(), 6);
    assert_eq!(
        value(&snapshot, "DU1", "NetLiquidation"),
        net_liquidation(&server)
    );
    assert_eq!(value(&snapshot, "DU2", "NetLiquidation"), "1000000.00");
    pin(&server, &apple(), dec!(150));
    advance(&server, 180);
    for row in heard(&client, &mut summary).await {
        if let AccountSummaryResult::Summary(row) = row {
            snapshot.apply(row);
        }
    }
    assert_eq!(
        value(&snapshot, "DU1", "NetLiquidation"),
        net_liquidation(&server)
    );
    summary.cancel().await;
}

#[tokio::test]
async fn only_two_summaries_may_be_open() {
    let server = server().await;
    let client = client(&server, 1).await;
    let group = AccountGroup::from("All");
    let tags = [AccountSummaryTags::NET_LIQUIDATION];
    let first = client.account_summary(&group, &tags).await.unwrap();
    let _second = client.account_summary(&group, &tags).await.unwrap();
    let mut third = client.account_summary(&group, &tags).await.unwrap();
    assert_eq!(code(within(third.next()).await.unwrap()), Some(322));
    first.cancel().await;
    let mut fourth = client.account_summary(&group, &tags).await.unwrap();
    assert!(within(fourth.next()).await.unwrap().is_ok());
    fourth.cancel().await;
    let mut unknown = client
        .account_summary(&group, &["NoSuchTag"])
        .await
        .unwrap();
    assert_eq!(code(within(unknown.next()).await.unwrap()), Some(321));
}

#[tokio::test]
async fn summaries_come_as_whole_snapshots() {
    let server = server().await;
    let client = client(&server, 1).await;
    let group = AccountGroup::from("All");
    let tags = [AccountSummaryTags::NET_LIQUIDATION, "$LEDGER:ALL"];
    let quiet = std::time::Duration::from_millis(100);
    let mut snapshots = client
        .account_summary_snapshots(&group, &tags, quiet)
        .await
        .unwrap();
    let first = within(snapshots.next()).await.unwrap().unwrap();
    assert_eq!(value(&first, "DU1", "NetLiquidation"), "1000000.00");
    assert_eq!(value(&first, "DU1", "CashBalance"), "1000000.00");
    buy(&client, "DU1", 100).await;
    let second = within(snapshots.next()).await.unwrap().unwrap();
    assert_eq!(
        value(&second, "DU1", "NetLiquidation"),
        net_liquidation(&server)
    );
    assert_eq!(value(&second, "DU1", "StockMarketValue"), "10000.00");
    snapshots.cancel().await;
}

#[tokio::test]
async fn account_updates_tell_values_portfolio_and_time() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    let account = AccountId::from("DU1");
    let mut updates = client.account_updates(&account).await.unwrap();
    let other = AccountId::from("DU2");
    let second = client.account_updates(&other).await;
    assert!(
        matches!(second, Err(Error::AccountUpdatesInUse { .. })),
        "{:?}",
        second.err()
    );
    let rows = heard(&client, &mut updates).await;
    let net = rows.iter().find_map(|row| match row {
        AccountUpdate::AccountValue(row) if row.key == "NetLiquidation" => Some(row.value.clone()),
        _ => None,
    });
    assert_eq!(net.unwrap(), net_liquidation(&server));
    let held = rows.iter().find_map(|row| match row {
        AccountUpdate::PortfolioValue(row) => Some(row),
        _ => None,
    });
    let held = held.unwrap();
    assert_eq!((held.position, held.market_price), (10.0, 100.0));
    assert_eq!(held.market_value, 1_000.0);
    assert_eq!(held.account.as_deref(), Some("DU1"));
    let time = rows
        .iter()
        .any(|row| matches!(row, AccountUpdate::UpdateTime(time) if time.timestamp == "10:00"));
    assert!(time, "{rows:?}");
    assert!(matches!(rows.last(), Some(AccountUpdate::End)));
    buy(&client, "DU1", 10).await;
    let rows = heard(&client, &mut updates).await;
    let held = rows
        .iter()
        .any(|row| matches!(row, AccountUpdate::PortfolioValue(row) if row.position == 20.0));
    assert!(held, "{rows:?}");
    buy(&client, "DU2", 10).await;
    assert!(heard(&client, &mut updates).await.is_empty());
}

#[tokio::test]
async fn updates_of_several_accounts_go_by_request() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.account_updates_multi(None, None).await.unwrap();
    let rows = heard(&client, &mut updates).await;
    for account in ["DU1", "DU2"] {
        let net = rows.iter().find_map(|row| match row {
            AccountUpdateMulti::AccountMultiValue(row)
                if row.key == "NetLiquidation" && row.account == account =>
            {
                Some(row.value.as_str())
            }
            _ => None,
        });
        assert_eq!(net, Some("1000000.00"), "{account}");
    }
    assert!(matches!(rows.last(), Some(AccountUpdateMulti::End)));
    buy(&client, "DU1", 10).await;
    let rows = heard(&client, &mut updates).await;
    let changed = rows.iter().any(|row| {
        matches!(row, AccountUpdateMulti::AccountMultiValue(row)
            if row.key == "NetLiquidation" && row.value == net_liquidation(&server))
    });
    assert!(changed, "{rows:?}");
    let unknown = AccountId::from("DU9");
    let mut refused = client
        .account_updates_multi(Some(&unknown), None)
        .await
        .unwrap();
    assert_eq!(code(within(refused.next()).await.unwrap()), Some(321));
}

#[tokio::test]
async fn profit_and_loss_follow_the_price() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 10).await;
    let account = AccountId::from("DU1");
    let mut whole = client.pnl(&account, None).await.unwrap();
    let mut single = client
        .pnl_single(&account, ContractId(APPLE), None)
        .await
        .unwrap();
    heard(&client, &mut whole).await;
    heard(&client, &mut single).await;
    pin(&server, &apple(), dec!(110));
    advance(&server, 1);
    let known = server
        .world()
        .with_exchange(|exchange| exchange.profit_and_loss(&du1()).unwrap());
    let told = heard(&client, &mut whole).await.pop().unwrap();
    let number =
        |money: Option<broker_core::model::Money>| money.unwrap().amount.normalize().to_string();
    assert_eq!(told.daily_pnl.to_string(), number(known.daily));
    assert_eq!(
        told.unrealized_pnl.unwrap().to_string(),
        number(known.unrealized)
    );
    let told = heard(&client, &mut single).await.pop().unwrap();
    assert_eq!((told.position, told.value), (10.0, 1_100.0));
    assert!((told.unrealized_pnl - 99.9).abs() < 0.01, "{told:?}");
    let unknown = AccountId::from("DU9");
    let mut refused = client.pnl(&unknown, None).await.unwrap();
    assert_eq!(code(within(refused.next()).await.unwrap()), Some(321));
}

#[tokio::test]
async fn the_accounts_belong_to_no_family_and_no_advisor() {
    let server = server().await;
    let client = client(&server, 1).await;
    let families = within(client.family_codes()).await.unwrap();
    let told: Vec<_> = families
        .iter()
        .map(|row| (row.account_id.as_str(), row.family_code.as_str()))
        .collect();
    assert_eq!(told, [("DU1", ""), ("DU2", "")]);
    assert!(within(client.soft_dollar_tiers()).await.unwrap().is_empty());
    let mut notices = client.notice_stream().unwrap();
    let refused = within(client.request_fa(FaDataType::Groups)).await;
    assert_eq!(code(refused), Some(321));
    assert_eq!(next_notice(&mut notices).await.code, 321);
    let refused = within(client.replace_fa(FaDataType::Groups, "<xml/>")).await;
    assert_eq!(code(refused), Some(321));
    let accounts = client.handshake_managed_accounts();
    assert_eq!(accounts, ["DU1", "DU2"]);
}
