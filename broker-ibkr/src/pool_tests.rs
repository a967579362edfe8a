use std::sync::Arc;

use broker_core::ErrorKind;

use crate::{IbkrBroker, IbkrPool};

#[tokio::test]
async fn a_pool_does_not_give_all_workers_one_second_client_id() {
    let builder = IbkrBroker::builder()
        .address("127.0.0.1:1")
        .options_client_id(9);
    let error = IbkrPool::connect(builder, &[1, 2]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("second connection"), "{error}");
}

#[test]
fn who_shares_a_message_budget_shares_the_limits_on_history() {
    let pacer = IbkrBroker::builder().new_pacer();
    let [one, other] = [1, 2].map(|client_id| {
        let builder = IbkrBroker::builder().client_id(client_id);
        builder
            .with_pacer(Arc::clone(&pacer))
            .into_config()
            .unwrap()
            .pacer
    });
    assert!(Arc::ptr_eq(one.history(), other.history()));
    let alone = IbkrBroker::builder().into_config().unwrap().pacer;
    assert!(!Arc::ptr_eq(one.history(), alone.history()));
}
