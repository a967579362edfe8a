use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Instrument, Side, ValueError};

/// Several legs traded as one (FIX 555); the price is the net price per unit of the combination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "ComboForm", into = "ComboForm")]
pub struct Combo(Arc<[ComboLeg]>);

/// One leg of a [`Combo`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ComboLeg {
    /// What the leg trades; never itself a combination.
    pub instrument: Instrument,
    /// The leg's side when the combination is bought (FIX 624).
    pub side: Side,
    /// Units of the leg per unit of the combination (FIX 623), from 1.
    pub ratio: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComboForm {
    legs: Vec<ComboLeg>,
}

impl Combo {
    /// Most legs of a combination.
    pub const MAX_LEGS: usize = 8;

    /// A combination of 2 to 8 different legs.
    ///
    /// # Errors
    /// [`ValueError`] when there are fewer than 2 or more than 8 legs, a ratio is zero, a leg is
    /// itself a combination, or two legs trade the same instrument.
    pub fn new(legs: impl Into<Vec<ComboLeg>>) -> Result<Self, ValueError> {
        let legs: Vec<ComboLeg> = legs.into();
        if !(2..=Self::MAX_LEGS).contains(&legs.len()) {
            return Err(ValueError::new("Combo", legs.len(), "2 to 8 legs"));
        }
        for (index, leg) in legs.iter().enumerate() {
            if leg.ratio == 0 {
                return Err(ValueError::new(
                    "Combo",
                    leg.ratio,
                    "a leg ratio of at least 1",
                ));
            }
            if matches!(leg.instrument, Instrument::Combo(_)) {
                return Err(ValueError::new(
                    "Combo",
                    &leg.instrument,
                    "legs that are not combos",
                ));
            }
            if legs
                .iter()
                .take(index)
                .any(|other| other.instrument == leg.instrument)
            {
                return Err(ValueError::new(
                    "Combo",
                    &leg.instrument,
                    "each leg only once",
                ));
            }
        }
        Ok(Self(legs.into()))
    }

    /// The legs in the order given.
    #[must_use]
    pub fn legs(&self) -> &[ComboLeg] {
        &self.0
    }
}

impl TryFrom<ComboForm> for Combo {
    type Error = ValueError;
    fn try_from(form: ComboForm) -> Result<Self, ValueError> {
        Self::new(form.legs)
    }
}
impl From<Combo> for ComboForm {
    fn from(combo: Combo) -> Self {
        Self {
            legs: combo.0.to_vec(),
        }
    }
}
