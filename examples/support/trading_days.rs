use std::error::Error;

use broker_core::{Broker, BrokerExt as _, model::SessionKind};
use chrono::{DateTime, NaiveDate, Utc};

/// The trading days from one date to another with the instants of their closes, for an instrument.
///
/// # Errors
/// When the broker has no calendar or cannot be asked.
pub async fn trading_days(
    broker: &dyn Broker,
    symbol: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, DateTime<Utc>)>, Box<dyn Error>> {
    let instrument = broker.resolve(symbol).await?;
    let reference = broker.reference().ok_or("this broker has no calendar")?;
    let schedule = reference.schedule(&instrument, from, to).await?;
    let regular = schedule.days.iter().filter_map(|day| {
        let mut windows = day.windows.iter();
        let window = windows.find(|window| window.kind == SessionKind::Regular)?;
        Some((day.date, window.close))
    });
    Ok(regular.collect())
}
