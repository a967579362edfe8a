//! Searches for shares by their figures.

use broker_core::{
    Decimal,
    model::{FundamentalKind, Instrument, Price},
};
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    number::number,
    parameters::{Parameters, wrong},
    quotes::{Figures, some},
    symbols::{Market, Name},
    turn::Turn,
};

/// Fields that the exchange can tell: the vendor's name, number and word.
const FIELDS: [(&str, i64, &str); 18] = [
    ("CurPrice", 2, "latestPrice"),
    ("BidPrice", 3, "bidPrice"),
    ("AskPrice", 4, "askPrice"),
    ("OpenPrice", 5, "open"),
    ("PreClosePrice", 6, "preClose"),
    ("HighPrice", 7, "high"),
    ("LowPrice", 8, "low"),
    ("Volume", 11, "volume"),
    ("Amount", 12, "amount"),
    ("Week52High", 14, "week52High"),
    ("Week52Low", 15, "week52Low"),
    ("MarketValue", 17, "marketValue"),
    ("PeTTM", 24, "peRate"),
    ("DivideRate", 27, "divideRateVal"),
    ("Share", 33, "shares"),
    ("Amplitude", 57, "Amplitude"),
    ("current_ChangeRate", 59, "curChangeRate"),
    ("current_ChangeVal", 64, "curChangeVal"),
];

/// What names of fields of shares begin with.
const PREFIX: &str = "StockField_";
/// Rows of a page when the request does not say, and at most.
const PAGE: (usize, usize) = (100, 200);

type Field = (&'static str, i64, &'static str);

/// One condition.
struct Condition {
    field: Field,
    least: Option<Decimal>,
    most: Option<Decimal>,
    /// Only told, not a condition.
    only_told: bool,
}

impl Condition {
    fn read(asked: Parameters<'_>) -> Result<Self, Complaint> {
        let name = asked.required_text("field_name")?;
        let field = FIELDS
            .iter()
            .find(|(known, _, _)| name.strip_prefix(PREFIX) == Some(*known));
        let field = *field.ok_or_else(|| unsupported(name))?;
        Ok(Self {
            field,
            least: asked.decimal("filter_min")?,
            most: asked.decimal("filter_max")?,
            only_told: asked.switch("is_no_filter")?.unwrap_or_default(),
        })
    }

    fn holds(&self, figure: Option<Decimal>) -> bool {
        self.only_told
            || figure.is_some_and(|figure| {
                self.least.is_none_or(|least| figure >= least)
                    && self.most.is_none_or(|most| figure <= most)
            })
    }
}

fn unsupported(name: &str) -> Complaint {
    Complaint::business(format!("filter field '{name}' is not supported"))
}

