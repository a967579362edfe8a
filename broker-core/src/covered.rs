use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// A value with how much of the truth it covers (promise P9).
///
/// An empty [`Complete`](Self::Complete) is proof that there is nothing; an empty answer of any other
/// sort proves nothing, but for one that is all there is [`Since`](Self::Since) an instant: that one proves
/// that there is nothing from then on.
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
    /// All there is from an instant on, as where a broker lists the executions of the day; what is older may
    /// be missing, or be among it.
    Since {
        /// What there is.
        value: T,
        /// The instant from which on nothing is missing, UTC.
        from: DateTime<Utc>,
    },
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
            Self::Complete(value) | Self::Since { value, .. } | Self::Partial { value, .. } => {
                Some(value)
            }
            Self::Unavailable(_) => None,
        }
    }

    /// The value if it is all there is.
    ///
    /// # Errors
    /// [`ErrorKind::Incomplete`] with the reason why it is not.
    pub fn complete(self) -> Result<T> {
        let missing = self.missing();
        match self {
            Self::Complete(value) => Ok(value),
            Self::Since { .. } | Self::Partial { .. } | Self::Unavailable(_) => {
                let missing = missing.as_deref().unwrap_or_default();
                Err(Error::new(ErrorKind::Incomplete, missing))
            }
        }
    }

    /// The value if nothing is missing from an instant on.
    ///
    /// # Errors
    /// [`ErrorKind::Incomplete`] with the reason why something may be.
    pub fn complete_since(self, instant: DateTime<Utc>) -> Result<T> {
        self.asked_since(Some(instant)).complete()
    }

    /// The same as the answer to a question about what happened at or after an instant: it is complete if
    /// nothing is missing from then on.
    ///
    /// ```
    /// use broker_core::Covered;
    /// let noon = "2026-01-05T12:00:00Z".parse().unwrap();
    /// let today = Covered::Since { value: (), from: noon };
    /// assert!(today.clone().asked_since(Some(noon)).is_complete());
    /// assert!(!today.asked_since(None).is_complete());
    /// ```
    pub fn asked_since(self, since: Option<DateTime<Utc>>) -> Self {
        match self {
            Self::Since { value, from } if since.is_some_and(|since| since >= from) => {
                Self::Complete(value)
            }
            other => other,
        }
    }

    /// Whether nothing is missing that happened at an instant.
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        match self {
            Self::Complete(_) => true,
            Self::Since { from, .. } => at >= *from,
            Self::Partial { .. } | Self::Unavailable(_) => false,
        }
    }

    /// What is missing and why, unless it is all there is.
    #[must_use]
    pub fn missing(&self) -> Option<Arc<str>> {
        match self {
            Self::Complete(_) => None,
            Self::Since { from, .. } => {
                Some(format!("what is older than {from} may be missing").into())
            }
            Self::Partial { missing, .. } | Self::Unavailable(missing) => Some(Arc::clone(missing)),
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
            Self::Since { value, from } => Covered::Since {
                value: change(value),
                from,
            },
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
            Self::Since { .. } | Self::Partial { .. } | Self::Unavailable(_) => false,
        }
    }
}
