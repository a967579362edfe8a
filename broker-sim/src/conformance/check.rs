use core::{fmt, future::Future, pin::Pin};

use super::{Harness, outcome::Verdict};

/// One numbered check.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its number, such as `P7.3`, or its capability, such as `C-LIMIT`.
    pub id: &'static str,
    /// Its name as a test function, such as `p7_3_a_snapshot_equals_the_truth`.
    pub name: &'static str,
    /// What it makes sure of, in one sentence.
    pub title: &'static str,
    pub(super) run: for<'a> fn(&'a dyn Harness) -> Running<'a>,
}

/// A check under way.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Verdict> + 'a>>;

impl Check {
    /// The promise that it belongs to, such as `P7`; `C` for a capability.
    #[must_use]
    pub fn promise(&self) -> &'static str {
        let end = self.id.find(['.', '-']).unwrap_or(self.id.len());
        self.id.get(..end).unwrap_or(self.id)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({}: {})", self.id, self.title)
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_table {
    ([] $( $room:ident { $( $name:ident $id:literal $title:literal )+ } )+) => {
        /// Every check, by promise and then by capability.
        pub const CHECKS: &[Check] = &[ $( $(
            Check {
                id: $id,
                name: stringify!($name),
                title: $title,
                run: |harness| Box::pin($crate::conformance::$room::$name(harness)),
            },
        )+ )+ ];
    };
}
crate::__conformance_list!(__conformance_table []);

/// The check with a number, such as `P7.3`.
///
/// ```
/// let check = broker_sim::conformance::find("P2.1").unwrap();
/// assert_eq!(check.promise(), "P2");
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id)
}
