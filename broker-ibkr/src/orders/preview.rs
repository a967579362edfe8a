//! What an order would cost: TWS answers with the order's state and places nothing.

use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Result,
    model::{BrokerText, Currency, Money, NewOrder, OrderPreview},
};
use futures_util::StreamExt as _;
use ibapi::{
    orders::{OrderState, PlaceOrder},
    subscriptions::SubscriptionItem,
};
use tokio::time::Instant;

use super::blotter::Blotter;
use crate::{
    capabilities::capabilities,
    convert,
    error::{Meaning, broker_text, from_ibapi, meaning},
    pacing::Urgency,
};

impl Blotter {
    pub(super) async fn preview_order(&self, order: &NewOrder) -> Result<OrderPreview> {
        let until = Instant::now() + self.link.deadlines().request;
        // A preview passes no desk, and TWS takes forms whose meaning it then ignores.
        let pacing = self.link.pacer().pacing();
        capabilities(self.environment, pacing, self.is_read_only()).check(order)?;
        let mut draft = self.draft(Arc::new(order.clone())).await?;
        draft.order.what_if = true;
        // A question is not held.
        draft.order.transmit = true;
        self.link.permit(Urgency::Request, until).await?;
        let (order_id, stream) = {
            let _in_order = self.in_order(until).await?;
            let client = self.link.commander()?;
            let order_id = client.next_order_id();
            // Before the first word: a question is no order.
            self.register().previews.insert(order_id);
            let placed = tokio::time::timeout_at(
                until,
                client.place_order(order_id, &draft.contract, &draft.order),
            )
            .await;
            let stream = placed
                .map_err(|_| silent())?
                .map_err(|error| from_ibapi("preview", &error))?;
            (order_id, stream)
        };
        let mut stream = stream;
        let mut remarks = Vec::new();
        loop {
            let item = tokio::time::timeout_at(until, stream.next())
                .await
                .map_err(|_| silent())?;
            match item {
                Some(Ok(SubscriptionItem::Data(PlaceOrder::OpenOrder(data))))
                    if data.order_id == order_id =>
                {
                    return Ok(preview(&data.order_state, remarks));
                }
                Some(Ok(SubscriptionItem::Data(_))) => {}
                Some(Ok(SubscriptionItem::Notice(notice))) => {
                    remarks.push(broker_text(notice.code, &notice.message));
                }
                // What would be refused is an answer, not an error.
                Some(Err(ibapi::Error::Notice(notice)))
                    if matches!(
                        meaning(notice.code, &notice.message),
                        Meaning::OrderRefused | Meaning::Notice | Meaning::Held
                    ) =>
                {
                    remarks.push(broker_text(notice.code, &notice.message));
                    let mut preview = OrderPreview::new(false);
                    preview.messages = remarks;
                    return Ok(preview);
                }
                Some(Err(error)) => return Err(from_ibapi("preview", &error)),
                None => {
                    return Err(Error::new(
                        ErrorKind::Disconnected,
                        "the connection to TWS was lost",
                    ));
                }
            }
        }
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::Timeout, "TWS did not answer in time").in_operation("preview")
}

/// The figures of the answer; what TWS leaves out is absent.
pub(super) fn preview(state: &OrderState, mut messages: Vec<BrokerText>) -> OrderPreview {
    let money = |value: Option<f64>, currency: &str| {
        let amount = value.and_then(convert::optional)?;
        Some(Money::new(amount, currency.parse::<Currency>().ok()?))
    };
    let margin = |value| {
        let currency = if state.margin_currency.is_empty() {
            &state.commission_currency
        } else {
            &state.margin_currency
        };
        money(value, currency)
    };
    let fee = |value| money(value, &state.commission_currency);
    let mut preview = OrderPreview::new(state.reject_reason.is_empty());
    preview.initial_margin_before = margin(state.initial_margin_before);
    preview.initial_margin_after = margin(state.initial_margin_after);
    preview.maintenance_margin_after = margin(state.maintenance_margin_after);
    preview.commission = fee(state.commission);
    // TWS often knows only a range: the upper end is what to reckon with, and both are told.
    if let (Some(least), Some(most)) =
        (fee(state.minimum_commission), fee(state.maximum_commission))
    {
        if preview.commission.is_none() {
            preview.commission = Some(most);
        }
        messages.push(BrokerText::text(format!(
            "commission between {least} and {most}"
        )));
    }
    for text in [&state.reject_reason, &state.warning_text] {
        if !text.is_empty() {
            messages.push(BrokerText::text(text.as_str()));
        }
    }
    preview.messages = messages;
    preview
}