impl Turn<'_> {
    pub(super) fn market_scanner(&mut self, asked: Parameters<'_>) -> Answer {
        let market = some("market", asked.market()?)?;
        for list in [
            "accumulate_filter_list",
            "financial_filter_list",
            "multi_tags_filter_list",
        ] {
            if let Some(filter) = asked.objects(list)?.first() {
                return Err(unsupported(filter.required_text("field_name")?));
            }
        }
        let conditions = asked.objects("base_filter_list")?.into_iter();
        let conditions: Vec<Condition> =
            conditions.map(Condition::read).collect::<Result<_, _>>()?;
        let sort = sorting(asked)?;
        let size = asked.bounded("page_size", PAGE.0, PAGE.1)?;
        let page = asked.integer("page")?.unwrap_or_default();
        let page = usize::try_from(page).map_err(|_| wrong("page", "a number from 0"))?;
        let mut found: Vec<(Option<Decimal>, Name, Vec<Value>)> = Vec::new();
        for (name, share) in self.shares_of(market) {
            let newest = self.figures_at(&share, self.now());
            let figures: Vec<_> = conditions
                .iter()
                .map(|condition| self.figure(&share, &newest, condition.field.0))
                .collect();
            let mut pairs = conditions.iter().zip(&figures);
            if !pairs.all(|(condition, figure)| condition.holds(*figure)) {
                continue;
            }
            let told = conditions.iter().zip(figures).map(|(condition, figure)| {
                let (_, index, word) = condition.field;
                json!({"index": index, "name": word, "value": figure.map(number)})
            });
            let told: Vec<Value> = told.collect();
            let key = sort.and_then(|(field, _)| self.figure(&share, &newest, field.0));
            found.push((key, name, told));
        }
        found.sort_by(|a, b| {
            let order = match sort {
                Some((_, true)) => b.0.cmp(&a.0),
                Some((_, false)) => a.0.cmp(&b.0),
                None => core::cmp::Ordering::Equal,
            };
            order.then_with(|| a.1.symbol.cmp(&b.1.symbol))
        });
        let count = found.len();
        let rows = found.into_iter().skip(page.saturating_mul(size)).take(size);
        let items = rows.map(|(_, name, told)| {
            json!({
                "symbol": name.symbol, "market": market.word(), "baseDataList": told,
                "accumulateDataList": [], "financialDataList": [], "multiTagDataList": [],
            })
        });
        let items: Vec<Value> = items.collect();
        Ok(json!({
            "page": page, "totalPage": count.div_ceil(size), "totalCount": count,
            "pageSize": size, "cursorId": "", "items": items,
        }))
    }

    /// The exchange has no tags: every field has none.
    pub(super) fn market_scanner_tags(&self, asked: Parameters<'_>) -> Answer {
        let market = asked.market()?.unwrap_or(Market::Us);
        let fields = asked.texts("multi_tag_field_list")?.into_iter();
        let rows = fields
            .map(|field| json!({"market": market.word(), "multiTagField": field, "tagList": []}));
        Ok(rows.collect::<Vec<Value>>().into())
    }

    /// One figure of a share by the vendor's name of it.
    fn figure(&mut self, share: &Instrument, figures: &Figures, field: &str) -> Option<Decimal> {
        let shares = |turn: &Self| turn.fact(share, FundamentalKind::Summary, "shares_outstanding");
        match field {
            "CurPrice" => figures.latest,
            "BidPrice" => self.quote(share).bid.map(Price::get),
            "AskPrice" => self.quote(share).ask.map(Price::get),
            "OpenPrice" => figures.open,
            "PreClosePrice" => figures.previous_close,
            "HighPrice" => figures.high,
            "LowPrice" => figures.low,
            "Volume" => Some(figures.volume),
            "Amount" => figures.amount,
            "Week52High" => self.year_range(share).1,
            "Week52Low" => self.year_range(share).0,
            "MarketValue" => Some(shares(self)? * figures.latest?),
            "PeTTM" => self.fact(share, FundamentalKind::Ratios, "price_to_earnings"),
            "DivideRate" => self.fact(share, FundamentalKind::Ratios, "dividend_yield"),
            "Share" => shares(self),
            "Amplitude" => figures.amplitude(),
            "current_ChangeRate" => figures.change_rate(),
            "current_ChangeVal" => figures.change(),
            _ => None,
        }
    }
}

/// The field of the order, and whether it falls.
fn sorting(asked: Parameters<'_>) -> Result<Option<(Field, bool)>, Complaint> {
    let Some(value) = asked.get("sort_field_data") else {
        return Ok(None);
    };
    let sort = Parameters::new(value);
    let falling = match sort.text("sort_dir")? {
        None | Some("SortDir_No") => return Ok(None),
        Some("SortDir_Ascend") => false,
        Some("SortDir_Descend") => true,
        Some(other) => {
            return Err(Complaint::business(format!(
                "sort_dir '{other}' is not supported"
            )));
        }
    };
    let index = sort.integer("field_name")?;
    let known = FIELDS.iter().find(|(_, known, _)| Some(*known) == index);
    let of_shares = matches!(sort.text("field_type")?, None | Some("StockField_Type"));
    let field = known
        .filter(|_| of_shares)
        .ok_or_else(|| Complaint::business("the field to sort by is not supported"))?;
    Ok(Some((*field, falling)))
}
