//! What is asked of TWS about money and positions.

use broker_core::{
    Covered, Decimal, Error, ErrorKind, Result, Retry,
    model::{
        AccountId, AccountSummary, Currency, Money as Amount, Position, ProfitAndLoss,
        SignedQuantity,
    },
};
use futures_util::StreamExt as _;
use ibapi::{
    accounts::{
        AccountSummaryResult, PnL, PositionUpdateMulti,
        types::{AccountGroup, AccountId as WireAccount},
    },
    contracts::Contract,
    subscriptions::SubscriptionItem,
};

use tokio::time::{Instant, timeout_at};

use super::{Money, figures::Figures};
use crate::{convert, session::lossless};

/// What an account's summary is made of; the last one tells every currency apart.
const SUMMARY_TAGS: &[&str] = &[
    "AccountType",
    "NetLiquidation",
    "TotalCashValue",
    "SettledCash",
    "BuyingPower",
    "EquityWithLoanValue",
    "GrossPositionValue",
    "InitMarginReq",
    "FullInitMarginReq",
    "MaintMarginReq",
    "FullMaintMarginReq",
    "AvailableFunds",
    "ExcessLiquidity",
    "$LEDGER:ALL",
];

impl Money {
    /// Every figure of an account. The updates of one account (request 76) would do for the cash,
    /// but the client library asks there for the ledger and the net liquidation value only.
    pub(super) async fn ask_figures(&self, account: &AccountId) -> Result<Figures> {
        let wanted = account.to_string();
        // TWS takes two summaries at a time per client (322).
        let until = Instant::now() + self.link.deadlines().request;
        let _place = timeout_at(until, self.summaries.lock())
            .await
            .map_err(|_| {
                let message = "other questions for figures took all the time; nothing was asked";
                Error::new(ErrorKind::Timeout, message).in_operation("summary")
            })?;
        self.link
            .ask_until(until, 2, "summary", |client| async move {
                let everyone = AccountGroup("All".to_owned());
                let stream = client.account_summary(&everyone, SUMMARY_TAGS).await?;
                let mut items = lossless(stream);
                let mut figures = Figures::default();
                while let Some(item) = items.next().await {
                    match item? {
                        AccountSummaryResult::Summary(row) => {
                            if row.account == wanted {
                                figures.take(&row.tag, &row.value, &row.currency);
                            }
                        }
                        AccountSummaryResult::End => return Ok(figures),
                    }
                }
                Err(ibapi::Error::UnexpectedEndOfStream)
            })
            .await
    }

    pub(super) async fn ask_summary(&self, account: &AccountId) -> Result<AccountSummary> {
        let figures = self.ask_figures(account).await?;
        figures.summary(account, self.link.now()).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "TWS told no total with a currency")
                .in_operation("summary")
        })
    }

    /// The account's figures for a snapshot.
    pub(crate) async fn summary_for_snapshot(
        &self,
        account: &AccountId,
    ) -> Covered<AccountSummary> {
        match self.ask_summary(account).await {
            Ok(summary) => Covered::Complete(summary),
            Err(error) => Covered::Unavailable(error.to_string().into()),
        }
    }

    /// Every figure that says what an account is.
    pub(crate) async fn account_figures(&self, account: &AccountId) -> Result<Figures> {
        self.ask_figures(account).await
    }

    /// Every position of an account that is not flat, and whether asking again may bring more.
    pub(crate) async fn ask_positions(
        &self,
        account: &AccountId,
    ) -> (Covered<Vec<Position>>, bool) {
        let wire = WireAccount(account.to_string());
        let asked = self
            .link
            .ask_once("positions", |client| async move {
                let stream = client.positions_multi(Some(&wire), None).await?;
                let mut items = lossless(stream);
                let mut held = Vec::new();
                while let Some(item) = items.next().await {
                    match item? {
                        PositionUpdateMulti::Position(position) => held.push(position),
                        PositionUpdateMulti::PositionEnd => return Ok(held),
                    }
                }
                Err(ibapi::Error::UnexpectedEndOfStream)
            })
            .await;
        let held = match asked {
            Ok(held) => held,
            Err(error) => return (Covered::Unavailable(error.to_string().into()), true),
        };
        let mut positions = Vec::with_capacity(held.len());
        let (mut unread, mut again) = (Vec::new(), false);
        for told in held {
            if told.account != account.as_str() {
                continue;
            }
            match self
                .position(account, &told.contract, told.position, told.average_cost)
                .await
            {
                Ok(position) if position.quantity.is_flat() => {}
                Ok(position) => positions.push(position),
                Err(error) => {
                    again |= matches!(error.retry(), Retry::Safe { .. });
                    unread.push(error.to_string());
                }
            }
        }
        let read = if unread.is_empty() {
            Covered::Complete(positions)
        } else {
            Covered::Partial {
                value: positions,
                missing: unread.join("; ").into(),
            }
        };
        (read, again)
    }

    /// A position in core's words. TWS counts commissions into its average cost.
    pub(super) async fn position(
        &self,
        account: &AccountId,
        contract: &Contract,
        quantity: f64,
        average_cost: f64,
    ) -> Result<Position> {
        let instrument = self.book.instrument(&self.link, contract).await?;
        let quantity = SignedQuantity::new(convert::decimal(quantity)?)?;
        let mut position = Position::new(account.clone(), instrument, quantity, self.link.now());
        let multiplier = convert::text(&contract.multiplier).filter(|value| !value.is_zero());
        let cost = convert::optional(average_cost).filter(|_| !quantity.is_flat());
        // Of a derivative TWS tells the cost of a whole contract.
        let unit = cost.and_then(|cost| cost.checked_div(multiplier.unwrap_or(Decimal::ONE)));
        position.average_price = unit.and_then(|unit| {
            broker_core::model::Price::new(unit.round_dp(broker_core::model::MAX_SCALE)).ok()
        });
        Ok(position)
    }

    pub(super) async fn ask_profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        let base = self.base_currency(account).await?;
        let wire = WireAccount(account.to_string());
        let figures = self
            .link
            .ask_once("profit_and_loss", |client| async move {
                let mut stream = client.pnl(&wire, None).await?;
                while let Some(item) = stream.next().await {
                    if let SubscriptionItem::Data(figures) = item? {
                        return Ok(figures);
                    }
                }
                Err(ibapi::Error::UnexpectedEndOfStream)
            })
            .await?;
        Ok(self.profit(account, base, &figures))
    }

    /// The currency of an account's totals, from its ledger or from TWS.
    pub(super) async fn base_currency(&self, account: &AccountId) -> Result<Currency> {
        let ledger = self.link.desk().ledger(account)?;
        if let Some(summary) = ledger.snapshot().summary.value() {
            return Ok(summary.base_currency);
        }
        Ok(self.ask_summary(account).await?.base_currency)
    }

    pub(super) fn profit(
        &self,
        account: &AccountId,
        base: Currency,
        figures: &PnL,
    ) -> ProfitAndLoss {
        let money = |value: f64| convert::figure(value).map(|amount| Amount::new(amount, base));
        let mut profit = ProfitAndLoss::new(account.clone(), self.link.now());
        profit.daily = money(figures.daily_pnl);
        profit.unrealized = figures.unrealized_pnl.and_then(money);
        profit.realized = figures.realized_pnl.and_then(money);
        profit
    }
}
