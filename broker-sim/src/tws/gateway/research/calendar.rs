//! The event calendar of Wall Street Horizon.
//!
//! Tags and field names are those that users of the real feed report; the feed itself has many more.

use std::collections::BTreeSet;

use broker_core::model::{CorporateAction, CorporateEvent, Instrument, ResearchQuery};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::tws::{
    gateway::turn::Turn,
    message::{
        CancelWshEventData, CancelWshMetaData, Contract, Reply, WshEventData, WshEventDataRequest,
        WshMetaData, WshMetaDataRequest,
    },
};

/// Kinds of event that are served: tag and name.
const EVENTS: &[(&str, &str)] = &[
    ("wshe_div", "WSHE Dividend"),
    ("wshe_ed", "Earnings Date"),
    ("wshe_eps", "Earnings Report"),
    ("wshe_splits", "Splits"),
];
/// Most events of one request.
const LIMIT: usize = 100;

impl Turn<'_> {
    pub(in crate::tws::gateway) fn wsh_meta_data(&mut self, request: &WshMetaDataRequest) {
        self.state.research.calendar_readers.insert(self.from);
        let kinds: Vec<Value> = EVENTS
            .iter()
            .map(|(tag, name)| json!({ "tag": tag, "name": name }))
            .collect();
        let filters = ["watchlist", "country", "limit", "limit_region"];
        let filters: Vec<Value> = filters.iter().map(|name| json!({ "code": name })).collect();
        let data = json!({ "meta_data": { "event_types": kinds, "filters": filters } });
        self.reply(&Reply::WshMetaData(WshMetaData {
            req_id: request.req_id,
            data_json: Some(data.to_string()),
        }));
    }

    pub(in crate::tws::gateway) fn cancel_wsh_meta_data(&mut self, request: &CancelWshMetaData) {
        self.error(
            request.req_id.unwrap_or(-1),
            10280,
            "Failed cancel WSH metadata",
        );
    }

    pub(in crate::tws::gateway) fn wsh_event_data(&mut self, request: &WshEventDataRequest) {
        let id = request.req_id.unwrap_or(-1);
        if !self.state.research.calendar_readers.contains(&self.from) {
            return self.error(id, 10282, "WSH metadata was not requested");
        }
        let wanted = match self.read_filter(request) {
            Ok(wanted) => wanted,
            Err(why) => {
                return self.error(id, 10283, format!("Failed request WSH event data: {why}"));
            }
        };
        let mut events = Vec::new();
        for instrument in &wanted.instruments {
            let mut query = ResearchQuery::new(instrument.clone());
            (query.from, query.to, query.limit) = (wanted.from, wanted.to, u32::MAX);
            let con_id = self.state.contracts.con_id(instrument);
            let actions = self.exchange.corporate_actions(&query);
            let rows = actions.iter().flat_map(|action| rows(action, con_id));
            events.extend(rows.filter(|(_, tag, _)| wanted.tags.contains(tag)));
        }
        events.sort_by_key(|(date, _, _)| *date);
        let events: Vec<Value> = events
            .into_iter()
            .take(wanted.limit)
            .map(|(_, _, event)| event)
            .collect();
        self.reply(&Reply::WshEventData(WshEventData {
            req_id: request.req_id,
            data_json: Some(Value::Array(events).to_string()),
        }));
    }

    pub(in crate::tws::gateway) fn cancel_wsh_event_data(&mut self, request: &CancelWshEventData) {
        self.error(
            request.req_id.unwrap_or(-1),
            10284,
            "Failed cancel WSH event data",
        );
    }

    /// Which events are wanted: by contract number, or by a filter in JSON; never both.
    fn read_filter(&mut self, request: &WshEventDataRequest) -> Result<Wanted, String> {
        let date = |text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => NaiveDate::parse_from_str(text, "%Y%m%d")
                .map(Some)
                .map_err(|_| format!("{text:?} is no date")),
        };
        let limit = request
            .total_limit
            .and_then(|limit| usize::try_from(limit).ok());
        let mut wanted = Wanted {
            instruments: Vec::new(),
            tags: EVENTS.iter().map(|(tag, _)| *tag).collect(),
            from: date(&request.start_date)?,
            to: date(&request.end_date)?,
            limit: limit
                .filter(|limit| (1..=LIMIT).contains(limit))
                .unwrap_or(LIMIT),
        };
        let mut ids = Vec::new();
        let by_number = request.con_id.filter(|id| *id > 0 && *id != i32::MAX);
        let filter = request
            .filter
            .as_deref()
            .filter(|filter| !filter.is_empty());
        match (by_number, filter) {
            (Some(_), Some(_)) => return Err("either a contract or a filter".into()),
            (Some(id), None) => ids.push(id),
            (None, Some(filter)) => {
                let filter: Value =
                    serde_json::from_str(filter).map_err(|error| error.to_string())?;
                let watched = filter.get("watchlist").and_then(Value::as_array);
                for id in watched.into_iter().flatten() {
                    let id = id.as_str().and_then(|id| id.parse().ok());
                    ids.push(id.ok_or("a watchlist holds contract numbers as text")?);
                }
                let chosen: BTreeSet<&'static str> = EVENTS
                    .iter()
                    .map(|(tag, _)| *tag)
                    .filter(|tag| filter.get(*tag).and_then(Value::as_str) == Some("true"))
                    .collect();
                if !chosen.is_empty() {
                    wanted.tags = chosen;
                }
                if let Some(limit) = filter.get("limit").and_then(Value::as_u64) {
                    wanted.limit = wanted.limit.min(usize::try_from(limit).unwrap_or(LIMIT));
                }
            }
            (None, None) => {}
        }
        if request.fill_portfolio.unwrap_or_default() {
            for account in &self.state.accounts {
                let held = self.exchange.positions(account);
                wanted
                    .instruments
                    .extend(held.into_iter().map(|position| position.instrument));
            }
        }
        for id in ids {
            let contract = Contract {
                con_id: Some(id),
                ..Contract::default()
            };
            let found = self.state.contracts.find_one(self.exchange, &contract);
            wanted
                .instruments
                .push(found.map_err(|_| format!("contract {id} is not known"))?);
        }
        Ok(wanted)
    }
}

