use std::collections::{BTreeMap, HashMap};

use broker_core::model::{Instrument, TickTable};

/// TWS's numbers for instruments (conId): given once, the same in every server.
#[derive(Debug, Default)]
pub(in crate::tws::gateway) struct Contracts {
    by_id: HashMap<i32, Instrument>,
    ids: HashMap<Instrument, i32>,
    /// Tables of price increments by their numbers (market rules).
    pub(super) rules: BTreeMap<i32, TickTable>,
}

/// Numbers that the real TWS gives; the others follow from the instrument's name.
const KNOWN: &[(&str, i32)] = &[
    ("AAPL.XNAS", 265_598),
    ("MSFT.XNAS", 272_093),
    ("AMD.XNAS", 4_391),
    ("KO.XNYS", 8_894),
    ("JPM.XNYS", 1_520_593),
    ("SPX.XCBO", 416_904),
    ("EUR.USD", 12_087_792),
    ("GBP.USD", 12_087_797),
    ("USD.JPY", 15_016_059),
    ("USD.HKD", 12_345_777),
    ("BTC-USD", 479_624_278),
];

impl Contracts {
    /// The number of an instrument.
    pub(in crate::tws::gateway) fn con_id(&mut self, instrument: &Instrument) -> i32 {
        if let Some(id) = self.ids.get(instrument) {
            return *id;
        }
        let name = instrument.to_string();
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        let mut id = known.map_or_else(|| number_of(&name), |(_, id)| *id);
        while self.by_id.contains_key(&id) {
            id = id.checked_add(1).unwrap_or(1);
        }
        self.ids.insert(instrument.clone(), id);
        self.by_id.insert(id, instrument.clone());
        id
    }

    /// The instrument that goes by a number that has been given.
    pub(super) fn by_id(&self, id: i32) -> Option<&Instrument> {
        self.by_id.get(&id)
    }
}

/// A number from a name, below those that clients use for requests (FNV-1a, folded).
pub(super) fn number_of(name: &str) -> i32 {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let folded = (hash ^ (hash >> 32)) % 900_000_000;
    i32::try_from(folded).unwrap_or_default() + 100_000_000
}
