use broker_core::dec;
use ibapi::{
    Client,
    orders::{ExecutionData, Executions, OrderData, OrderStatusKind},
    prelude::*,
};

use crate::stage::{
    PATIENCE, advance, apple_contract, client, code, du1, held, next_notice, server, settled,
    within,
};

async fn orders_of(mut answer: Subscription<Orders>) -> Vec<OrderData> {
    let rows = answer.collect_to_end_within(PATIENCE).await.unwrap();
    rows.into_iter()
        .filter_map(|row| match row {
            Orders::OrderData(order) => Some(order),
            Orders::OrderStatus(_) => None,
        })
        .collect()
}

async fn executions_of(client: &Client, filter: ExecutionFilter) -> Vec<ExecutionData> {
    let mut answer = client.executions(filter).await.unwrap();
    let rows = answer.collect_to_end_within(PATIENCE).await.unwrap();
    rows.into_iter()
        .filter_map(|row| match row {
            Executions::ExecutionData(execution) => Some(execution),
            Executions::CommissionReport(_) => None,
        })
        .collect()
}

async fn buy(client: &Client, account: &str, limit: f64) -> i32 {
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(limit);
    let id = order.account(account).submit().await.unwrap();
    settled(client).await;
    id.value()
}

#[tokio::test]
async fn open_orders_are_one_s_own_and_all_open_orders_everybody_s() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    buy(&one, "DU1", 90.0).await;
    buy(&one, "DU2", 91.0).await;
    buy(&two, "DU1", 92.0).await;
    buy(&two, "DU1", 101.0).await;
    let own = orders_of(one.open_orders().await.unwrap()).await;
    let limits: Vec<_> = own.iter().map(|order| order.order.limit_price).collect();
    assert_eq!(limits, [Some(90.0), Some(91.0)]);
    assert_eq!(own[1].order.account, "DU2");
    assert_eq!(own[0].order_state.status, OrderStatusKind::Submitted);
    let all = orders_of(one.all_open_orders().await.unwrap()).await;
    let clients: Vec<_> = all.iter().map(|order| order.order.client_id).collect();
    assert_eq!(clients, [1, 1, 2]);
    assert!(all.iter().all(|order| order.order.perm_id > 0));
}

#[tokio::test]
async fn an_empty_list_ends_too() {
    let server = server().await;
    let client = client(&server, 1).await;
    assert!(
        orders_of(client.open_orders().await.unwrap())
            .await
            .is_empty()
    );
    assert!(
        orders_of(client.all_open_orders().await.unwrap())
            .await
            .is_empty()
    );
    let completed = client.completed_orders(false).await.unwrap();
    assert!(orders_of(completed).await.is_empty());
    assert!(
        executions_of(&client, ExecutionFilter::default())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn completed_orders_say_how_they_ended() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 101.0).await;
    let id = buy(&client, "DU1", 90.0).await;
    let _answers = client.cancel_order(id, "").await.unwrap();
    let done = orders_of(client.completed_orders(true).await.unwrap()).await;
    let told: Vec<_> = done
        .iter()
        .map(|order| {
            (
                order.order_id,
                order.order_state.status.clone(),
                order.order.filled_quantity,
                order.order.total_quantity,
                order.order_state.completed_status.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (-1, OrderStatusKind::Filled, 10.0, 0.0, "Filled Size: 10"),
            (
                -1,
                OrderStatusKind::Cancelled,
                0.0,
                10.0,
                "Cancelled by Trader"
            ),
        ]
    );
    assert_eq!(
        done[0].order_state.completed_time,
        "20220103 10:00:00 US/Eastern"
    );
    assert!(done[0].order.perm_id > 0);
}

#[tokio::test]
async fn executions_are_filtered() {
    let server = server().await;
    let one = client(&server, 1).await;
    let two = client(&server, 2).await;
    buy(&one, "DU1", 101.0).await;
    buy(&two, "DU2", 101.0).await;
    let other = Contract::stock("MSFT").build();
    let order = one.order(&other).sell(5).market().account("DU1");
    order.submit().await.unwrap();
    settled(&one).await;
    let count = |filter: ExecutionFilter| {
        let one = &one;
        async move { executions_of(one, filter).await.len() }
    };
    let any = ExecutionFilter::default;
    let mut filter = any();
    assert_eq!(count(filter).await, 3);
    filter = any();
    filter.client_id = Some(2);
    assert_eq!(count(filter).await, 1);
    filter = any();
    filter.account_code = "DU1".into();
    assert_eq!(count(filter).await, 2);
    filter = any();
    filter.symbol = "MSFT".into();
    assert_eq!(count(filter).await, 1);
    filter = any();
    filter.side = Some(ExecutionFilterSide::Sell);
    assert_eq!(count(filter).await, 1);
    filter = any();
    filter.security_type = "OPT".into();
    assert_eq!(count(filter).await, 0);
    filter = any();
    filter.time = "20220103 10:00:01 US/Eastern".into();
    assert_eq!(count(filter).await, 0);
    filter = any();
    filter.specific_dates = vec!["20220103".into()];
    assert_eq!(count(filter).await, 3);
    advance(&server, 24 * 3600);
    assert_eq!(count(any()).await, 0);
    filter = any();
    filter.last_n_days = 2;
    assert_eq!(count(filter).await, 3);
    filter = any();
    filter.specific_dates = vec!["20220104".into()];
    assert_eq!(count(filter).await, 0);
}

#[tokio::test]
async fn executions_come_with_what_they_cost() {
    let server = server().await;
    let client = client(&server, 1).await;
    buy(&client, "DU1", 101.0).await;
    let mut answer = client.executions(ExecutionFilter::default()).await.unwrap();
    let rows = answer.collect_to_end_within(PATIENCE).await.unwrap();
    let [
        Executions::ExecutionData(execution),
        Executions::CommissionReport(cost),
    ] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!(execution.execution.execution_id, cost.execution_id);
    let truth = server.world().with_exchange(|exchange| {
        let fills = exchange.fills(&du1());
        fills[0].commission.unwrap().amount
    });
    assert_eq!(cost.commission.to_string(), truth.normalize().to_string());
}

#[tokio::test]
async fn a_preview_says_what_an_order_would_cost_and_places_nothing() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).buy(100).limit(101.0);
    let state = within(order.account("DU1").analyze()).await.unwrap();
    let preview = state.initial_margin_change.unwrap();
    assert!(preview > 2_000.0 && preview < 10_200.0, "{state:?}");
    assert!(state.commission.unwrap() > 0.0);
    assert_eq!(state.commission_currency, "USD");
    assert!(state.equity_with_loan_before.unwrap() > 999_000.0);
    assert_eq!(server.truth(&du1()).orders.len(), 0);
    assert_eq!(held(&server), dec!(0));
    let order = client.order(&contract).buy(100).limit(101.001);
    let refused = within(order.account("DU1").analyze()).await;
    assert_eq!(code(refused), Some(110));
    let order = client.order(&contract).buy(1_000_000).limit(101.0);
    let refused = within(order.account("DU1").analyze()).await;
    assert_eq!(code(refused), Some(201));
}

