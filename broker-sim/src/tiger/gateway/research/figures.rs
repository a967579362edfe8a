//! What companies are worth and report.

use broker_core::{
    Decimal,
    model::{FundamentalFact, FundamentalKind, Instrument},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    number::number,
    parameters::{Parameters, missing},
    quotes::{Row, counted, some},
    symbols::{Market, Name, SecType},
    turn::Turn,
};

/// Reported figures of the vendor and what the exchange's library calls them.
const REPORTED: [(&str, &str); 3] = [
    ("total_revenue", "revenue"),
    ("net_income", "net_income"),
    ("total_assets", "total_assets"),
];

/// Daily figures that are known.
const DAILY: [&str; 2] = ["shares_outstanding", "market_capitalization"];

impl Turn<'_> {
    /// Shares by symbol that are listed in the market that is asked for.
    fn companies<'a>(
        &mut self,
        asked: Parameters<'a>,
    ) -> Result<Vec<(&'a str, Instrument, Market)>, Complaint> {
        let market = some("market", asked.market()?)?;
        let known = self.known(&asked.symbols()?, SecType::Stock);
        let known = known.map_err(|unknown| Complaint::financial(unknown.message))?;
        let of_market = known
            .into_iter()
            .filter(|(_, share)| Name::of(share).is_some_and(|name| name.market == market));
        let of_market: Vec<_> = of_market
            .map(|(symbol, share)| (symbol, share, market))
            .collect();
        if of_market.is_empty() {
            return Err(Complaint::financial("the symbols are not in this market"));
        }
        Ok(of_market)
    }

    /// Shares and worth of companies day by day.
    pub(super) fn financial_daily(&mut self, asked: Parameters<'_>) -> Answer {
        let fields = counted("fields", asked.texts("fields")?, 50)?;
        let (begin, end) = span(asked)?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, share, market) in self.companies(asked)? {
            let shares = self.fact(&share, FundamentalKind::Summary, "shares_outstanding");
            let (from, to) = (market.date_of(begin), market.date_of(end));
            let daily = self.exchange.daily_bars(&share).unwrap_or_default();
            let within = daily
                .iter()
                .filter(|(date, _)| from <= *date && *date <= to);
            for (date, bar) in within {
                for field in fields.iter().filter(|field| DAILY.contains(field)) {
                    let worth = shares.map(|shares| match *field {
                        "market_capitalization" => shares * bar.close.get(),
                        _ => shares,
                    });
                    let (Some(value), Some(at)) = (worth, market.midnight(*date)) else {
                        continue;
                    };
                    rows.push(json!({
                        "symbol": symbol, "field": field,
                        "date": at.timestamp_millis(), "value": number(value),
                    }));
                }
            }
        }
        Ok(rows.into())
    }

    /// Yearly figures; the library has no quarters.
    pub(super) fn financial_report(&mut self, asked: Parameters<'_>) -> Answer {
        let fields = counted("fields", asked.texts("fields")?, 50)?;
        let yearly = match asked.required_text("period_type")? {
            "Annual" => true,
            "Quarterly" | "LTM" => false,
            other => {
                return Err(Complaint::business(format!(
                    "period_type '{other}' is not supported"
                )));
            }
        };
        let begin = asked.instant("begin_date")?;
        let end = asked.instant("end_date")?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, share, market) in self.companies(asked)? {
            let Some(report) = self
                .exchange
                .fundamentals(&share, FundamentalKind::Statements)
            else {
                continue;
            };
            let date = |at: Option<DateTime<Utc>>| at.map(|at| market.date_of(at));
            for field in &fields {
                let known = REPORTED.iter().find(|(name, _)| name == field);
                let facts = report.facts.iter().filter(|fact| {
                    yearly
                        && known.is_some_and(|(_, name)| fact.name == *name)
                        && in_span(fact, date(begin), date(end))
                });
                rows.extend(facts.map(|fact| {
                    let row = Row::default()
                        .put("symbol", symbol)
                        .text("currency", fact.currency.map(|code| code.to_string()))
                        .put("field", *field)
                        .put("value", fact.value.to_string())
                        .text(
                            "periodEndDate",
                            fact.period_end.map(|date| date.to_string()),
                        )
                        // Not known; the official client wants the member all the same.
                        .put("filingDate", Value::Null);
                    Value::from(row)
                }));
            }
        }
        Ok(rows.into())
    }

    pub(super) fn financial_currency(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, share, _) in self.companies(asked)? {
            let report = self
                .exchange
                .fundamentals(&share, FundamentalKind::Statements);
            let facts = report.map(|report| report.facts.iter()).into_iter();
            let reported = facts.flatten().find_map(|fact| fact.currency);
            let row = Row::default()
                .put("symbol", symbol)
                .text("currency", share.currency().map(|code| code.to_string()))
                .text("companyCurrency", reported.map(|code| code.to_string()));
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// Ratios of companies.
    pub(super) fn stock_fundamental(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, share, _) in self.companies(asked)? {
            let figures = self.figures_at(&share, self.now());
            let shares = self.fact(&share, FundamentalKind::Summary, "shares_outstanding");
            let ratio = |name| self.fact(&share, FundamentalKind::Ratios, name);
            let (yield_, ttm) = (ratio("dividend_yield"), ratio("price_to_earnings"));
            let earnings = self.earnings_per_share(&share);
            let (low, high) = self.year_range(&share);
            let worth = shares
                .zip(figures.latest)
                .map(|(shares, price)| shares * price);
            let per = |value: Option<Decimal>, by: Option<Decimal>| {
                let (value, by) = value.zip(by)?;
                Some(value.checked_div(by)?.round_dp(6))
            };
            let row = Row::default()
                .put("symbol", symbol)
                .number("divideRate", yield_)
                .number("week52High", high)
                .number("week52Low", low)
                .number("lyrEps", earnings)
                .number("lyrPeRate", per(figures.latest, earnings))
                .number("ttmPeRate", ttm)
                .number("turnoverRate", per(Some(figures.volume), shares))
                .number("marketCap", worth);
            rows.push(row.into());
        }
        Ok(json!({"items": rows}))
    }

    /// The lowest and the highest price of the last year.
    pub(super) fn year_range(&mut self, share: &Instrument) -> (Option<Decimal>, Option<Decimal>) {
        let from = self.now().date_naive() - chrono::TimeDelta::weeks(52);
        let daily = self.exchange.daily_bars(share).unwrap_or_default();
        let year = || daily.iter().filter(|(date, _)| *date >= from);
        (
            year().map(|(_, bar)| bar.low.get()).min(),
            year().map(|(_, bar)| bar.high.get()).max(),
        )
    }
}

/// Two instants that must be there.
pub(super) fn span(asked: Parameters<'_>) -> Result<(DateTime<Utc>, DateTime<Utc>), Complaint> {
    let begin = asked.instant("begin_date")?;
    let end = asked.instant("end_date")?;
    let begin = begin.ok_or_else(|| missing("begin_date"))?;
    let end = end.ok_or_else(|| missing("end_date"))?;
    if begin > end {
        return Err(Complaint::business("begin_date is after end_date"));
    }
    Ok((begin, end))
}

fn in_span(fact: &FundamentalFact, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    fact.period_end
        .is_none_or(|date| from.is_none_or(|from| date >= from) && to.is_none_or(|to| date <= to))
}
