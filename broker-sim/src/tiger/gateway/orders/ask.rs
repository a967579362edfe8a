//! What clients ask about orders.

use broker_core::model::AccountId;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    filter::{Filter, Page},
    record::Record,
    status::{Moment, Status},
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing},
    turn::Turn,
};

/// How far apart the dates of a question about filled orders may be.
const LONGEST: TimeDelta = TimeDelta::days(90);

impl Turn<'_> {
    /// All orders, page by page; with a number the one order itself.
    pub(in crate::tiger::gateway) fn orders(&mut self, asked: Parameters<'_>) -> Answer {
        if asked.get("id").is_some() || asked.get("order_id").is_some() {
            let record = self.named(asked)?;
            let moment = Moment::now(&record, self.exchange);
            return self.with_charges(asked, &record, &moment);
        }
        let account = self.account(asked)?;
        let page = Page::read(asked, 100, 300)?;
        let filter = Filter::read(asked)?;
        let (rows, next) = page.cut(self.found(&account, &filter, |_| true));
        let mut items = Vec::new();
        for (record, moment) in rows {
            items.push(self.with_charges(asked, &record, &moment)?);
        }
        Ok(json!({"nextPageToken": next, "items": items}))
    }

    fn with_charges(&mut self, asked: Parameters<'_>, record: &Record, moment: &Moment) -> Answer {
        let mut written = self.write_order(record, moment);
        if asked.switch("show_charges")? == Some(true)
            && let Value::Object(members) = &mut written
        {
            members.insert("charges".to_owned(), self.write_charges(moment));
        }
        Ok(written)
    }

    pub(in crate::tiger::gateway) fn active_orders(&mut self, asked: Parameters<'_>) -> Answer {
        self.list(asked, Status::is_open)
    }

    pub(in crate::tiger::gateway) fn inactive_orders(&mut self, asked: Parameters<'_>) -> Answer {
        self.list(asked, |status| {
            !status.is_open() && status != Status::Filled
        })
    }

    /// Filled orders between two dates, which must be given.
    pub(in crate::tiger::gateway) fn filled_orders(&mut self, asked: Parameters<'_>) -> Answer {
        let filter = Filter::read(asked)?;
        let from = filter.from.ok_or_else(|| missing("start_date"))?;
        let to = filter.to.ok_or_else(|| missing("end_date"))?;
        if to - from > LONGEST || to < from {
            return Err(Complaint::business(
                "start_date and end_date must be at most 90 days apart",
            ));
        }
        self.list(asked, |status| status == Status::Filled)
    }

    fn list(&mut self, asked: Parameters<'_>, wanted: impl Fn(Status) -> bool) -> Answer {
        let account = self.account(asked)?;
        let filter = Filter::read(asked)?;
        let mut items = Vec::new();
        for (record, moment) in self.found(&account, &filter, wanted) {
            items.push(self.write_order(&record, &moment));
        }
        Ok(json!({"nextPageToken": "", "items": items}))
    }

    /// The orders of an account that fit, newest first.
    fn found(
        &mut self,
        account: &AccountId,
        filter: &Filter<'_>,
        wanted: impl Fn(Status) -> bool,
    ) -> Vec<(Record, Moment)> {
        self.take_stock();
        let records = self.state.orders.records.values();
        let mut found: Vec<(Record, Moment)> = records
            .filter(|record| record.terms.account == *account)
            .map(|record| (record, Moment::now(record, self.exchange)))
            .filter(|(record, moment)| wanted(moment.status) && filter.accepts(record, moment))
            .map(|(record, moment)| (record.clone(), moment))
            .collect();
        found.sort_by_key(|(record, moment)| {
            let at = if filter.by_update {
                moment.updated_at
            } else {
                record.opened_at
            };
            std::cmp::Reverse((at, record.id))
        });
        found
    }
}
