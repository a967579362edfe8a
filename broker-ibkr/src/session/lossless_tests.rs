use futures_util::{StreamExt as _, stream};
use ibapi::{Notice, subscriptions::SubscriptionItem};

use super::lossless::lossless;
use crate::error::from_ibapi;

fn notice(code: i32) -> Result<SubscriptionItem<u8>, ibapi::Error> {
    Ok(SubscriptionItem::Notice(Notice {
        request_id: None,
        code,
        message: "a notice".to_owned(),
        error_time: None,
        advanced_order_reject_json: String::new(),
    }))
}

#[tokio::test]
async fn what_a_slow_reader_has_lost_is_an_error_and_a_remark_is_not() {
    let told = [
        Ok(SubscriptionItem::Data(1)),
        notice(2_104),
        Ok(SubscriptionItem::Data(2)),
        notice(-6),
    ];
    let mut items = lossless(stream::iter(told));
    assert_eq!(items.next().await.unwrap().unwrap(), 1);
    assert_eq!(items.next().await.unwrap().unwrap(), 2);
    let error = items.next().await.unwrap().unwrap_err();
    let error = from_ibapi("positions", &error);
    assert_eq!(error.kind(), broker_core::ErrorKind::Incomplete);
}
