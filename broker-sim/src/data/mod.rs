//! Price sources of the simulated exchange: recorded data, the path of prices inside a bar, and
//! seeded processes for symbols nobody recorded.
//!
//! Reading goes `header` → `row` → `cell` → `reader` → [`DataSet`]; replaying goes [`Bar`] →
//! [`IntradayPath`] → [`PricePoint`]. Everything random is a pure function of a seed, the symbol
//! and the date, so that two runs on two machines produce the same bytes.
//!
//! ```
//! use broker_sim::data::{DataSet, IntradayPath, PathSettings};
//! use rust_decimal::Decimal;
//!
//! let data = DataSet::shipped()?;
//! let path = IntradayPath::new(PathSettings::new(7, Decimal::new(1, 2)))?;
//! let first = data.replay(&path).next().ok_or("the shipped data is empty")?;
//! assert_eq!(first.symbol.as_ref(), "SPX");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cell;
mod error;
mod grid;
mod header;
mod noise;
mod order;
mod path;
mod point;
mod process;
mod reader;
mod record;
mod replay;
mod row;
mod series;
mod set;
mod setting;
mod volume;

pub use error::{Column, DataError, DataErrorKind};
pub use path::{IntradayPath, PathSettings};
pub use point::{PointKind, PointTime, PricePoint};
pub use process::{PriceProcess, ProcessSettings, ProcessStep, Reversion};
pub use reader::ReadOptions;
pub use record::{Bar, BarTime, MAX_PRICE, MAX_VOLUME, OpenHighLow, Tick, TickKind};
pub(crate) use replay::Store;
pub use replay::{Day, DaySeries, Days, Replay};
pub use series::RecordedSeries;
pub use set::DataSet;
pub use setting::SettingError;
pub use volume::SyntheticVolume;

#[cfg(test)]
mod cell_tests;
#[cfg(test)]
mod path_tests;
#[cfg(test)]
mod process_tests;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod set_tests;
