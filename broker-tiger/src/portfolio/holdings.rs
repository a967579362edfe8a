use std::collections::HashSet;

use broker_core::{
    Covered,
    model::{Instrument, Position},
};
use chrono::{DateTime, Utc};

/// The classes that an account may hold; the vendor's method tells one at a time. Combinations are held as
/// their legs, and currencies as balances.
pub(super) const CLASSES: [&str; 8] = ["STK", "OPT", "FUT", "FOP", "WAR", "IOPT", "FUND", "CC"];

/// The class under which an instrument is told; `None` for one that is never asked for.
pub(super) fn class_of(instrument: &Instrument) -> Option<&'static str> {
    let word = match instrument {
        Instrument::Equity(_) => "STK",
        Instrument::Option(_) => "OPT",
        Instrument::Future(_) => "FUT",
        Instrument::Crypto(_) => "CC",
        // Named by this adapter, after the class.
        Instrument::Native(part) => part.id.as_str().split(':').next()?,
        _ => return None,
    };
    CLASSES.into_iter().find(|class| *class == word)
}

/// What an account holds, as far as it was told.
#[derive(Debug)]
pub(crate) struct Holdings {
    /// Every position that is not flat.
    pub(crate) positions: Covered<Vec<Position>>,
    /// Whether asking again may bring more.
    pub(crate) again: bool,
    /// The classes of which everything was told.
    pub(super) whole: HashSet<&'static str>,
    /// As of when each position is, by the broker's clock.
    pub(super) as_of: Vec<(Instrument, DateTime<Utc>)>,
}

impl Holdings {
    /// Whether the instrument is not held because it was not told.
    pub(super) fn tells_of(&self, instrument: &Instrument) -> bool {
        class_of(instrument).is_some_and(|class| self.whole.contains(class))
    }
}
