use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Clock, Error, ErrorKind, Reference, Result,
    model::{ContractDetails, Instrument, InstrumentQuery},
};

/// Remembers what the broker said about instruments.
///
/// Details and unambiguous answers are kept for a day of the desk's clock. Errors are not kept, and
/// neither are ambiguous or empty answers: the caller may fix them and ask again.
#[derive(Debug)]
pub struct Resolver {
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    contracts: HashMap<Instrument, Kept<Arc<ContractDetails>>>,
    queries: HashMap<InstrumentQuery, Kept<Instrument>>,
}

#[derive(Debug)]
struct Kept<T> {
    value: T,
    until: DateTime<Utc>,
}

impl Resolver {
    /// How long an answer is kept.
    pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

    /// Most answers of each sort; when there are more, all are asked for again.
    const MOST: usize = 100_000;

    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            memory: Mutex::default(),
        }
    }

    /// What is fixed about an instrument, from memory or from the broker.
    ///
    /// # Errors
    /// As [`Reference::contract`].
    pub async fn contract(
        &self,
        reference: &dyn Reference,
        instrument: &Instrument,
    ) -> Result<Arc<ContractDetails>> {
        let now = self.clock.now();
        if let Some(known) = self.known_contract(instrument, now) {
            return Ok(known);
        }
        let details = Arc::new(reference.contract(instrument).await?);
        let kept = Kept {
            value: Arc::clone(&details),
            until: self.until(now),
        };
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.contracts.len() >= Self::MOST {
            memory.contracts.clear();
        }
        memory.contracts.insert(instrument.clone(), kept);
        Ok(details)
    }

    fn known_contract(
        &self,
        instrument: &Instrument,
        now: DateTime<Utc>,
    ) -> Option<Arc<ContractDetails>> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = memory.contracts.get(instrument)?;
        (now < kept.until).then(|| Arc::clone(&kept.value))
    }

    /// The one instrument that a query means.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when nothing fits, [`ErrorKind::Ambiguous`] with the candidates when
    /// several instruments do.
    pub async fn resolve(
        &self,
        reference: &dyn Reference,
        query: &InstrumentQuery,
    ) -> Result<Instrument> {
        let now = self.clock.now();
        {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = memory.queries.get(query)
                && now < kept.until
            {
                return Ok(kept.value.clone());
            }
        }
        let mut found = reference.resolve(query).await?;
        found.dedup();
        let instrument = match found.len() {
            0 => {
                let message = format!("no instrument fits {:?}", query.text);
                return Err(Error::new(ErrorKind::NotFound, message).at_field("instrument"));
            }
            1 => found.swap_remove(0),
            several => {
                let message = format!("{several} instruments fit {:?}", query.text);
                return Err(Error::new(ErrorKind::Ambiguous, message)
                    .at_field("instrument")
                    .with_candidates(found));
            }
        };
        let kept = Kept {
            value: instrument.clone(),
            until: self.until(now),
        };
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.queries.len() >= Self::MOST {
            memory.queries.clear();
        }
        memory.queries.insert(query.clone(), kept);
        Ok(instrument)
    }

    /// Forgets everything, so that the broker is asked again.
    pub fn forget(&self) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        *memory = Memory::default();
    }

    fn until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(Self::KEPT_FOR).unwrap_or(now)
    }
}
