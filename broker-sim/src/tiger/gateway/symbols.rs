//! The vendor's names for instruments: symbol, type, market, expiry, strike and right.

use broker_core::{
    Decimal,
    model::{Currency, Instrument, Mic, OccSymbol, Right},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::turn::Turn;

/// Kinds of instruments, in the vendor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SecType {
    Stock,
    Option,
    Future,
    FutureOption,
    Cash,
    Crypto,
    Fund,
    Warrant,
    /// Callable bull/bear contracts.
    Iopt,
    /// Several legs traded as one.
    Combo,
}

impl SecType {
    const ALL: [Self; 10] = [
        Self::Stock,
        Self::Option,
        Self::Future,
        Self::FutureOption,
        Self::Cash,
        Self::Crypto,
        Self::Fund,
        Self::Warrant,
        Self::Iopt,
        Self::Combo,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stock => "STK",
            Self::Option => "OPT",
            Self::Future => "FUT",
            Self::FutureOption => "FOP",
            Self::Cash => "CASH",
            Self::Crypto => "CC",
            Self::Fund => "FUND",
            Self::Warrant => "WAR",
            Self::Iopt => "IOPT",
            Self::Combo => "MLEG",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Markets, in the vendor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Market {
    Us,
    Hk,
    Cn,
    Sg,
    Au,
    Nz,
    Uk,
}

impl Market {
    pub(super) const ALL: [Self; 7] = [
        Self::Us,
        Self::Hk,
        Self::Cn,
        Self::Sg,
        Self::Au,
        Self::Nz,
        Self::Uk,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Us => "US",
            Self::Hk => "HK",
            Self::Cn => "CN",
            Self::Sg => "SG",
            Self::Au => "AU",
            Self::Nz => "NZ",
            Self::Uk => "UK",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|market| market.word() == word)
    }

    /// The zone of its dates.
    pub(super) const fn zone(self) -> Tz {
        match self {
            Self::Us => Tz::America__New_York,
            Self::Hk => Tz::Asia__Hong_Kong,
            Self::Cn => Tz::Asia__Shanghai,
            Self::Sg => Tz::Asia__Singapore,
            Self::Au => Tz::Australia__Sydney,
            Self::Nz => Tz::Pacific__Auckland,
            Self::Uk => Tz::Europe__London,
        }
    }

    fn of_currency(currency: Currency) -> Self {
        match currency.as_str() {
            "HKD" => Self::Hk,
            "CNH" | "CNY" => Self::Cn,
            "SGD" => Self::Sg,
            "AUD" => Self::Au,
            "NZD" => Self::Nz,
            "GBP" => Self::Uk,
            _ => Self::Us,
        }
    }

    /// The instant that a date begins in its zone.
    pub(super) fn midnight(self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let local = self
            .zone()
            .from_local_datetime(&date.and_time(NaiveTime::MIN));
        local.earliest().map(|at| at.to_utc())
    }

    /// The date of an instant in its zone.
    pub(super) fn date_of(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone()).date_naive()
    }
}

/// The vendor's name of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// `AAPL`, `00700`, `.SPX`, `ES2509`, `BTC.USD`; for an option its underlying.
    pub(super) symbol: String,
    pub(super) sec_type: SecType,
    pub(super) market: Market,
    pub(super) currency: Currency,
    /// The symbol, for an option the OCC's 21 characters.
    pub(super) identifier: String,
    pub(super) expiry: Option<NaiveDate>,
    pub(super) strike: Option<Decimal>,
    pub(super) right: Option<Right>,
}

