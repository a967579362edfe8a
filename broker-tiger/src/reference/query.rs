//! Which instruments a text may mean.

use broker_core::{
    Result,
    model::{
        AssetClass, Currency, Fund, Instrument, InstrumentQuery, ListedOption, Mic, OccSymbol,
        Warrant,
    },
};

use super::service::{Instruments, is_no_such};

impl Instruments {
    /// Everything that a query may mean; the caller filters.
    pub(super) async fn meant(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let text = query.text.trim().to_uppercase();
        let class = query.asset_class;
        let wants = |wanted: AssetClass| class.is_none_or(|class| class == wanted);
        if let Ok(symbol) = text.parse::<OccSymbol>() {
            let option = Instrument::Option(ListedOption {
                symbol,
                currency: query.currency.unwrap_or(Currency::USD),
            });
            return self.if_listed(option).await;
        }
        if let Some((symbol, suffix)) = text.rsplit_once('.') {
            // `00700.HK`, `AAPL.XNAS`, `BTC.USD`; what is left may be a share such as `BRK.B`.
            if suffix == "HK" {
                let found = self.shares(symbol).await?;
                let found = in_currency(found, Currency::HKD);
                if found.is_empty() && wants(AssetClass::Warrant) {
                    return self.warrants_named(symbol).await;
                }
                return Ok(found);
            }
            if suffix.len() == 4
                && let Ok(home) = suffix.parse::<Mic>()
            {
                let found = self.shares(symbol).await?;
                let own = |one: &Instrument| matches!(one, Instrument::Equity(part) if part.primary == home);
                return Ok(found.into_iter().filter(own).collect());
            }
            if let (true, Ok(symbol), Ok(currency)) =
                (is_isin(symbol), symbol.parse(), suffix.parse())
                && wants(AssetClass::Fund)
            {
                let fund = Instrument::Fund(Fund { symbol, currency });
                return self.if_listed(fund).await;
            }
            if let (Ok(base), Ok(quote)) = (symbol.parse(), suffix.parse())
                && wants(AssetClass::Crypto)
            {
                let found = self.if_listed(Instrument::crypto(base, quote)).await?;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        let mut found = Vec::new();
        if wants(AssetClass::Equity) {
            found = self.shares(&text).await?;
        }
        if found.is_empty() && wants(AssetClass::Warrant) {
            found = self.warrants_named(&text).await?;
        }
        let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if found.is_empty() && letters && wants(AssetClass::Future) {
            for (instrument, row) in self.book.futures_of(&text).await? {
                self.book.keep_found_future(instrument.clone(), row);
                found.push(instrument);
            }
        }
        if found.is_empty()
            && wants(AssetClass::Crypto)
            && let Ok(base) = text.parse()
        {
            let quote = query.currency.unwrap_or(Currency::USD);
            found = self.if_listed(Instrument::crypto(base, quote)).await?;
        }
        Ok(found)
    }

    /// The warrant of a code, if it is one: five digits.
    async fn warrants_named(&self, code: &str) -> Result<Vec<Instrument>> {
        let digits = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Ok(Vec::new());
        }
        let warrant = Instrument::Warrant(Warrant {
            symbol: code.parse()?,
            exchange: Mic::XHKG,
            currency: Currency::HKD,
        });
        self.if_listed(warrant).await
    }

    async fn if_listed(&self, instrument: Instrument) -> Result<Vec<Instrument>> {
        match self.book.listing(&instrument).await {
            Ok(_) => Ok(vec![instrument]),
            Err(error) if is_no_such(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a text may be the international number of a security.
fn is_isin(text: &str) -> bool {
    let country = text.bytes().take(2).all(|byte| byte.is_ascii_alphabetic());
    text.len() == 12 && country && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn in_currency(found: Vec<Instrument>, currency: Currency) -> Vec<Instrument> {
    let own = |one: &Instrument| one.currency() == Some(currency);
    found.into_iter().filter(own).collect()
}
