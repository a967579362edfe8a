use broker_core::{Broker, model::Instrument};
use chrono::{DateTime, Utc};

use crate::{
    Fault,
    service::reading::{begins, ends},
    value::{InstrumentRef, Moment, is_same, same_filter},
};

/// Which rows of an account are wanted: those of one instrument, from a time on and before another.
pub(super) struct Wanted {
    instrument: Option<Instrument>,
    /// From when on, which is for the broker to keep to.
    pub(super) since: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

impl Wanted {
    /// What a question means.
    ///
    /// # Errors
    /// As those of [`InstrumentRef::resolve`]; [`InvalidRequest`](crate::FaultCode::InvalidRequest) for a time
    /// outside the calendar.
    pub(super) async fn of(
        broker: &dyn Broker,
        instrument: Option<&InstrumentRef>,
        start: Option<Moment>,
        end: Option<Moment>,
    ) -> Result<Self, Fault> {
        let now = broker.desk().clock().now();
        let instrument = match instrument {
            Some(asked) => Some(asked.resolve(broker).await?),
            None => None,
        };
        Ok(Self {
            instrument,
            since: begins(start, now)?,
            before: ends(end, now)?,
        })
    }

    /// What the broker may be asked for instead of all.
    pub(super) fn filter(&self) -> Option<Instrument> {
        same_filter(self.instrument.as_ref())
    }

    /// Whether a row of this instrument and this time is wanted.
    ///
    /// # Errors
    /// When nobody can say whether two instruments are the same.
    pub(super) async fn has(
        &self,
        broker: &dyn Broker,
        instrument: &Instrument,
        at: DateTime<Utc>,
    ) -> Result<bool, Fault> {
        if self.before.is_some_and(|before| at >= before) {
            return Ok(false);
        }
        match &self.instrument {
            Some(wanted) => is_same(broker, wanted, instrument).await,
            None => Ok(true),
        }
    }
}
