//! What an order would cost.

use broker_core::model::{AccountId, Money};
use serde_json::{Map, Value};

use super::{place::renamed, refused::words};
use crate::tiger::gateway::{Answer, number::number, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// What an order would cost, or why it would not pass; nothing is placed.
    pub(in crate::tiger::gateway) fn preview_order(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        let (terms, _, _) = self.read_order(&account, asked)?;
        let (_, name) = self.next_id(&account)?;
        let terms = renamed(&terms, name);
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
        put("account", account.as_str().into());
        let preview = match self.exchange.preview(&terms) {
            Ok(preview) => preview,
            Err(refusal) => {
                put("isPass", false.into());
                put("message", words(&refusal).into());
                return Ok(Value::Object(written));
            }
        };
        let (before, base) = self.figures(&account);
        put("isPass", true.into());
        put("message", "".into());
        let amount = |money: Option<Money>| money.map_or(Value::Null, |m| number(m.amount));
        put("commission", amount(preview.commission));
        if let Some(commission) = preview.commission {
            put("commissionCurrency", commission.currency.to_string().into());
        }
        put("marginCurrency", base.into());
        put("initMarginBefore", amount(preview.initial_margin_before));
        put("initMargin", amount(preview.initial_margin_after));
        put("maintMarginBefore", amount(before.maintenance_margin));
        put("maintMargin", amount(preview.maintenance_margin_after));
        put("equityWithLoanBefore", amount(before.net_liquidation));
        let cost = preview
            .commission
            .map_or_else(Default::default, |c| c.amount);
        let after = before
            .net_liquidation
            .map(|equity| Money::new(equity.amount - cost, equity.currency));
        put("equityWithLoan", amount(after));
        let left = |margin: Option<Money>| {
            let (after, margin) = (after?, margin?);
            Some(Money::new(after.amount - margin.amount, after.currency))
        };
        put("availableEE", amount(left(preview.initial_margin_after)));
        let excess = left(preview.maintenance_margin_after);
        put("excessLiquidity", amount(excess));
        put("overnightLiquidation", amount(excess));
        put("gst", number(Default::default()));
        Ok(Value::Object(written))
    }

    fn figures(&self, account: &AccountId) -> (Before, String) {
        let summary = self.exchange.summary(account);
        let base = summary
            .as_ref()
            .map(|summary| summary.base_currency.to_string());
        let before = Before {
            net_liquidation: summary.as_ref().and_then(|s| s.net_liquidation),
            maintenance_margin: summary.as_ref().and_then(|s| s.maintenance_margin),
        };
        (before, base.unwrap_or_default())
    }
}

/// An account's figures before an order.
#[derive(Debug)]
struct Before {
    net_liquidation: Option<Money>,
    maintenance_margin: Option<Money>,
}
