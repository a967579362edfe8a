use broker_core::{
    Broker,
    model::{CorporateAction, CorporateEvent, ResearchQuery},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        market::Missing,
        reading::{Told, research, sized},
    },
    value::{InstrumentRef, InstrumentView, Listed, Moment, Number, word::words},
};

/// Most instruments in one request.
pub(super) const MOST: usize = 20;
/// Most actions of each instrument.
const LIMIT: u32 = 200;

words! {
    /// A kind of corporate action.
    pub enum ActionWord {
        /// Cash per share.
        Dividend = "dividend" | "dividends" | "cash_dividend",
        /// More or fewer shares.
        Split = "split" | "splits" | "stock_split",
        /// A company becomes part of another.
        Merger = "merger" | "merge" | "mergers",
    }
}

/// Dividends and splits by date ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCorporateActions {
    /// 1 to 20 shares.
    pub instruments: Listed<InstrumentRef>,
    /// Only these. Default all.
    #[serde(default)]
    pub kinds: Option<Listed<ActionWord>>,
    /// From this date.
    #[serde(default)]
    pub start: Option<Moment>,
    /// To this date, inclusive.
    #[serde(default)]
    pub end: Option<Moment>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Corporate actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorporateActions {
    /// By date ascending.
    pub actions: Vec<ActionRow>,
    /// Shares that could not be asked about, and why.
    pub missing: Vec<Missing>,
}

/// One corporate action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ActionRow {
    /// The share.
    pub instrument: InstrumentView,
    /// What happens.
    pub kind: ActionWord,
    /// A buyer from this date on does not take part.
    pub ex_date: NaiveDate,
    /// Holders are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_date: Option<NaiveDate>,
    /// Payment or delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_date: Option<NaiveDate>,
    /// Amount per share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// Currency of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// So many old shares
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_from: Option<u32>,
    /// become so many new ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_to: Option<u32>,
    /// `past` or `announced`, by `ex_date`.
    pub status: String,
}

fn row(action: &CorporateAction, today: NaiveDate) -> Option<ActionRow> {
    let (kind, amount, ratio) = match &action.event {
        CorporateEvent::CashDividend { amount, currency } => {
            (ActionWord::Dividend, Some((*amount, *currency)), None)
        }
        CorporateEvent::Split { from, to } => (ActionWord::Split, None, Some((*from, *to))),
        // Earnings have an operation of their own.
        _ => return None,
    };
    let status = if action.ex_date <= today {
        "past"
    } else {
        "announced"
    };
    Some(ActionRow {
        instrument: InstrumentView::of(&action.instrument),
        kind,
        ex_date: action.ex_date,
        record_date: action.record_date,
        pay_date: action.pay_date,
        amount: amount.map(|(amount, _)| Number(amount)),
        currency: amount.map(|(_, currency)| currency.to_string()),
        ratio_from: ratio.map(|(from, _)| from),
        ratio_to: ratio.map(|(_, to)| to),
        status: status.to_owned(),
    })
}

/// The dates of a range, both inclusive.
pub(super) type Range = (Option<NaiveDate>, Option<NaiveDate>);

pub(super) fn range(
    start: Option<Moment>,
    end: Option<Moment>,
    now: DateTime<Utc>,
) -> Result<Range, Fault> {
    let day = |field, moment: Moment| {
        let instant = match moment {
            Moment::On(date) => return Ok(date),
            other => other.start(now),
        };
        let outside = || Fault::invalid(field, "outside the calendar");
        instant
            .map(|instant| instant.date_naive())
            .ok_or_else(outside)
    };
    let from = start.map(|start| day("start", start)).transpose()?;
    let to = end.map(|end| day("end", end)).transpose()?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Fault::invalid("start", "it is after the end"));
    }
    Ok((from, to))
}

/// The actions of several shares; those that could not be asked about go to `missing`.
pub(super) async fn actions(
    broker: &dyn Broker,
    asked: &[InstrumentRef],
    (from, to): Range,
    missing: &mut Vec<Missing>,
) -> Result<(Vec<CorporateAction>, Vec<String>), Fault> {
    let research = research(broker)?;
    let mut all = Vec::new();
    let mut warnings = Vec::new();
    for one in asked {
        let instrument = match one.resolve(broker).await {
            Ok(instrument) => instrument,
            Err(fault) => {
                missing.push(Missing::of(one.label(), fault));
                continue;
            }
        };
        let mut query = ResearchQuery::new(instrument);
        (query.from, query.to, query.limit) = (from, to, LIMIT);
        match research.corporate_actions(&query).await {
            Ok(found) => {
                if u32::try_from(found.len()).is_ok_and(|count| count >= LIMIT) {
                    warnings.push(format!(
                        "{}: there may be more; narrow the dates",
                        one.label()
                    ));
                }
                all.extend(found);
            }
            Err(error) => missing.push(Missing::of(one.label(), error.into())),
        }
    }
    all.sort_by_key(|action| action.ex_date);
    Ok((all, warnings))
}

impl Request for GetCorporateActions {
    type Data = CorporateActions;

    const ABOUT: About = About {
        name: "get_corporate_actions",
        title: "Dividends and splits",
        summary: "Dividends and splits of up to 20 shares, past and announced, by date.",
        toolset: Toolset::Info,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<CorporateActions>, Fault> {
        sized("instruments", &self.instruments.0, MOST)?;
        let kinds = self.kinds.clone().map(|kinds| kinds.0);
        if kinds.as_deref() == Some(&[ActionWord::Merger]) {
            let message = "kinds: no broker here tells of mergers";
            return Err(Fault::new(FaultCode::Unsupported, message));
        }
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let (asked, kinds) = (&self, &kinds);
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let now = broker.desk().clock().now();
            let range = range(asked.start, asked.end, now)?;
            let mut missing = Vec::new();
            let found = actions(broker, &asked.instruments.0, range, &mut missing);
            let (found, mut warnings) = found.await?;
            if kinds
                .as_ref()
                .is_some_and(|kinds| kinds.contains(&ActionWord::Merger))
            {
                warnings.push("no broker here tells of mergers".to_owned());
            }
            let rows = found
                .iter()
                .filter_map(|action| row(action, now.date_naive()));
            let wanted =
                |row: &ActionRow| kinds.as_ref().is_none_or(|kinds| kinds.contains(&row.kind));
            let actions = rows.filter(wanted).collect();
            Ok(Told::new(CorporateActions { actions, missing }, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
