//! Who stands behind orders and short positions, which the simulated exchange does not know.

use serde_json::{Value, json};

use super::kline::some;
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    symbols::{Market, Name},
    turn::Turn,
};

impl Turn<'_> {
    /// Nobody publishes short interest here: every share has an empty list.
    pub(in crate::tiger::gateway) fn quote_shortable_stocks(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let known = self.asked(asked)?.into_iter();
        let rows = known.map(|(symbol, _)| json!({"symbol": symbol, "items": []}));
        Ok(rows.collect::<Vec<Value>>().into())
    }

    /// The book of a Hong Kong share has no brokers' numbers: both queues are empty.
    pub(in crate::tiger::gateway) fn stock_broker(&mut self, asked: Parameters<'_>) -> Answer {
        asked.bounded("limit", 40, 60)?;
        let (symbol, instrument) = self.asked_one(asked)?;
        if Name::of(&instrument).map(|name| name.market) != Some(Market::Hk) {
            return Err(Complaint::business(format!(
                "symbol '{symbol}' is not listed in Hong Kong"
            )));
        }
        Ok(json!({"symbol": symbol, "bidBroker": [], "askBroker": []}))
    }

    /// Nobody publishes what brokers hold.
    pub(in crate::tiger::gateway) fn broker_hold(&mut self, asked: Parameters<'_>) -> Answer {
        some("market", asked.market()?)?;
        asked.bounded("limit", 50, 500)?;
        let page = asked.integer("page")?.unwrap_or_default();
        Ok(json!({"items": [], "page": page, "totalPage": 0, "totalCount": 0}))
    }
}
