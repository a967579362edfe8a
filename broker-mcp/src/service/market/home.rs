//! What stands for a market: its currency, and shares that trade whenever it does.

use broker_core::{
    Broker,
    model::{Instrument, Mic},
};

use crate::{
    Fault, FaultCode,
    value::{InstrumentRef, InstrumentView},
};

/// A market by the name that people have for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) name: &'static str,
    pub(super) currencies: &'static [&'static str],
    exchanges: &'static [&'static str],
    /// Large shares, tried in this order.
    shares: &'static [&'static str],
}

pub(super) const MARKETS: &[Home] = &[
    Home {
        name: "US",
        currencies: &["USD"],
        exchanges: &["XNAS", "XNYS", "ARCX", "XASE", "BATS", "PINX"],
        shares: &["SPY", "AAPL", "MSFT", "IBM"],
    },
    Home {
        name: "HK",
        currencies: &["HKD"],
        exchanges: &["XHKG"],
        shares: &["00700.HK", "00005.HK", "700.HK"],
    },
    Home {
        name: "SG",
        currencies: &["SGD"],
        exchanges: &["XSES"],
        shares: &["D05.SI", "O39.SI"],
    },
    Home {
        name: "CN",
        currencies: &["CNH", "CNY"],
        exchanges: &["XSHG", "XSHE"],
        shares: &["600519", "600036"],
    },
    Home {
        name: "AU",
        currencies: &["AUD"],
        exchanges: &["XASX"],
        shares: &["CBA.AX", "BHP.AX"],
    },
    Home {
        name: "UK",
        currencies: &["GBP"],
        exchanges: &["XLON"],
        shares: &["HSBA.L", "BP.L"],
    },
    Home {
        name: "EU",
        currencies: &["EUR"],
        exchanges: &["XETR", "XPAR", "XAMS"],
        shares: &["SAP.DE", "SIE.DE"],
    },
];

/// A market as a caller names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Market {
    /// By its name.
    Named(&'static Home),
    /// By the code of an exchange.
    Exchange(Mic),
}

impl Market {
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let upper = text.trim().to_ascii_uppercase();
        let also = match upper.as_str() {
            "USA" => "US",
            "HKG" => "HK",
            "SGP" => "SG",
            "CHN" => "CN",
            "GB" | "GBR" => "UK",
            other => other,
        };
        if let Some(home) = MARKETS.iter().find(|home| home.name == also) {
            return Ok(Self::Named(home));
        }
        upper.parse().map(Self::Exchange).map_err(|_| {
            let names: Vec<&str> = MARKETS.iter().map(|home| home.name).collect();
            let what = format!(
                "one of {}, or an exchange code such as XNAS",
                names.join(", ")
            );
            Fault::invalid("market", what)
        })
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Named(home) => home.name.to_owned(),
            Self::Exchange(mic) => mic.to_string(),
        }
    }

    /// Whether an instrument trades here.
    pub(super) fn lists(&self, instrument: &Instrument) -> bool {
        let exchange = InstrumentView::of(instrument).exchange;
        let currency = instrument.currency();
        match self {
            Self::Exchange(mic) => exchange.as_deref() == Some(mic.as_str()),
            Self::Named(home) => match exchange {
                Some(exchange) if home.exchanges.contains(&exchange.as_str()) => true,
                // An exchange of another market with the same currency.
                Some(exchange)
                    if MARKETS
                        .iter()
                        .any(|other| other.exchanges.contains(&exchange.as_str())) =>
                {
                    false
                }
                _ => currency.is_some_and(|currency| home.currencies.contains(&currency.as_str())),
            },
        }
    }

    /// An instrument that trades whenever the market does.
    pub(super) async fn share(&self, broker: &dyn Broker) -> Result<Instrument, Fault> {
        let shares = match self {
            Self::Named(home) => home.shares,
            Self::Exchange(mic) => {
                let at = |home: &&Home| home.exchanges.contains(&mic.as_str());
                MARKETS.iter().find(at).map_or(&[][..], |home| home.shares)
            }
        };
        for share in shares {
            match InstrumentRef::text(*share).resolve(broker).await {
                Ok(instrument) => return Ok(instrument),
                Err(fault) if matches!(fault.code, FaultCode::NotFound | FaultCode::Ambiguous) => {}
                Err(fault) => return Err(fault),
            }
        }
        let message = format!(
            "no instrument stands for {}; name one as `instrument`",
            self.name()
        );
        Err(Fault::new(FaultCode::Unsupported, message))
    }
}
