use broker_core::model::{DepthLevel, Price};
use rust_decimal::Decimal;

/// One side of a book as a client has been shown it, best price first.
#[derive(Debug, Default)]
pub(super) struct Ladder(Vec<(Price, Decimal)>);

/// What a client is to do with its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Put a row in, moving those below down.
    Insert,
    /// Change a row in its place.
    Update,
    /// Take a row out, moving those below up.
    Delete,
}

impl Step {
    /// The protocol's number.
    pub(super) const fn number(self) -> i32 {
        match self {
            Self::Insert => 0,
            Self::Update => 1,
            Self::Delete => 2,
        }
    }
}

impl Ladder {
    /// Forgets everything: the client has been told to empty its copy.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The steps that make the client's copy the same as `now`. Rows that are gone are taken out
    /// first, so that the copy never has more rows than `now`.
    pub(super) fn follow(
        &mut self,
        now: &[DepthLevel],
        mut tell: impl FnMut(Step, usize, Option<(Price, Decimal)>),
    ) {
        for place in (0..self.0.len()).rev() {
            let gone = self
                .0
                .get(place)
                .is_some_and(|(price, _)| !now.iter().any(|level| level.price == *price));
            if gone {
                self.0.remove(place);
                tell(Step::Delete, place, None);
            }
        }
        for (place, level) in now.iter().enumerate() {
            let row = (level.price, level.size);
            match self.0.get_mut(place) {
                Some(shown) if *shown == row => {}
                Some(shown) if shown.0 == row.0 => {
                    *shown = row;
                    tell(Step::Update, place, Some(row));
                }
                _ => {
                    self.0.insert(place, row);
                    tell(Step::Insert, place, Some(row));
                }
            }
        }
    }
}
