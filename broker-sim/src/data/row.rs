//! One row of a data file, and the refusals that point into it.

use csv::StringRecord;

use super::cell;
use super::error::{DataError, DataErrorKind, Fault};
use super::header::BarColumns;
use super::record::{Bar, BarField, BarTime, OpenHighLow, check_shape};

/// The text without its byte order mark.
pub(super) fn text_of<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let refuse = |offset: usize, expected: &'static str| {
        let before = bytes.get(..offset).unwrap_or_default();
        let line = count_lines(before).saturating_add(1);
        DataError::new(file, Fault::new(DataErrorKind::Encoding, expected)).at_line(line)
    };
    let text =
        std::str::from_utf8(bytes).map_err(|error| refuse(error.valid_up_to(), "UTF-8 text"))?;
    // A comment in a file with lone carriage returns would swallow the rows after it.
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
    let lone = ends.find(|(at, _)| bytes.get(at.saturating_add(1)) != Some(&b'\n'));
    if let Some((at, _)) = lone {
        return Err(refuse(at, "lines ended by LF or CRLF"));
    }
    Ok(text)
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |lines, byte| lines + u64::from(*byte == b'\n'))
}

pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// Reads on to the next row that has something in it; `false` at the end.
    pub(super) fn next(
        &self,
        rows: &mut csv::Reader<&[u8]>,
        record: &mut StringRecord,
    ) -> Result<bool, DataError> {
        loop {
            let more = rows.read_record(record);
            let more = more.map_err(|error| DataError::io(self.file, error.into()))?;
            if !more || record.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(more);
            }
        }
    }

    /// The line on which a record starts. The position a record has from the reader is where the
    /// one before ended, so line ends, empty lines and comments are stepped over here; only
    /// errors pay for that.
    pub(super) fn line(&self, record: &StringRecord) -> u64 {
        let offset = record.position().map_or(0, csv::Position::byte);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut at = offset.min(self.text.len());
        loop {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            match rest.first() {
                Some(b'\r' | b'\n') => at += 1,
                Some(b'#') => at += rest.iter().take_while(|byte| **byte != b'\n').count(),
                _ => break,
            }
        }
        count_lines(self.text.as_bytes().get(..at).unwrap_or_default()).saturating_add(1)
    }

    pub(super) fn empty(&self, expected: &'static str, line: u64) -> DataError {
        DataError::new(self.file, Fault::new(DataErrorKind::Empty, expected)).at_line(line)
    }
}

pub(super) struct Row<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) record: &'a StringRecord,
    pub(super) names: &'a [&'a str],
}

impl Row<'_> {
    pub(super) fn line(&self) -> u64 {
        self.source.line(self.record)
    }

    pub(super) fn refuse(&self, index: Option<usize>, fault: Fault) -> DataError {
        let error = DataError::new(self.source.file, fault).at_line(self.line());
        let Some(index) = index else { return error };
        let name = self.names.get(index).copied().unwrap_or_default();
        error
            .at_column(name, index)
            .with_text(self.record.get(index).unwrap_or_default().trim())
    }

    /// The text of a cell; empty when the cell or its text is missing.
    fn text(&self, index: usize) -> &str {
        self.record.get(index).unwrap_or_default().trim()
    }

    pub(super) fn parse<'s, T>(
        &'s self,
        index: usize,
        read: impl FnOnce(&'s str) -> Result<T, Fault>,
    ) -> Result<T, DataError> {
        let text = self.text(index);
        if text.is_empty() {
            let fault = Fault::new(DataErrorKind::MissingColumn, "a value in this column");
            return Err(self.refuse(Some(index), fault));
        }
        read(text).map_err(|fault| self.refuse(Some(index), fault))
    }

    pub(super) fn parse_optional<T>(
        &self,
        index: Option<usize>,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Result<Option<T>, DataError> {
        match index.filter(|index| !self.text(*index).is_empty()) {
            Some(index) => self.parse(index, read).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn bar(&self, at: BarTime, columns: BarColumns) -> Result<Bar, DataError> {
        let prices = OpenHighLow {
            open: self.parse(columns.open, cell::price)?,
            high: self.parse(columns.high, cell::price)?,
            low: self.parse(columns.low, cell::price)?,
        };
        let close = self.parse(columns.close, cell::price)?;
        check_shape(prices, close).map_err(|(field, fault)| {
            let index = match field {
                BarField::Open => columns.open,
                BarField::High => columns.high,
                BarField::Close => columns.close,
            };
            self.refuse(Some(index), fault)
        })?;
        let volume = self.parse_optional(columns.volume, cell::volume)?;
        Ok(Bar::of_checked(at, Some(prices), close, volume))
    }

    /// Refuses a row longer than the header; a short one is refused cell by cell.
    pub(super) fn check_length(&self) -> Result<(), DataError> {
        if self.record.len() > self.names.len() {
            let fault = Fault::new(
                DataErrorKind::ExtraColumn,
                "no more cells than the header has",
            );
            return Err(self.refuse(Some(self.names.len()), fault));
        }
        Ok(())
    }
}
