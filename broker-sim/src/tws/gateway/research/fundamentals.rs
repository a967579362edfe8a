use core::fmt::Write as _;

use broker_core::model::{FundamentalKind, Fundamentals};

use crate::tws::{
    gateway::turn::Turn,
    message::{FundamentalDataRequest, Reply},
};

impl Turn<'_> {
    /// A company report as XML; only clients of the text dialect can ask.
    pub(in crate::tws::gateway) fn fundamental_data(&mut self, request: &FundamentalDataRequest) {
        let id = request.req_id;
        let kind = match request.report_type.as_str() {
            "ReportSnapshot" => FundamentalKind::Summary,
            "ReportsFinSummary" | "ReportsFinStatements" => FundamentalKind::Statements,
            "ReportRatios" => FundamentalKind::Ratios,
            "ReportsOwnership" => FundamentalKind::Ownership,
            "RESC" => FundamentalKind::Estimates,
            other => {
                let text = format!("Error validating request: {other:?} is no report type");
                return self.error(id, 321, text);
            }
        };
        let Ok(instrument) = self
            .state
            .contracts
            .find_one(self.exchange, &request.contract)
        else {
            return self.no_contract(id, &request.contract);
        };
        match self.exchange.fundamentals(&instrument, kind) {
            Some(report) => {
                let xml = xml(&request.report_type, report);
                self.reply(&Reply::FundamentalData(id, xml));
            }
            None => {
                let text = "We are sorry, but fundamentals data for the security specified is not available.";
                self.error(id, 430, format!("{text}Not available"));
            }
        }
    }

    /// Reports are sent whole and at once: there is nothing left to cancel.
    pub(in crate::tws::gateway) fn cancel_fundamental_data(&mut self, request: i32) {
        tracing::debug!(request, "nothing to cancel");
    }
}

fn xml(name: &str, report: &Fundamentals) -> String {
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "  <Issue>{}</Issue>",
        escape(&report.instrument.to_string())
    );
    if let Some(text) = &report.text {
        let _ = writeln!(
            xml,
            "  <Text Type=\"Business Summary\">{}</Text>",
            escape(text)
        );
    }
    for fact in &report.facts {
        let currency = fact
            .currency
            .map_or_else(String::new, |currency| format!(" Currency=\"{currency}\""));
        let period = fact
            .period_end
            .map_or_else(String::new, |date| format!(" PeriodEnd=\"{date}\""));
        let name = escape(&fact.name);
        let _ = writeln!(
            xml,
            "  <Value FieldName=\"{name}\"{currency}{period}>{}</Value>",
            fact.value
        );
    }
    let _ = writeln!(xml, "</{name}>");
    xml
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
