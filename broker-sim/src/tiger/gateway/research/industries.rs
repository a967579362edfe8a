//! Industries, which the simulated exchange does not sort its shares into.

use serde_json::json;

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing},
    symbols::SecType,
    turn::Turn,
};

impl Turn<'_> {
    pub(super) fn industry_list(&self, asked: Parameters<'_>) -> Answer {
        match asked.text("industry_level")? {
            None | Some("GSECTOR" | "GGROUP" | "GIND" | "GSUBIND") => Ok(json!([])),
            Some(other) => Err(Complaint::business(format!(
                "industry_level '{other}' is not supported"
            ))),
        }
    }

    pub(super) fn industry_stocks(&self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let id = asked
            .get("industry_id")
            .ok_or_else(|| missing("industry_id"))?;
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        Err(Complaint::financial(format!(
            "industry '{id}' does not exist"
        )))
    }

    pub(super) fn stock_industry(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let symbol = asked.required_text("symbol")?;
        self.known(&[symbol], SecType::Stock)?;
        Ok(json!([]))
    }
}
