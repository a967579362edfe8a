use broker_core::{
    Broker, BrokerExt, Decimal, Portfolio, Reference,
    model::{
        AccountId, ClientOrderId, Currency, Instrument, Money, NewOrder, OrderAmount, Price, Quote,
        SessionKind, Side, TradingSession,
    },
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    KeyLimits,
    cash::borrowed,
    holding::{only_lessens, short},
};

/// What is known about an order at the moment. What is not known is absent, with the reason.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What it would trade at now: for a buy what is asked, for a sale what is bid.
    pub(crate) price: Result<Price, String>,
    /// Price × quantity × multiplier in the instrument's currency, the larger where it may be one or
    /// another.
    pub(crate) notional: Result<Money, String>,
    /// The same in the currency of the limits.
    pub(crate) limited: Result<Decimal, String>,
    /// Whether the market is open; asked only where a limit says so.
    pub(crate) open: Result<bool, String>,
    /// What of the order's instruments could still be sold, by instrument; asked only for sales that
    /// must not be short.
    pub(crate) short: Result<Option<String>, String>,
    /// Why it would be paid with borrowed money, if it would; asked only where a limit says so.
    pub(crate) borrowed: Result<Option<String>, String>,
    /// What the account has made today, in the currency of the limits; asked only where a limit says so.
    pub(crate) today: Result<Decimal, String>,
    /// Whether the order can only lessen what is held; asked only where a limit lets such orders pass.
    pub(crate) lessens: bool,
}

/// The text of a failure, for a person.
pub(super) fn why(error: &broker_core::Error) -> String {
    error.message().to_owned()
}

/// What an order trades: itself, or its legs with their sides and ratios.
pub(super) fn parts(order: &NewOrder) -> Vec<(&Instrument, Side, u32)> {
    match &order.instrument {
        Instrument::Combo(combo) => combo
            .legs()
            .iter()
            .map(|leg| {
                let side = match order.side {
                    Side::Sell | Side::SellShort => leg.side.opposite(),
                    _ => leg.side,
                };
                (&leg.instrument, side, leg.ratio)
            })
            .collect(),
        one => vec![(one, order.side, 1)],
    }
}

impl Facts {
    /// Asks for what the limits need to know and what a person is told.
    pub(crate) async fn gather(
        broker: &dyn Broker,
        order: &NewOrder,
        limits: &KeyLimits,
        exempt: Option<&ClientOrderId>,
    ) -> Self {
        let now = broker.desk().clock().now();
        let quotes = quotes(broker, order, limits, now).await;
        let price = price(order, &quotes);
        let notional = notional(broker, order, &quotes).await;
        let limited = match &notional {
            Ok(money) => convert(broker, &order.account, *money, limits.currency).await,
            Err(why) => Err(why.clone()),
        };
        let open = if limits.market_hours {
            open(broker, order, now).await
        } else {
            Ok(true)
        };
        let short = if limits.sells_short() {
            Ok(None)
        } else {
            short(broker, order, exempt).await
        };
        let borrowed = if limits.cash_only {
            borrowed(broker, order, &notional, limits, exempt).await
        } else {
            Ok(None)
        };
        let (mut today, mut lessens) = (Ok(Decimal::ZERO), false);
        if limits.max_daily_loss.is_some() {
            today = made_today(broker, &order.account, limits.currency).await;
            lessens = only_lessens(broker, order, exempt).await.unwrap_or(false);
        }
        Self {
            price,
            notional,
            limited,
            open,
            short,
            borrowed,
            today,
            lessens,
        }
    }
}

/// A fresh quote of each part of an order.
async fn quotes(
    broker: &dyn Broker,
    order: &NewOrder,
    limits: &KeyLimits,
    now: DateTime<Utc>,
) -> Vec<Result<Quote, String>> {
    let parts: Vec<Instrument> = parts(order)
        .into_iter()
        .map(|(one, ..)| one.clone())
        .collect();
    let Some(market_data) = broker.market_data() else {
        let none = || Err("this broker has no market data".to_owned());
        return parts.iter().map(|_| none()).collect();
    };
    let oldest = now - TimeDelta::seconds(i64::from(limits.max_quote_age_seconds));
    match market_data.quotes(&parts).await {
        Err(error) => parts.iter().map(|_| Err(why(&error))).collect(),
        Ok(answers) => {
            let read = answers.into_iter().map(|answer| match answer {
                Err(error) => Err(why(&error)),
                Ok(quote) if quote.delayed => Err("the quote is delayed".to_owned()),
                Ok(quote) => quote
                    .held_since(oldest)
                    .ok_or_else(|| format!("the quote is of {}", quote.as_of.to_rfc3339())),
            });
            let missing = core::iter::repeat_with(|| Err("there is no quote".to_owned()));
            read.chain(missing).take(parts.len()).collect()
        }
    }
}

/// What one side would trade at now.
fn at_market(quote: &Quote, side: Side) -> Option<Price> {
    let best = if side.is_sell() { quote.bid } else { quote.ask };
    best.or(quote.last)
}

/// The price of the whole now: of a combination the legs' sum.
fn price(order: &NewOrder, quotes: &[Result<Quote, String>]) -> Result<Price, String> {
    let parts = parts(order);
    if let ([(_, side, _)], [quote]) = (parts.as_slice(), quotes) {
        let quote = quote.as_ref().map_err(Clone::clone)?;
        return at_market(quote, *side).ok_or_else(|| "the quote has no price".to_owned());
    }
    let mut sum = Decimal::ZERO;
    for ((_, side, ratio), quote) in parts.iter().zip(quotes) {
        let quote = quote.as_ref().map_err(Clone::clone)?;
        let price = at_market(quote, *side).ok_or("a leg has no price")?.get();
        let part = price.saturating_mul(Decimal::from(*ratio));
        sum = if side.is_sell() {
            sum - part
        } else {
            sum + part
        };
    }
    // Sold as a whole, the legs are turned round already.
    let whole = if order.side.is_sell() { -sum } else { sum };
    Price::new(whole).map_err(|error| error.to_string())
}

