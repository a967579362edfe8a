use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// A value with how much of the truth it covers (promise P9).
///
/// An empty [`Complete`](Self::Complete) is proof that there is nothing; an empty answer of any other
/// sort proves nothing.
///
/// ```
/// use broker_core::Covered;
/// let none: Covered<Vec<u8>> = Covered::Complete(vec![]);
/// assert!(none.proves_empty());
/// let lost: Covered<Vec<u8>> = Covered::Unavailable("no connection".into());
/// assert!(!lost.proves_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "coverage", rename_all = "snake_case")]
#[must_use]
pub enum Covered<T> {
    /// All there is.
    #[serde(with = "complete")]
    #[cfg_attr(feature = "schemars", schemars(with = "complete::Form<T>"))]
    Complete(T),
    /// Some of what there is.
    Partial {
        /// What could be had.
        value: T,
        /// What is missing and why.
        missing: Arc<str>,
    },
    /// The question could not be asked or was not answered.
    #[serde(with = "unavailable")]
    #[cfg_attr(feature = "schemars", schemars(with = "unavailable::Form"))]
    Unavailable(Arc<str>),
}

mod complete {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    pub(super) struct Form<T> {
        value: T,
    }

    pub(super) fn serialize<T: Serialize, S: Serializer>(v: &T, s: S) -> Result<S::Ok, S::Error> {
        Form { value: v }.serialize(s)
    }
    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        d: D,
    ) -> Result<T, D::Error> {
        Form::deserialize(d).map(|form| form.value)
    }
}

mod unavailable {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    pub(super) struct Form {
        missing: Arc<str>,
    }

    pub(super) fn serialize<S: Serializer>(v: &Arc<str>, s: S) -> Result<S::Ok, S::Error> {
        Form {
            missing: Arc::clone(v),
        }
        .serialize(s)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Arc<str>, D::Error> {
        Form::deserialize(d).map(|form| form.missing)
    }
}

impl<T> Covered<T> {
    /// The value, however much it covers.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Complete(value) | Self::Partial { value, .. } => Some(value),
            Self::Unavailable(_) => None,
        }
    }

    /// The value if it is all there is.
    ///
    /// # Errors
    /// [`ErrorKind::Incomplete`] with the reason why it is not.
    pub fn complete(self) -> Result<T> {
        match self {
            Self::Complete(value) => Ok(value),
            Self::Partial { missing, .. } | Self::Unavailable(missing) => {
                Err(Error::new(ErrorKind::Incomplete, &*missing))
            }
        }
    }

    /// Whether it is all there is.
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }

    /// The same coverage of another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Covered<U> {
        match self {
            Self::Complete(value) => Covered::Complete(change(value)),
            Self::Partial { value, missing } => Covered::Partial {
                value: change(value),
                missing,
            },
            Self::Unavailable(missing) => Covered::Unavailable(missing),
        }
    }
}

impl<T> Covered<Vec<T>> {
    /// Whether it is known that there is nothing.
    pub const fn proves_empty(&self) -> bool {
        match self {
            Self::Complete(value) => value.is_empty(),
            Self::Partial { .. } | Self::Unavailable(_) => false,
        }
    }
}
