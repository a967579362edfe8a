use std::error::Error;
use std::fmt;

use chrono::NaiveDate;

/// Why a calendar cannot answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalendarError {
    /// The calendar knows nothing about this date: whether the market trades on it is unknown.
    NotCovered {
        /// The calendar that was asked, such as `"XHKG"`.
        calendar: &'static str,
        /// The date, in the exchange's time zone.
        date: NaiveDate,
        /// The first year the calendar covers.
        first_year: i32,
        /// The last year the calendar covers, inclusive.
        last_year: i32,
    },
    /// The year and month name no month of the Gregorian calendar.
    InvalidMonth {
        /// The year that was asked for.
        year: i32,
        /// The month that was asked for; valid months are 1 to 12.
        month: u32,
    },
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCovered {
                calendar,
                date,
                first_year,
                last_year,
            } => write!(
                f,
                "calendar {calendar} covers {first_year} to {last_year}; \
                 whether it trades on {date} is unknown"
            ),
            Self::InvalidMonth { year, month } => {
                write!(f, "{year}-{month:02} is not a month; months are 1 to 12")
            }
        }
    }
}

impl Error for CalendarError {}