/// The most that one unit may cost or bring.
fn worst(order: &NewOrder, quote: &Result<Quote, String>, side: Side) -> Result<Decimal, String> {
    let limit = order.order_type.limit_price().map(Price::get);
    let trigger = order.order_type.trigger_price().map(Price::get);
    if let (Some(limit), false) = (limit, side.is_sell()) {
        // It buys for no more.
        return Ok(limit.abs());
    }
    // It sells for more, too: how much more, only the market says.
    let market = match quote {
        Ok(quote) => [quote.bid, quote.ask, quote.last]
            .into_iter()
            .flatten()
            .max(),
        Err(_) => None,
    };
    let known = [limit, trigger, market.map(Price::get)]
        .into_iter()
        .flatten();
    match known.map(|price| price.abs()).max() {
        // Where nothing bounds it, a price that is not the market's is no price.
        Some(price) if market.is_some() => Ok(price),
        _ => Err(quote
            .as_ref()
            .err()
            .cloned()
            .unwrap_or_else(|| "no price is known".to_owned())),
    }
}

/// What an order costs at most or brings, at what the market says now.
pub(super) async fn cost(
    broker: &dyn Broker,
    order: &NewOrder,
    limits: &KeyLimits,
) -> Result<Money, String> {
    let now = broker.desk().clock().now();
    let quotes = quotes(broker, order, limits, now).await;
    notional(broker, order, &quotes).await
}

async fn notional(
    broker: &dyn Broker,
    order: &NewOrder,
    quotes: &[Result<Quote, String>],
) -> Result<Money, String> {
    let quantity = match order.amount {
        OrderAmount::Cash(money) => return Ok(money),
        OrderAmount::Quantity(quantity) => quantity.get(),
        _ => return Err("an amount of a kind that is not known here".to_owned()),
    };
    let combination = matches!(order.instrument, Instrument::Combo(_));
    let mut sum = Decimal::ZERO;
    let mut currency: Option<Currency> = None;
    for ((instrument, side, ratio), quote) in parts(order).into_iter().zip(quotes) {
        let contract = BrokerExt::contract(broker, instrument).await;
        let contract = contract.map_err(|error| why(&error))?;
        let price = if combination {
            let quote = quote.as_ref().map_err(Clone::clone)?;
            at_market(quote, side)
                .ok_or("a leg has no price")?
                .get()
                .abs()
        } else {
            worst(order, quote, side)?
        };
        if currency.is_some_and(|before| before != contract.currency) {
            return Err("the legs have several currencies".to_owned());
        }
        currency = Some(contract.currency);
        let part = price
            .checked_mul(contract.multiplier)
            .and_then(|money| money.checked_mul(Decimal::from(ratio)))
            .and_then(|money| money.checked_mul(quantity))
            .and_then(|money| sum.checked_add(money));
        sum = part.ok_or("the amount is too large to be computed")?;
    }
    let currency = currency.ok_or("the currency is not known")?;
    Ok(Money::new(sum.normalize(), currency))
}

/// An amount in another currency, by the rates that the account is kept with.
async fn convert(
    broker: &dyn Broker,
    account: &AccountId,
    money: Money,
    into: Currency,
) -> Result<Decimal, String> {
    if money.currency == into {
        return Ok(money.amount);
    }
    let unknown = || format!("there is no rate from {} to {into}", money.currency);
    let portfolio: &dyn Portfolio = broker.portfolio().ok_or_else(unknown)?;
    let summary = portfolio
        .summary(account)
        .await
        .map_err(|error| why(&error))?;
    let rate = |currency: Currency| {
        if currency == summary.base_currency {
            return Some(Decimal::ONE);
        }
        let mut balances = summary.balances.iter();
        balances.find_map(|one| one.exchange_rate.filter(|_| one.currency == currency))
    };
    let (from, to) = (rate(money.currency), rate(into));
    from.zip(to)
        .and_then(|(from, to)| money.amount.checked_mul(from)?.checked_div(to))
        .ok_or_else(unknown)
}

async fn open(broker: &dyn Broker, order: &NewOrder, now: DateTime<Utc>) -> Result<bool, String> {
    let reference: &dyn Reference = broker.reference().ok_or("this broker has no calendar")?;
    let day = TimeDelta::days(1);
    let (from, to) = ((now - day).date_naive(), (now + day).date_naive());
    for (instrument, ..) in parts(order) {
        let schedule = reference.schedule(instrument, from, to).await;
        let schedule = schedule.map_err(|error| why(&error))?;
        let within = schedule.window_at(now).is_some_and(|window| {
            order.session != TradingSession::Regular || is_regular(window.kind)
        });
        if !within {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Profit or loss of the day, as the broker counts it.
async fn made_today(
    broker: &dyn Broker,
    account: &AccountId,
    into: Currency,
) -> Result<Decimal, String> {
    let portfolio = broker
        .portfolio()
        .ok_or("this broker does not say what was made")?;
    let figures = portfolio.profit_and_loss(account).await;
    let figures = figures.map_err(|error| why(&error))?;
    let daily = figures.daily.ok_or("the broker does not say it")?;
    convert(broker, account, daily, into).await
}

/// The regular session with its auctions.
const fn is_regular(kind: SessionKind) -> bool {
    matches!(
        kind,
        SessionKind::Regular | SessionKind::OpeningAuction | SessionKind::ClosingAuction
    )
}
