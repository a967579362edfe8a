//! What is wrong with a data file, and exactly where.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The longest piece of offending text an error repeats, in characters.
const MAX_TEXT: usize = 40;

/// Why recorded data was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataErrorKind {
    /// The file could not be opened or read.
    Io,
    /// The bytes are not UTF-8 text with lines ended by LF or CRLF.
    Encoding,
    /// There is no header, or no row below it.
    Empty,
    /// The header names a column twice, lacks one, or has one no layout knows.
    Header,
    /// The file has the bars of one symbol and the caller did not say which.
    SymbolNeeded,
    /// A row has no cell, or an empty one, where a value is required.
    MissingColumn,
    /// A row has more cells than the header.
    ExtraColumn,
    /// A symbol is longer than 64 bytes or has control characters.
    BadSymbol,
    /// A number is not plain decimal digits.
    BadNumber,
    /// A number is larger than a price or a volume may be.
    TooLarge,
    /// A price is zero or negative, or a volume is negative.
    NotPositive,
    /// A date or timestamp is malformed, does not exist, or is outside 1900 to 2200.
    BadDate,
    /// A row is earlier than the row before it for the same symbol.
    OutOfOrder,
    /// Two bars have the same symbol and time, or two sources the same symbol.
    Duplicate,
    /// A bar's high is below its low.
    HighBelowLow,
    /// A bar's open or close is outside its low and high.
    InconsistentBar,
    /// A quote's ask is below its bid.
    CrossedQuote,
}

impl DataErrorKind {
    /// The kind in words, for messages.
    fn words(self) -> &'static str {
        match self {
            Self::Io => "cannot be read",
            Self::Encoding => "not plain text",
            Self::Empty => "no data",
            Self::Header => "header not understood",
            Self::SymbolNeeded => "symbol not given",
            Self::MissingColumn => "missing value",
            Self::ExtraColumn => "more cells than columns",
            Self::BadSymbol => "bad symbol",
            Self::BadNumber => "not a number",
            Self::TooLarge => "number too large",
            Self::NotPositive => "number not positive",
            Self::BadDate => "bad date",
            Self::OutOfOrder => "out of order",
            Self::Duplicate => "duplicate",
            Self::HighBelowLow => "high below low",
            Self::InconsistentBar => "inconsistent bar",
            Self::CrossedQuote => "crossed quote",
        }
    }
}

impl fmt::Display for DataErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

/// A column of a data file, as its header names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name as written in the header; empty for a cell beyond the header.
    pub name: String,
    /// The position, counted from 1.
    pub number: usize,
}

/// Recorded data that was refused: the kind, the place, the text found and what was expected.
///
/// ```
/// use broker_sim::data::{DataErrorKind, DataSet, ReadOptions};
///
/// let text = "date,AAPL\n2024-01-02,185.64\n2024-01-03,n/a\n";
/// let error = DataSet::from_reader("closes.csv", text.as_bytes(), &ReadOptions::new())
///     .err()
///     .ok_or("the bad cell was accepted")?;
/// assert_eq!(error.kind(), DataErrorKind::BadNumber);
/// assert_eq!(error.line(), Some(3));
/// assert_eq!(error.column().map(|column| column.number), Some(2));
/// assert_eq!(error.text(), "n/a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DataError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: DataErrorKind,
    file: String,
    line: Option<u64>,
    column: Option<Column>,
    text: String,
    expected: Cow<'static, str>,
    source: Option<Arc<std::io::Error>>,
}

impl DataError {
    pub(super) fn new(file: &str, fault: Fault) -> Self {
        Self(Box::new(Inner {
            kind: fault.kind,
            file: file.to_owned(),
            line: None,
            column: None,
            text: String::new(),
            expected: fault.expected,
            source: None,
        }))
    }

    pub(super) fn io(file: &str, error: std::io::Error) -> Self {
        let fault = Fault::new(DataErrorKind::Io, "a file that can be opened and read");
        let mut result = Self::new(file, fault).with_text(&error.to_string());
        result.0.source = Some(Arc::new(error));
        result
    }

    pub(super) fn at_line(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// `index` counts from 0, as code does; the error counts from 1, as people do.
    pub(super) fn at_column(mut self, name: &str, index: usize) -> Self {
        self.0.column = Some(Column {
            name: name.to_owned(),
            number: index.saturating_add(1),
        });
        self
    }

    pub(super) fn with_text(mut self, text: &str) -> Self {
        self.0.text = text.chars().take(MAX_TEXT).collect();
        self
    }

    /// Why the data was refused.
    #[must_use]
    pub fn kind(&self) -> DataErrorKind {
        self.0.kind
    }

    /// The name of the file or source, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The line in the file, counted from 1 with comments and empty lines; `None` when the
    /// error is about no line.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The column; `None` when the error is about a whole row or file.
    #[must_use]
    pub fn column(&self) -> Option<&Column> {
        self.0.column.as_ref()
    }

    /// The offending text, cut to 40 characters; empty when there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What was expected there, as the rest of a sentence that starts with "expected".
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.0.expected
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        formatter.write_str(&inner.file)?;
        if let Some(line) = inner.line {
            write!(formatter, ":{line}")?;
        }
        if let Some(column) = &inner.column {
            let name = column.name.escape_debug();
            write!(formatter, ": column {} `{name}`", column.number)?;
        }
        write!(formatter, ": {}", inner.kind)?;
        if !inner.text.is_empty() {
            write!(formatter, ": `{}`", inner.text.escape_debug())?;
        }
        write!(formatter, "; expected {}", inner.expected)
    }
}

impl fmt::Debug for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        formatter
            .debug_struct("DataError")
            .field("kind", &inner.kind)
            .field("file", &inner.file)
            .field("line", &inner.line)
            .field("column", &inner.column)
            .field("text", &inner.text)
            .field("expected", &inner.expected)
            .field("source", &inner.source)
            .finish()
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|error| error as &(dyn std::error::Error + 'static))
    }
}

/// What is wrong with one value, before anybody knows where it stood.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: DataErrorKind,
    pub(super) expected: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(kind: DataErrorKind, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            expected: expected.into(),
        }
    }
}