struct Wanted {
    instruments: Vec<Instrument>,
    tags: BTreeSet<&'static str>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    limit: usize,
}

/// The events of a corporate action, as the feed writes them.
fn rows(action: &CorporateAction, con_id: i32) -> Vec<(NaiveDate, &'static str, Value)> {
    let date = |date: NaiveDate| date.format("%Y-%m-%d").to_string();
    let day = date(action.ex_date);
    let event = |tag: &'static str, index: &str, data: Value| {
        let event = json!({
            "event_type": tag,
            "index_date": day.replace('-', ""),
            "index_date_type": index,
            "conids": [con_id.to_string()],
            "data": data,
        });
        (action.ex_date, tag, event)
    };
    match &action.event {
        CorporateEvent::CashDividend { amount, currency } => vec![event(
            "wshe_div",
            "ex_div_date",
            json!({
                "ex_div_date": day,
                "record_date": action.record_date.map(date),
                "pay_date": action.pay_date.map(date),
                "dividend_oc": amount.to_string(),
                "dividend_currency": currency.to_string(),
            }),
        )],
        CorporateEvent::Split { from, to } => vec![event(
            "wshe_splits",
            "ex_date",
            json!({ "ex_date": day, "old_shares": from, "new_shares": to }),
        )],
        CorporateEvent::Earnings { expected, actual } => {
            let mut events = vec![event(
                "wshe_ed",
                "earnings_date",
                json!({
                    "earnings_date": day,
                    "time_of_day": "UNSPECIFIED",
                    "wshe_earnings_date_status": "CONFIRMED",
                    "estimated_eps": expected.map(|value| value.to_string()),
                }),
            )];
            if let Some(actual) = actual {
                events.push(event(
                    "wshe_eps",
                    "earnings_date",
                    json!({
                        "earnings_date": day,
                        "amount_oc": actual.to_string(),
                        "estimated_eps": expected.map(|value| value.to_string()),
                    }),
                ));
            }
            events
        }
        _ => Vec::new(),
    }
}
