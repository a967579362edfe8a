use std::collections::HashMap;

use broker_core::model::Instrument;

use super::options::options_on;
use crate::exchange::Exchange;

/// The vendor's numbers for instruments (`contractId`): the same in every server.
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct Contracts {
    by_id: HashMap<i64, Instrument>,
    ids: HashMap<Instrument, i64>,
}

impl Contracts {
    /// The number of an instrument.
    pub(in crate::tiger::gateway) fn id(&mut self, instrument: &Instrument) -> i64 {
        if let Some(id) = self.ids.get(instrument) {
            return *id;
        }
        let mut id = number_of(&instrument.to_string());
        while self.by_id.contains_key(&id) {
            id += 1;
        }
        self.ids.insert(instrument.clone(), id);
        self.by_id.insert(id, instrument.clone());
        id
    }

    /// The instrument behind a number, also one that was given by another server.
    pub(in crate::tiger::gateway) fn find(
        &mut self,
        exchange: &Exchange,
        id: i64,
    ) -> Option<Instrument> {
        if let Some(known) = self.by_id.get(&id) {
            return Some(known.clone());
        }
        let listed: Vec<Instrument> = exchange.instruments().cloned().collect();
        if let Some(found) = listed.iter().find(|instrument| self.id(instrument) == id) {
            return Some(found.clone());
        }
        for underlying in &listed {
            for option in options_on(exchange, underlying, None) {
                if self.id(&option) == id {
                    return Some(option);
                }
            }
        }
        None
    }
}

/// A number from a name (FNV-1a, folded).
fn number_of(name: &str) -> i64 {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let folded = (hash ^ (hash >> 32)) % 900_000_000;
    i64::try_from(folded).unwrap_or_default() + 100_000_000
}
