//! How many symbols' history was asked for, and what the developer's level allows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::row::Row;
use crate::tiger::gateway::{Answer, Complaint, parameters::Parameters, turn::Turn};

/// Symbols within thirty days by method, at the vendor's second level.
const ALLOWED: [(&str, usize); 3] = [("kline", 200), ("future_kline", 20), ("option_kline", 200)];
/// The word of that level, and the quotes that it may subscribe to.
const LEVEL: (&str, u32) = ("L2", 100);
/// For how long a symbol counts.
const SPAN: TimeDelta = TimeDelta::days(30);

/// The symbols whose history was asked for, by method, with the last request.
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct HistoryQuota {
    asked: BTreeMap<&'static str, BTreeMap<String, DateTime<Utc>>>,
}

impl HistoryQuota {
    /// Counts symbols; each counts once however often and for whatever period it is asked.
    pub(super) fn count<'a>(
        &mut self,
        method: &'static str,
        symbols: impl Iterator<Item = &'a str>,
        now: DateTime<Utc>,
    ) -> Result<(), Complaint> {
        let allowed = ALLOWED.iter().find(|(name, _)| *name == method);
        let allowed = allowed.map_or(0, |(_, count)| *count);
        let seen = self.asked.entry(method).or_default();
        seen.retain(|_, at| now - *at < SPAN);
        let symbols: Vec<&str> = symbols.collect();
        let mut fresh: Vec<&str> = symbols
            .iter()
            .filter(|symbol| !seen.contains_key(**symbol))
            .copied()
            .collect();
        fresh.sort_unstable();
        fresh.dedup();
        if seen.len() + fresh.len() > allowed {
            return Err(Complaint::new(
                4,
                format!(
                    "4000:permission denied(the history of {allowed} symbols at most can be queried in 30 days)"
                ),
            ));
        }
        for symbol in symbols {
            seen.insert(symbol.to_owned(), now);
        }
        Ok(())
    }
}

impl Turn<'_> {
    /// Counts a request for the history of symbols.
    pub(in crate::tiger::gateway) fn count_history<'a>(
        &mut self,
        method: &'static str,
        symbols: impl Iterator<Item = &'a str>,
    ) -> Result<(), Complaint> {
        let now = self.office_time;
        self.state.quotes.quota.count(method, symbols, now)
    }

    pub(in crate::tiger::gateway) fn kline_quota(&mut self, asked: Parameters<'_>) -> Answer {
        let details = asked.switch("with_details")?.unwrap_or_default();
        let now = self.office_time;
        let rows = ALLOWED.map(|(method, allowed)| {
            let seen = self.state.quotes.quota.asked.entry(method).or_default();
            seen.retain(|_, at| now - *at < SPAN);
            let mut row = Row::default()
                .put("method", method)
                .put("used", seen.len())
                .put("remain", allowed.saturating_sub(seen.len()));
            if details {
                let symbols = seen.iter().map(|(symbol, at)| {
                    let at = at.timestamp_millis().to_string();
                    json!({"code": symbol, "lastRequestTimestamp": at})
                });
                row = row.put("symbolDetails", symbols.collect::<Vec<Value>>());
            }
            Value::from(row)
        });
        Ok(rows.to_vec().into())
    }

    pub(in crate::tiger::gateway) fn addon_entitlements(&self) -> Answer {
        let factor = self.state.habits.rate_factor;
        Ok(json!({
            "userLevel": LEVEL.0,
            "activePlan": null,
            "addons": [],
            "effectiveEntitlement": {
                "subscribeLimit": LEVEL.1,
                "highFreqLimit": factor.saturating_mul(120),
                "midFreqLimit": factor.saturating_mul(60),
                "lowFreqLimit": factor.saturating_mul(10),
                "rateMultiple": factor,
            },
        }))
    }
}
