use broker_core::model::{AccountSummary, Balance, Money};
use broker_runtime::registry::Seat;
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, portfolio},
    },
    value::{Listed, Number, word::words},
};

/// Figures that are older are marked: the slowest broker tells them every three minutes.
pub(super) const FRESH: TimeDelta = TimeDelta::minutes(5);

words! {
    /// A figure of an account that can be asked for alone.
    pub enum SummaryField {
        /// Cash plus positions.
        NetLiquidation = "net_liquidation",
        /// All cash.
        Cash = "cash" | "total_cash" | "total_cash_value",
        /// Settled cash.
        SettledCash = "settled_cash",
        /// What may be spent.
        BuyingPower = "buying_power",
        /// Sum of the magnitudes of all positions.
        GrossPositionValue = "gross_position_value",
        /// Margin.
        Margin = "margin"
            | "init_margin_req" | "initial_margin" | "maint_margin_req" | "maintenance_margin"
            | "excess_liquidity",
        /// Unrealised profit.
        UnrealizedPnl = "unrealized_pnl",
        /// Realised profit.
        RealizedPnl = "realized_pnl",
        /// Cash by currency.
        ByCurrency = "by_currency",
    }
}

/// What an account is worth and may still do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAccountSummary {
    /// Only these figures.
    #[serde(default)]
    pub fields: Option<Listed<SummaryField>>,
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Figures of an account in its currency. What the broker does not say is left out, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct AccountFigures {
    /// Currency of the figures.
    pub currency: String,
    /// Cash plus positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_liquidation: Option<Number>,
    /// All cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Number>,
    /// Settled part, when there is one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_cash: Option<Number>,
    /// What may still be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buying_power: Option<Number>,
    /// Sum of the magnitudes of all positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_position_value: Option<Number>,
    /// Margin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
    /// What open positions would realise now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized_pnl: Option<Number>,
    /// Realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Number>,
    /// Cash by currency and segment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_currency: Vec<CurrencyRow>,
}

/// Margin of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Margin {
    /// To open what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<Number>,
    /// To keep what is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Number>,
    /// Left above that; below zero positions may be liquidated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Number>,
}

/// Cash in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrencyRow {
    /// Currency.
    pub currency: String,
    /// Part of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Cash; below zero is borrowed.
    pub cash: Number,
    /// Settled part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_cash: Option<Number>,
    /// Account currency per unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<Number>,
}

impl AccountFigures {
    pub(super) fn of(summary: &AccountSummary) -> Self {
        let amount = |money: Option<Money>| money.map(|money| Number(money.amount));
        let margin = Margin {
            initial: amount(summary.initial_margin),
            maintenance: amount(summary.maintenance_margin),
            excess: amount(summary.excess_liquidity),
        };
        let is_known = margin
            .initial
            .or(margin.maintenance)
            .or(margin.excess)
            .is_some();
        let settled = match summary.balances.as_slice() {
            // A sum over currencies would need rates that are not all known.
            [one] if one.currency == summary.base_currency => one.settled_cash,
            _ => None,
        };
        Self {
            currency: summary.base_currency.to_string(),
            net_liquidation: amount(summary.net_liquidation),
            cash: amount(summary.cash),
            settled_cash: settled.map(Number),
            buying_power: amount(summary.buying_power),
            gross_position_value: amount(summary.gross_position_value),
            margin: is_known.then_some(margin),
            unrealized_pnl: amount(summary.unrealized_pnl),
            realized_pnl: amount(summary.realized_pnl),
            by_currency: summary.balances.iter().map(CurrencyRow::of).collect(),
        }
    }

    fn only(mut self, fields: &[SummaryField]) -> Self {
        for field in SummaryField::ALL
            .iter()
            .filter(|field| !fields.contains(field))
        {
            match field {
                SummaryField::NetLiquidation => self.net_liquidation = None,
                SummaryField::Cash => self.cash = None,
                SummaryField::SettledCash => self.settled_cash = None,
                SummaryField::BuyingPower => self.buying_power = None,
                SummaryField::GrossPositionValue => self.gross_position_value = None,
                SummaryField::Margin => self.margin = None,
                SummaryField::UnrealizedPnl => self.unrealized_pnl = None,
                SummaryField::RealizedPnl => self.realized_pnl = None,
                SummaryField::ByCurrency => self.by_currency = Vec::new(),
            }
        }
        self
    }
}

impl CurrencyRow {
    fn of(balance: &Balance) -> Self {
        Self {
            currency: balance.currency.to_string(),
            segment: balance.segment.clone(),
            cash: Number(balance.cash),
            settled_cash: balance.settled_cash.map(Number),
            exchange_rate: balance.exchange_rate.map(Number),
        }
    }
}

impl Request for GetAccountSummary {
    type Data = AccountFigures;

    const ABOUT: About = About {
        name: "get_account_summary",
        title: "Account balances",
        summary: "Net liquidation value, cash, buying power and margin of an account, or of all with account `all`.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<AccountFigures>, Fault> {
        let scope = Scope::new(self.account, self.broker);
        let fields = &self.fields;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let summary = portfolio(broker)?.summary(seat.account()).await?;
            let mut data = AccountFigures::of(&summary);
            if let Some(fields) = fields {
                data = data.only(&fields.0);
            }
            let now = broker.desk().clock().now();
            Ok(Told::new(data, summary.as_of).fresh_for(FRESH, now))
        };
        service.read(call, &scope, ask).await
    }
}
