//! The scanner over shares of the United States.

use broker_core::{
    Error, Result,
    model::{Price, ScannerQuery, ScannerRanking, ScannerRow},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::service::Reports;
use crate::{
    convert::{Figure, Rows, Text, Whole},
    instrument::Told,
    transport::{Call, Method, Parameters},
};

/// The fields that are asked for: the vendor's names and numbers (protocol notes, section 4.3).
const PRICE: (&str, i64) = ("StockField_CurPrice", 2);
const VOLUME: (&str, i64) = ("StockField_Volume", 11);
const CHANGE: (&str, i64) = ("StockField_current_ChangeRate", 59);

/// Rows of one answer.
const MOST: u32 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    items: Rows<FoundRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FoundRow {
    symbol: Text,
    base_data_list: Rows<FigureRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FigureRow {
    index: Whole,
    value: Figure,
}

impl FoundRow {
    fn figure(&self, field: (&str, i64)) -> Option<Decimal> {
        let mut rows = self.base_data_list.rows.iter();
        let row = rows.find(|row| row.index.get() == Some(field.1))?;
        row.value.computed()
    }
}

impl Reports {
    pub(super) async fn scanned(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>> {
        let (by, direction) = match query.ranking {
            ScannerRanking::TopGainers => (CHANGE, "SortDir_Descend"),
            ScannerRanking::TopLosers => (CHANGE, "SortDir_Ascend"),
            ScannerRanking::MostActive => (VOLUME, "SortDir_Descend"),
            other => return Err(Error::unsupported(format!("the ranking {other}"))),
        };
        let told_only = |field: (&str, i64)| json!({"field_name": field.0, "is_no_filter": true});
        let price: Value = match query.price_above {
            Some(above) => {
                let least: Value = serde_json::from_str(&above.get().normalize().to_string())
                    .map_err(|error| {
                        Error::new(broker_core::ErrorKind::Internal, error.to_string())
                    })?;
                json!({"field_name": PRICE.0, "filter_min": least})
            }
            None => told_only(PRICE),
        };
        let parameters = Parameters::default()
            .with("market", "US")?
            .with(
                "base_filter_list",
                [price, told_only(VOLUME), told_only(CHANGE)],
            )?
            .with(
                "sort_field_data",
                json!({"field_name": by.1, "field_type": "StockField_Type", "sort_dir": direction}),
            )?
            .with("page", 0)?
            .with("page_size", query.limit.clamp(1, MOST))?;
        let call = Call::new(Method::MARKET_SCANNER, parameters)
            .version("1.0")
            .without_language();
        let found: Found = self.ask(&call).await?.decode()?;
        if let Some(error) = found.items.unreadable.into_iter().next() {
            return Err(error);
        }
        let rows = found.items.rows;
        let told: Vec<Told> = rows
            .iter()
            .map(|row| Told {
                symbol: row.symbol.clone(),
                sec_type: Text(Some("STK".to_owned())),
                currency: Text(Some("USD".to_owned())),
                ..Told::default()
            })
            .collect();
        self.book.learn(told.iter()).await?;
        let mut ranked = Vec::new();
        for ((row, told), rank) in rows.iter().zip(&told).zip(1..) {
            ranked.push(ScannerRow {
                rank,
                instrument: self.book.instrument(told).await?,
                last: row.figure(PRICE).and_then(|price| Price::new(price).ok()),
                // The vendor's rate is a fraction.
                change_percent: row
                    .figure(CHANGE)
                    .map(|rate| (rate * Decimal::ONE_HUNDRED).normalize()),
                volume: row.figure(VOLUME),
            });
        }
        Ok(ranked)
    }
}
