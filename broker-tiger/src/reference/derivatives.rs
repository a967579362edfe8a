//! Lists of what is on something else, and of funds.

use broker_core::{
    Error, ErrorKind, Result,
    model::{AssetClass, Instrument},
};
use chrono::NaiveDate;

use super::service::{Instruments, is_no_such};
use crate::{
    convert::{Rows, Text},
    instrument::Told,
    transport::{Call, Method, Parameters},
};

impl Instruments {
    /// The derivatives of a class on an underlying that end on a date: options, options on futures (by
    /// their product), warrants and callable contracts.
    pub(crate) async fn derivatives(
        &self,
        underlying: &str,
        class: AssetClass,
        expiry: NaiveDate,
    ) -> Result<Vec<Instrument>> {
        let words: &[&str] = match class {
            AssetClass::Option => &["OPT"],
            AssetClass::FutureOption => &["FOP"],
            AssetClass::Warrant => &["WAR", "IOPT"],
            other => {
                let message = format!("derivatives of the class {other}");
                return Err(Error::unsupported(message).at_field("class"));
            }
        };
        let mut found = Vec::new();
        for word in words {
            let parameters = Parameters::default()
                .with("symbols", [underlying])?
                .with("sec_type", word)?
                .with("expiry", expiry.format("%Y%m%d").to_string())?;
            let call = Call::new(Method::QUOTE_CONTRACT, parameters);
            let told: Rows<Told> = match self.link.gateway()?.ask(&call).await {
                Ok(data) => data.rows()?,
                Err(error) if is_no_such(&error) => continue,
                Err(error) => return Err(error),
            };
            if let Some(error) = told.unreadable.into_iter().next() {
                return Err(error);
            }
            for row in &told.rows {
                found.push(self.book.instrument(row).await?);
            }
        }
        Ok(found)
    }

    /// Every fund that Tiger has.
    pub(crate) async fn funds(&self) -> Result<Vec<Instrument>> {
        let call = Call::new(Method::FUND_ALL_SYMBOLS, Parameters::default());
        let told: Rows<Text> = self.link.gateway()?.ask(&call).await?.rows()?;
        if let Some(error) = told.unreadable.into_iter().next() {
            return Err(error);
        }
        let mut found = Vec::new();
        for symbol in told.rows {
            let named = Told {
                sec_type: Text(Some("FUND".to_owned())),
                symbol: symbol.clone(),
                ..Told::default()
            };
            match self.book.instrument(&named).await? {
                fund @ Instrument::Fund(_) => found.push(fund),
                _ => {
                    let name = symbol.get().unwrap_or_default();
                    let message = format!("{name:?} is no name of a fund");
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
            }
        }
        Ok(found)
    }
}
