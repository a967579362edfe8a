//! Corporate actions by symbol.

use broker_core::{
    Decimal,
    model::{CorporateAction, CorporateEvent, Instrument, ResearchQuery},
};
use serde_json::{Map, Value};

use super::figures::span;
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    quotes::{Row, some},
    symbols::{Market, SecType, exchange_word},
    turn::Turn,
};

impl Turn<'_> {
    pub(super) fn corporate_action(&mut self, asked: Parameters<'_>) -> Answer {
        let kind = asked.required_text("action_type")?;
        let write = writer(kind)?;
        let market = some("market", asked.market()?)?;
        let (begin, end) = span(asked)?;
        let shares: Vec<(String, Instrument)> = if asked.texts("symbols")?.is_empty() {
            if kind != "earning" {
                return Err(crate::tiger::gateway::parameters::missing("symbols"));
            }
            let all = self.shares_of(market).into_iter();
            all.map(|(name, share)| (name.symbol, share)).collect()
        } else {
            let known = self.known(&asked.symbols()?, SecType::Stock);
            let known = known.map_err(|unknown| Complaint::financial(unknown.message))?;
            let owned = known.into_iter();
            owned
                .map(|(symbol, share)| (symbol.to_owned(), share))
                .collect()
        };
        let mut by_symbol: Map<String, Value> = Map::new();
        for (symbol, share) in shares {
            let mut query = ResearchQuery::new(share.clone());
            query.from = Some(market.date_of(begin));
            query.to = Some(market.date_of(end));
            query.limit = u32::MAX;
            let actions = self.exchange.corporate_actions(&query);
            let exchange = self.exchange.contract(&share).ok();
            let exchange = exchange.and_then(|details| details.exchanges.first().copied());
            let rows = actions.iter().filter_map(|action| {
                let row = row(&symbol, market, action)
                    .text("exchange", exchange.map(exchange_word))
                    .put("actionType", kind.to_ascii_uppercase());
                write(action, row).map(Value::from)
            });
            let rows: Vec<Value> = rows.collect();
            if !rows.is_empty() {
                by_symbol.insert(symbol, rows.into());
            }
        }
        Ok(by_symbol.into())
    }
}

fn row(symbol: &str, market: Market, action: &CorporateAction) -> Row {
    Row::default()
        .put("symbol", symbol)
        .put("market", market.word())
        .put("executeDate", action.ex_date.to_string())
        .text(
            "recordDate",
            action.record_date.map(|date| date.to_string()),
        )
        .text("payDate", action.pay_date.map(|date| date.to_string()))
}

/// Writes the actions of one kind and passes over the others.
type Writer = fn(&CorporateAction, Row) -> Option<Row>;

fn writer(kind: &str) -> Result<Writer, Complaint> {
    Ok(match kind {
        "dividend" => |action, row| match action.event {
            CorporateEvent::CashDividend { amount, currency } => Some(
                row.number("amount", Some(amount))
                    .put("currency", currency.as_str()),
            ),
            _ => None,
        },
        "split" => |action, row| match action.event {
            CorporateEvent::Split { from, to } => {
                let (from, to) = (Decimal::from(from), Decimal::from(to));
                let ratio = from.checked_div(to).map(|ratio| ratio.round_dp(8));
                Some(
                    row.number("fromFactor", Some(from))
                        .number("toFactor", Some(to))
                        .number("ratio", ratio),
                )
            }
            _ => None,
        },
        "earning" => |action, row| match action.event {
            CorporateEvent::Earnings { expected, actual } => Some(
                row.put("reportDate", action.ex_date.to_string())
                    .number("expectedEps", expected)
                    .number("actualEps", actual),
            ),
            _ => None,
        },
        // Nothing changes its symbol, leaves or joins the simulated exchange.
        "symbol_change" | "delisting" | "ipo" => |_, _| None,
        other => {
            return Err(Complaint::business(format!(
                "action_type '{other}' is not supported"
            )));
        }
    })
}
