use std::collections::HashSet;

use broker_core::{
    Covered,
    model::{Instrument, Position},
};
use chrono::{DateTime, Utc};

/// The classes that an account may hold; the vendor's method tells one at a time. Combinations are held as
/// their legs, and currencies as balances.
pub(super) const CLASSES: [&str; 8] = ["STK", "OPT", "FUT", "FOP", "WAR", "IOPT", "FUND", "CC"];

/// The classes under which an instrument may be told; none for one that is never asked for.
pub(super) fn classes_of(instrument: &Instrument) -> Vec<&'static str> {
    let words: &[&str] = match instrument {
        Instrument::Equity(_) => &["STK"],
        Instrument::Option(_) => &["OPT"],
        Instrument::Future(_) => &["FUT"],
        Instrument::FutureOption(_) => &["FOP"],
        // Core does not tell callable contracts from warrants.
        Instrument::Warrant(_) => &["WAR", "IOPT"],
        Instrument::Fund(_) => &["FUND"],
        Instrument::Crypto(_) => &["CC"],
        // Named by this adapter, after the class.
        Instrument::Native(part) => &[part.id.as_str().split(':').next().unwrap_or_default()],
        _ => &[],
    };
    let known = CLASSES.into_iter();
    known.filter(|class| words.contains(class)).collect()
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
        let classes = classes_of(instrument);
        !classes.is_empty() && classes.iter().all(|class| self.whole.contains(class))
    }
}
