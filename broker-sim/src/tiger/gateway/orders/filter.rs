//! Which orders a question is about, and a page of them.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    record::Record,
    status::Moment,
    terms::unsupported,
    words::{STATUSES, known},
};
use crate::tiger::gateway::{
    Complaint,
    contracts::names,
    parameters::{Parameters, wrong},
};

/// What a question leaves of all orders.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    market: Option<&'a str>,
    sec_type: Option<&'a str>,
    segment: Option<&'a str>,
    symbol: Option<&'a str>,
    states: Vec<&'static str>,
    parent: Option<i64>,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: Option<DateTime<Utc>>,
    pub(super) by_update: bool,
}

fn word<'a>(
    asked: Parameters<'a>,
    name: &str,
    words: &[&str],
) -> Result<Option<&'a str>, Complaint> {
    let Some(word) = asked.text(name)? else {
        return Ok(None);
    };
    if !words.contains(&word) {
        return Err(unsupported(name, word));
    }
    Ok(Some(word).filter(|word| *word != "ALL"))
}

impl<'a> Filter<'a> {
    pub(super) fn read(asked: Parameters<'a>) -> Result<Self, Complaint> {
        let markets = ["ALL", "US", "HK", "CN", "SG", "AU", "NZ", "UK"];
        let classes = [
            "ALL", "STK", "OPT", "WAR", "IOPT", "FUT", "FOP", "CASH", "FUND", "MLEG", "CC", "FOREX",
        ];
        let segments = ["ALL", "SEC", "FUT", "FUND", "DGT", "S", "C", "F", "D"];
        let mut states = Vec::new();
        for state in asked.texts("states")? {
            states.push(known(&STATUSES, state).ok_or_else(|| unsupported("states", state))?);
        }
        let sorts = ["LATEST_CREATED", "LATEST_STATUS_UPDATED"];
        let sort = word(asked, "sort_by", &sorts)?;
        Ok(Self {
            market: word(asked, "market", &markets)?,
            sec_type: word(asked, "sec_type", &classes)?,
            segment: word(asked, "seg_type", &segments)?,
            symbol: asked.text("symbol")?,
            states,
            parent: asked.integer("parent_id")?.filter(|id| *id != 0),
            from: asked.instant("start_date")?,
            to: asked.instant("end_date")?,
            by_update: sort == Some("LATEST_STATUS_UPDATED"),
        })
    }

    pub(super) fn accepts(&self, record: &Record, moment: &Moment) -> bool {
        let instrument = &record.terms.instrument;
        let same = |wanted: Option<&str>, is: &str| wanted.is_none_or(|wanted| wanted == is);
        let class = names::sec_type(instrument);
        let at = if self.by_update {
            moment.updated_at
        } else {
            record.opened_at
        };
        same(self.market, names::market(instrument))
            && (same(self.sec_type, class) || (self.sec_type == Some("CASH") && class == "FOREX"))
            && (same(self.segment, names::segment(instrument))
                || same(self.segment, names::segment_word(instrument)))
            && self
                .symbol
                .is_none_or(|wanted| wanted == names::symbol(instrument))
            && (self.states.is_empty() || self.states.contains(&moment.status.word()))
            && self
                .parent
                .is_none_or(|wanted| record.parent == Some(wanted))
            && self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at <= to)
    }
}

/// One page of a long answer.
#[derive(Debug)]
pub(super) struct Page {
    first: usize,
    size: usize,
    /// What the question was, so that another one is not continued.
    question: String,
}

impl Page {
    pub(super) fn read(asked: Parameters<'_>, usual: i64, most: i64) -> Result<Self, Complaint> {
        let size = asked.integer("limit")?.unwrap_or(usual);
        let size = usize::try_from(size).ok().filter(|size| *size > 0);
        let size = size.ok_or_else(|| wrong("limit", "above zero"))?;
        let size = size.min(usize::try_from(most).unwrap_or(usize::MAX));
        let mut question = asked.raw().clone();
        if let Value::Object(members) = &mut question {
            members.remove("page_token");
        }
        let question = question.to_string();
        let first = match asked.text("page_token")? {
            None => 0,
            Some(token) => Self::first(token, &question)
                .ok_or_else(|| Complaint::business("page_token is not valid"))?,
        };
        Ok(Self {
            first,
            size,
            question,
        })
    }

    fn first(token: &str, question: &str) -> Option<usize> {
        let bytes = BASE64.decode(token).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (first, rest) = text.split_once('|')?;
        (rest == question).then(|| first.parse().ok())?
    }

    /// The rows of the page and the token of the next one; empty for the last page.
    pub(super) fn cut<T>(&self, rows: Vec<T>) -> (Vec<T>, String) {
        let end = self.first.saturating_add(self.size);
        let next = if end < rows.len() {
            BASE64.encode(format!("{end}|{}", self.question))
        } else {
            String::new()
        };
        let rows = rows.into_iter().skip(self.first).take(self.size);
        (rows.collect(), next)
    }
}
