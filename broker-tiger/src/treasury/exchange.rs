//! Changing one currency for another.

use broker_core::{
    Decimal, Error, Lookup, Result,
    model::{AccountId, BrokerOrderId, BrokerText, ClientOrderId, Currency, Money},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    outcome::Outcome,
    service::{Treasury, positive, unreadable},
};
use crate::{
    convert::{Figure, Text, Whole},
    orders::broker_order_id,
    transport::{Call, Method, Parameters},
};

/// One currency for another, at the market.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CurrencyExchange {
    /// The caller's own name, by which it is found again (`external_id`).
    pub id: ClientOrderId,
    /// Whose money.
    pub account: AccountId,
    /// What is given.
    pub from: Money,
    /// What is wanted.
    pub to: Currency,
}

impl CurrencyExchange {
    /// An exchange for the day, in the segment of securities.
    #[must_use]
    pub const fn new(id: ClientOrderId, account: AccountId, from: Money, to: Currency) -> Self {
        Self {
            id,
            account,
            from,
            to,
        }
    }
}

/// How an exchange stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExchangeState {
    /// Tiger's number of the order.
    pub broker_order_id: BrokerOrderId,
    /// The pair of currencies, such as `USD.HKD`.
    pub pair: String,
    /// The vendor's word for its state: `Initial`, `Submitted`, `Filled`, `Cancelled`, `Inactive`.
    pub status: String,
    /// How much has been changed, in units of the pair's first currency.
    pub filled: Decimal,
    /// The average rate, once something has been changed.
    pub average: Option<Decimal>,
    /// When it was sent, UTC.
    pub opened_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExchangeRow {
    id: Whole,
    external_id: Text,
    symbol: Text,
    status: Text,
    filled_quantity: Figure,
    filled_quantity_scale: Whole,
    avg_fill_price: Figure,
    open_time: Whole,
}

impl ExchangeRow {
    fn state(&self) -> Result<ExchangeState> {
        let number = self.id.get().and_then(broker_order_id);
        let filled = self.filled_quantity.scaled(self.filled_quantity_scale)?;
        let filled = filled.unwrap_or_default();
        Ok(ExchangeState {
            broker_order_id: number.ok_or_else(|| unreadable("number"))?,
            pair: self.symbol.get().unwrap_or_default().to_owned(),
            status: self.status.get().unwrap_or_default().to_owned(),
            filled,
            average: self.avg_fill_price.computed().filter(|_| !filled.is_zero()),
            opened_at: self.open_time.instant(),
        })
    }
}

/// By how much the broker's clock may differ from ours.
const SKEW: TimeDelta = TimeDelta::minutes(10);

impl Treasury {
    /// Changes one currency for another at the market. Sent once, whatever happens: the vendor's own SDK
    /// sends this one again, and may change the money twice. Its name is written down first and used up by
    /// it, also when the answer is lost; only a refusal gives it back.
    ///
    /// # Errors
    /// Only when nothing was changed: refused by Tiger, or never sent.
    /// [`Duplicate`](broker_core::ErrorKind::Duplicate) for a name that an exchange or an order has.
    pub async fn exchange(&self, order: &CurrencyExchange) -> Result<Outcome<ExchangeState>> {
        positive(order.from)?;
        if order.from.currency == order.to {
            return Err(Error::invalid("to", "is the currency that is given"));
        }
        let parameters = Parameters::default()
            .with("seg_type", "SEC")?
            .with("source_currency", order.from.currency.as_str())?
            .with("target_currency", order.to.as_str())?
            .number("source_amount", order.from.amount)?
            .with("external_id", order.id.as_str())?
            .with("time_in_force", "DAY")?;
        let call = Call::new(Method::PLACE_FOREX_ORDER, parameters);
        let (account, id) = (&order.account, &order.id);
        self.blotter.check_account(account)?;
        let sent = async {
            self.blotter.write_exchange_down(account, id).await?;
            let sent = self.command(account, call).await;
            if sent.is_err() {
                self.blotter.write_never_was(account, [id]).await;
            }
            sent
        };
        let written = sent.await;
        let written = written.map_err(|error| error.in_operation("exchange"))?;
        Ok(Outcome::of(written, |data| {
            data.decode::<ExchangeRow>()?.state()
        }))
    }

    /// Looks for an exchange by the caller's own name among the orders since `sent`.
    ///
    /// [`Found`](Lookup::Found) has no reports: the state is beside it. An exchange that Tiger does not list
    /// is never proven absent, because nothing is written down about whether it keeps the name.
    ///
    /// # Errors
    /// When Tiger could not be asked.
    pub async fn find_exchange(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        sent: DateTime<Utc>,
    ) -> Result<(Lookup, Option<ExchangeState>)> {
        self.blotter.check_account(account)?;
        let since = sent.checked_sub_signed(SKEW).unwrap_or(sent);
        let rows = self.blotter.rows_since::<ExchangeRow>(account, since).await;
        let (rows, whole) = rows.map_err(|error| error.in_operation("find_exchange"))?;
        let found = rows
            .iter()
            .find(|row| row.external_id.get() == Some(id.as_str()));
        match found {
            Some(row) => Ok((Lookup::Found(Vec::new()), Some(row.state()?))),
            None => {
                let why = if whole {
                    "no order of that time has the name"
                } else {
                    "not every order of that time could be read"
                };
                Ok((Lookup::Inconclusive(BrokerText::text(why)), None))
            }
        }
    }
}
