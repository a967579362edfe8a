use core::fmt;
use std::{error::Error as StdError, sync::Arc, time::Duration};

use crate::model::{BrokerText, Instrument, ValueError, words::word_enum};

/// The result of every call.
pub type Result<T, E = Error> = core::result::Result<T, E>;

word_enum! {
    /// What went wrong, in terms of what to do about it.
    pub enum ErrorKind {
        /// The broker, account or adapter cannot do this; [`Error::message`] says why.
        Unsupported = "unsupported",
        /// The request is wrong in itself; [`Error::field`] names the place.
        InvalidRequest = "invalid_request",
        /// The broker refused; its words are in [`Error::broker`].
        Rejected = "rejected",
        /// Not enough money or margin.
        InsufficientFunds = "insufficient_funds",
        /// The market is closed for this request.
        MarketClosed = "market_closed",
        /// The account may not do this.
        PermissionDenied = "permission_denied",
        /// The credentials were refused.
        Authentication = "authentication",
        /// The credentials were good and have lapsed.
        TokenExpired = "token_expired",
        /// Another session uses the same login.
        SessionConflict = "session_conflict",
        /// There is no such instrument, order or account.
        NotFound = "not_found",
        /// Several instruments fit; [`Error::candidates`] lists them.
        Ambiguous = "ambiguous",
        /// The client order id has been used.
        Duplicate = "duplicate",
        /// The order is finished, so it cannot be changed or canceled.
        TooLate = "too_late",
        /// Over the request budget; nothing was sent.
        RateLimited = "rate_limited",
        /// A risk limit refused; nothing was sent.
        RiskRefused = "risk_refused",
        /// No answer in time. On a command: nothing was sent.
        Timeout = "timeout",
        /// No connection. On a command: nothing was sent.
        Disconnected = "disconnected",
        /// Only a part of the answer could be had, or none; nothing is proven by what is missing.
        Incomplete = "incomplete",
        /// The broker sent something that makes no sense.
        Protocol = "protocol",
        /// A file or socket failed.
        Io = "io",
        /// A defect in this library.
        Internal = "internal",
    }
}

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// It will fail again until something changes.
    Never,
    /// The same call may be made again, not before the time given.
    Safe {
        /// How long to wait; zero when nothing is known.
        after: Duration,
    },
}

/// Why a call failed.
///
/// One small, cheaply cloned value. On a command it is proof that the command had no effect at the
/// broker (promise P1); what is not known to have failed comes back as
/// [`Acknowledgement::Unconfirmed`](crate::Acknowledgement::Unconfirmed).
///
/// `{}` is one line for logs, `{:?}` an aligned block for people.
///
/// ```
/// use broker_core::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::InvalidRequest, "price is off tick")
///     .in_operation("submit")
///     .at_field("order_type.price");
/// assert_eq!(error.to_string(), "submit: invalid_request at order_type.price: price is off tick");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    operation: &'static str,
    message: String,
    field: Option<&'static str>,
    broker: Option<BrokerText>,
    candidates: Vec<Instrument>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind with a sentence for people.
    ///
    /// [`ErrorKind::RateLimited`], [`ErrorKind::Timeout`] and [`ErrorKind::Disconnected`] start out as
    /// [`Retry::Safe`], all others as [`Retry::Never`].
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let retry = match kind {
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Disconnected => Retry::Safe {
                after: Duration::ZERO,
            },
            _ => Retry::Never,
        };
        Self(Arc::new(Inner {
            kind,
            retry,
            operation: "",
            message: message.into(),
            field: None,
            broker: None,
            candidates: Vec::new(),
            source: None,
        }))
    }

    /// A request that is wrong at a field.
    #[must_use]
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message).at_field(field)
    }

    /// A service or form that is not there.
    #[must_use]
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, what)
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same error, saying in which operation it arose. An operation set earlier is kept.
    #[must_use]
    pub fn in_operation(self, operation: &'static str) -> Self {
        if self.0.operation.is_empty() {
            self.with(|inner| inner.operation = operation)
        } else {
            self
        }
    }

    /// The same error, naming the field of the request.
    #[must_use]
    pub fn at_field(self, field: &'static str) -> Self {
        self.with(|inner| inner.field = Some(field))
    }

    /// The same error with the broker's code and words.
    #[must_use]
    pub fn with_broker(self, broker: BrokerText) -> Self {
        self.with(|inner| inner.broker = Some(broker))
    }

    /// The same error with the instruments that would fit.
    #[must_use]
    pub fn with_candidates(self, candidates: Vec<Instrument>) -> Self {
        self.with(|inner| inner.candidates = candidates)
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same error, saying when the call may be made again.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        self.with(|inner| inner.retry = retry)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The operation that failed, such as `submit`; empty when not known.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The field of the request that is wrong, as a path such as `order_type.price`.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// The broker's code and words, verbatim.
    #[must_use]
    pub fn broker(&self) -> Option<&BrokerText> {
        self.0.broker.as_ref()
    }

    /// The broker's code, verbatim.
    #[must_use]
    pub fn broker_code(&self) -> Option<&str> {
        self.broker().and_then(|broker| broker.code.as_deref())
    }

    /// The instruments that would fit an ambiguous request.
    #[must_use]
    pub fn candidates(&self) -> &[Instrument] {
        &self.0.candidates
    }

    /// Whether the connection is the trouble, not the request.
    ///
    /// ```
    /// use broker_core::{Error, ErrorKind};
    /// assert!(Error::new(ErrorKind::Disconnected, "no route").is_connection());
    /// assert!(!Error::invalid("quantity", "is zero").is_connection());
    /// ```
    #[must_use]
    pub fn is_connection(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Timeout | ErrorKind::Disconnected | ErrorKind::Io
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if !inner.operation.is_empty() {
            write!(f, "{}: ", inner.operation)?;
        }
        f.write_str(inner.kind.as_str())?;
        if let Some(field) = inner.field {
            write!(f, " at {field}")?;
        }
        write!(f, ": {}", inner.message)?;
        if let Some(broker) = &inner.broker {
            write!(f, " (broker: {broker})")?;
        }
        for (index, candidate) in inner.candidates.iter().enumerate() {
            write!(
                f,
                "{} {candidate}",
                if index == 0 { "; candidates:" } else { "," }
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        writeln!(f, "{} error: {}", inner.kind, inner.message)?;
        let mut line = |name: &str, value: &dyn fmt::Display| writeln!(f, "  {name:<10} {value}");
        if !inner.operation.is_empty() {
            line("operation", &inner.operation)?;
        }
        if let Some(field) = inner.field {
            line("field", &field)?;
        }
        if let Some(broker) = &inner.broker {
            line("broker", broker)?;
        }
        for candidate in &inner.candidates {
            line("candidate", candidate)?;
        }
        if let Retry::Safe { after } = inner.retry {
            line("retry", &format_args!("after {after:?}"))?;
        }
        if let Some(source) = &inner.source {
            line("source", source)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        Self::invalid(error.what(), error.to_string()).with_source(error)
    }
}

impl From<core::convert::Infallible> for Error {
    fn from(never: core::convert::Infallible) -> Self {
        match never {}
    }
}