impl Name {
    /// The name of an instrument; `None` for what the vendor has no name for.
    pub(super) fn of(instrument: &Instrument) -> Option<Self> {
        let currency = instrument.currency()?;
        let market = Market::of_currency(currency);
        let plain = |symbol: String, sec_type| Self {
            identifier: symbol.clone(),
            symbol,
            sec_type,
            market,
            currency,
            expiry: None,
            strike: None,
            right: None,
        };
        Some(match instrument {
            Instrument::Equity(part) => plain(part.symbol.to_string(), SecType::Stock),
            Instrument::Index(part) => plain(format!(".{}", part.symbol), SecType::Stock),
            Instrument::Option(part) => Self {
                identifier: part.symbol.to_string(),
                expiry: Some(part.symbol.expiry()),
                strike: Some(part.symbol.strike()),
                right: Some(part.symbol.right()),
                ..plain(part.symbol.root().to_owned(), SecType::Option)
            },
            Instrument::Future(part) => Self {
                expiry: Some(part.expiry),
                ..plain(
                    future_code(part.root.as_str(), part.expiry),
                    SecType::Future,
                )
            },
            Instrument::FutureOption(part) => Self {
                expiry: Some(part.expiry),
                strike: Some(part.strike),
                right: Some(part.right),
                ..plain(part.root.to_string(), SecType::FutureOption)
            },
            Instrument::Forex(part) => {
                plain(format!("{}.{}", part.base, part.quote), SecType::Cash)
            }
            Instrument::Crypto(part) => Self {
                market: Market::Us,
                ..plain(format!("{}.{}", part.base, part.quote), SecType::Crypto)
            },
            Instrument::Fund(part) => {
                plain(format!("{}.{}", part.symbol, part.currency), SecType::Fund)
            }
            Instrument::Warrant(part) => {
                let kind = if is_callable_code(part.symbol.as_str()) {
                    SecType::Iopt
                } else {
                    SecType::Warrant
                };
                plain(part.symbol.to_string(), kind)
            }
            _ => return None,
        })
    }
}

/// What is known about an instrument that somebody names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) symbol: &'a str,
    pub(super) sec_type: SecType,
    pub(super) currency: Option<Currency>,
    pub(super) expiry: Option<NaiveDate>,
    pub(super) strike: Option<Decimal>,
    pub(super) right: Option<Right>,
}

impl<'a> Wanted<'a> {
    /// A symbol that says all.
    pub(super) const fn plain(symbol: &'a str, sec_type: SecType) -> Self {
        Self {
            symbol,
            sec_type,
            currency: None,
            expiry: None,
            strike: None,
            right: None,
        }
    }
}

impl Turn<'_> {
    /// The instrument of a name, if the exchange has it.
    pub(super) fn find(&mut self, wanted: &Wanted<'_>) -> Option<Instrument> {
        match wanted.sec_type {
            SecType::Option => self.find_option(wanted),
            SecType::Future => self.find_future(wanted.symbol, wanted.expiry),
            SecType::FutureOption => self.find_future_option(wanted),
            SecType::Crypto if !wanted.symbol.contains('.') => {
                let symbol = format!("{}.{}", wanted.symbol, Currency::USD);
                self.find_named(&symbol, wanted)
            }
            _ => self.find_named(wanted.symbol, wanted),
        }
    }

    fn find_named(&self, symbol: &str, wanted: &Wanted<'_>) -> Option<Instrument> {
        // Options are many, and are found by their parts.
        let all = self.exchange.instruments();
        let mut others = all.filter(|one| !matches!(one, Instrument::Option(_)));
        others
            .find(|instrument| {
                Name::of(instrument).is_some_and(|name| {
                    name.symbol == symbol
                        && name.sec_type == wanted.sec_type
                        && wanted.currency.is_none_or(|wanted| name.currency == wanted)
                })
            })
            .cloned()
    }

    fn find_option(&mut self, wanted: &Wanted<'_>) -> Option<Instrument> {
        let symbol = match wanted.symbol.parse() {
            Ok(occ) => occ,
            Err(_) => {
                let root = wanted.symbol.trim_start_matches('.');
                OccSymbol::new(root, wanted.expiry?, wanted.right?, wanted.strike?).ok()?
            }
        };
        let instrument = Instrument::option(symbol);
        self.exchange.contract(&instrument).ok().map(|_| instrument)
    }

    fn find_future_option(&self, wanted: &Wanted<'_>) -> Option<Instrument> {
        let mut all = self.exchange.instruments();
        all.find(|instrument| match instrument {
            Instrument::FutureOption(part) => {
                part.root.as_str() == wanted.symbol
                    && Some(part.expiry) == wanted.expiry
                    && Some(part.strike) == wanted.strike
                    && Some(part.right) == wanted.right
            }
            _ => false,
        })
        .cloned()
    }

    /// A future by its code, by `<root>main` for the front one, or by root and expiry.
    pub(super) fn find_future(
        &self,
        symbol: &str,
        expiry: Option<NaiveDate>,
    ) -> Option<Instrument> {
        if let Some(root) = symbol.strip_suffix(MAIN) {
            return self.futures_of(root).into_iter().next();
        }
        let mut all = self.exchange.instruments();
        all.find(|instrument| match instrument {
            Instrument::Future(part) => {
                future_code(part.root.as_str(), part.expiry) == symbol
                    || (part.root.as_str() == symbol && Some(part.expiry) == expiry)
            }
            _ => false,
        })
        .cloned()
    }

    /// The futures of a product that have not expired, nearest first.
    pub(super) fn futures_of(&self, root: &str) -> Vec<Instrument> {
        let now = self.exchange.now();
        let mut found: Vec<(NaiveDate, Instrument)> = self
            .exchange
            .instruments()
            .filter_map(|instrument| match instrument {
                Instrument::Future(part)
                    if part.root.as_str() == root && Market::Us.date_of(now) <= part.expiry =>
                {
                    Some((part.expiry, instrument.clone()))
                }
                _ => None,
            })
            .collect();
        found.sort();
        found
            .into_iter()
            .map(|(_, instrument)| instrument)
            .collect()
    }
}

