use broker_core::{BrokerExt, dec};
use broker_sim::paper::PaperBroker;

use super::OrderView;
use crate::value::{Number, OrderTypeWord, SideWord, StatusWord};

#[tokio::test]
async fn an_order_is_answered_with_what_its_fills_cost() {
    let paper = PaperBroker::builder().build().unwrap();
    let account = paper.account().clone();
    let (id, _) = paper.buy("AAPL", 100).submit().await.unwrap();
    let order = paper.order(&account, &id).unwrap();
    let fills = paper.fills(&account, &Default::default()).await.unwrap();
    let fills = fills.complete().unwrap();
    let view = OrderView::of(&order);
    assert_eq!(view.commission, None, "nobody has said yet");
    let view = view.with_fills(&fills);
    assert_eq!(
        (view.side, view.order_type, view.status),
        (SideWord::Buy, OrderTypeWord::Market, StatusWord::Filled)
    );
    assert_eq!(
        (view.filled, view.remaining),
        (Number(dec!(100)), Some(Number(dec!(0))))
    );
    assert_eq!(view.client_order_id, id.to_string());
    assert_ne!(view.order_id, view.client_order_id);
    let commission = view.commission.unwrap();
    assert!(commission.0 > dec!(0));
    assert_eq!(view.commission_currency.as_deref(), Some("USD"));
    // A part of the fills says nothing about the whole.
    assert_eq!(
        OrderView::of(&order).with_fills(&fills[1..]).commission,
        None
    );
}