#[tokio::test]
async fn an_option_that_is_held_is_exercised_and_one_that_is_not_is_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let option = Contract::call("AAPL").strike(95.0).expires_on(2022, 1, 21);
    let option = option.build();
    let mut refused = client
        .exercise_options(&option)
        .exercise(1)
        .account("DU1")
        .submit()
        .await
        .unwrap();
    let told = code(within(refused.next()).await.unwrap());
    assert!(told.is_some(), "{told:?}");
    let order = client.order(&option).buy(2).market().account("DU1");
    let id = order.submit().await.unwrap();
    let outcome = client.wait_for_fill(id, PATIENCE).await.unwrap();
    assert!(matches!(outcome, OrderOutcome::Filled(_)), "{outcome:?}");
    let _events = client
        .exercise_options(&option)
        .exercise(1)
        .account("DU1")
        .override_natural_action()
        .submit()
        .await
        .unwrap();
    let _lapses = client
        .exercise_options(&option)
        .lapse(1)
        .account("DU1")
        .submit()
        .await
        .unwrap();
    settled(&client).await;
    advance(&server, 24 * 3600);
    assert_eq!(held(&server), dec!(100));
    let positions = server.truth(&du1()).positions;
    assert_eq!(positions.len(), 2, "{positions:?}");
}

#[tokio::test]
async fn client_zero_takes_on_the_orders_of_tws_itself() {
    let server = server().await;
    let other = client(&server, 3).await;
    let mut notices = other.notice_stream().unwrap();
    let _refused = other.auto_open_orders(true).await.unwrap();
    assert_eq!(next_notice(&mut notices).await.code, 321);
    let zero = client(&server, 0).await;
    let _bound = zero.auto_open_orders(true).await.unwrap();
    settled(&zero).await;
    let mut updates = zero.order_update_stream().await.unwrap();
    crate::stage::by_hand(&server, 10, dec!(90));
    let heard = crate::stage::words(&crate::stage::drained(&zero, &mut updates).await);
    assert_eq!(heard[0], "bound -1", "{heard:?}");
    let own = orders_of(zero.open_orders().await.unwrap()).await;
    assert_eq!(own[0].order_id, -1);
    let _answers = zero.cancel_order(-1, "").await.unwrap();
    settled(&zero).await;
    assert_eq!(crate::stage::open(&server), 0);
}