/// What a code of a continuous future ends with.
pub(super) const MAIN: &str = "main";

/// The code of a future: product, year and month. The months are those of the expiry, which is the
/// delivery month for every product that the exchange lists.
pub(super) fn future_code(root: &str, expiry: NaiveDate) -> String {
    format!("{root}{}", expiry.format("%y%m"))
}

/// `200.0`, `187.5`: at least one decimal.
pub(super) fn strike_text(strike: Decimal) -> String {
    let mut strike = strike.normalize();
    if strike.scale() == 0 {
        strike.rescale(1);
    }
    strike.to_string()
}

/// `CALL` or `PUT`.
pub(super) const fn right_word(right: Right) -> &'static str {
    if matches!(right, Right::Call) {
        "CALL"
    } else {
        "PUT"
    }
}

pub(super) fn right_of(word: &str) -> Option<Right> {
    [Right::Call, Right::Put]
        .into_iter()
        .find(|right| right_word(*right).eq_ignore_ascii_case(word))
}

/// A date of the forms `yyyyMMdd` and `yyyy-MM-dd`.
pub(super) fn date_of(text: &str) -> Option<NaiveDate> {
    // chrono takes months and days of one digit, too.
    let form = match text.len() {
        8 => "%Y%m%d",
        10 => "%Y-%m-%d",
        _ => return None,
    };
    NaiveDate::parse_from_str(text, form).ok()
}

/// The vendor's word for an exchange; the ISO code for one that it has none for.
pub(super) fn exchange_word(mic: Mic) -> String {
    let word = match mic.as_str() {
        "XNAS" => "NASDAQ",
        "XNYS" => "NYSE",
        "ARCX" => "ARCA",
        "XCBO" => "CBOE",
        "XCME" => "CME",
        "XCBT" => "CBOT",
        "XNYM" => "NYMEX",
        "XCEC" => "COMEX",
        "XHKG" => "SEHK",
        "XHKF" => "HKEX",
        "XSES" => "SGX",
        other => other,
    };
    word.to_owned()
}

/// Whether a code is one that Hong Kong's exchange gives to callable contracts; those of warrants are
/// lower.
fn is_callable_code(code: &str) -> bool {
    code.len() == 5 && matches!(code.as_bytes().first(), Some(b'5' | b'6'))
}

/// The roots of Hong Kong's listed options and the shares that they are on.
pub(super) const HK_OPTION_ROOTS: [(&str, &str); 2] = [("TCH.HK", "00700"), ("HKB.HK", "00005")];
