//! What an order would cost.

use broker_core::{
    Result,
    model::{BrokerText, Currency, Money, NewOrder, OrderPreview},
};
use serde::Deserialize;

use super::{blotter::Blotter, encode::encode};
use crate::{
    convert::{Figure, Flag, Text},
    transport::{Call, Method},
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Previewed {
    is_pass: Flag,
    message: Text,
    commission: Figure,
    commission_currency: Text,
    margin_currency: Text,
    init_margin: Figure,
    init_margin_before: Figure,
    maint_margin: Figure,
    #[serde(rename = "availableEE")]
    available: Figure,
}

fn currency(word: &Text) -> Option<Currency> {
    word.get().and_then(|word| word.parse().ok())
}

impl Blotter {
    pub(super) async fn preview_order(&self, order: &NewOrder) -> Result<OrderPreview> {
        self.check_account(&order.account)?;
        let listing = self.book.listing(&order.instrument).await?;
        let call = Call::new(Method::PREVIEW_ORDER, encode(order, &listing)?).of(&order.account);
        let data = self.link.gateway()?.ask(&call).await?;
        let told: Previewed = data.decode()?;
        let money = |figure: Figure, currency: Option<Currency>| {
            Some(Money::new(figure.computed()?, currency?))
        };
        let margin = currency(&told.margin_currency);
        let paid = currency(&told.commission_currency).or(margin);
        // Without a word it is no promise.
        let mut preview = OrderPreview::new(told.is_pass.get() == Some(true));
        preview.commission = money(told.commission, paid);
        preview.initial_margin_before = money(told.init_margin_before, margin);
        preview.initial_margin_after = money(told.init_margin, margin);
        preview.maintenance_margin_after = money(told.maint_margin, margin);
        preview.buying_power_after = money(told.available, margin);
        preview.messages = told
            .message
            .get()
            .map(BrokerText::text)
            .into_iter()
            .collect();
        Ok(preview)
    }
}
