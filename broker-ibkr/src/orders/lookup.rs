//! Whether TWS has an order, and proof when it has not.

use broker_core::{
    Lookup, Result,
    model::{AccountId, BrokerText, ClientOrderId, ExecutionReport},
};

use super::blotter::Blotter;

impl Blotter {
    /// Searches everything TWS keeps for the caller's name.
    pub(super) async fn look_up(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.link.client()?;
        if self.register().is_in_flight(account, id) {
            let why = "the order is being sent at this moment";
            return Ok(Lookup::Inconclusive(BrokerText::text(why)));
        }
        let lists = self.lists().await;
        let account = self.read(&lists, account).await;
        let mut reports: Vec<ExecutionReport> = Vec::new();
        let orders = account.orders.value().into_iter().flatten();
        reports.extend(
            orders
                .filter(|report| report.client_order_id == *id)
                .cloned(),
        );
        let fills = account.fills.value().into_iter().flatten();
        let terms = reports.first().and_then(|report| report.terms.clone());
        for fill in fills.filter(|fill| fill.client_order_id == *id) {
            let mut report = ExecutionReport::trade(fill.clone());
            report.terms.clone_from(&terms);
            reports.push(report);
        }
        if !reports.is_empty() {
            return Ok(Lookup::Found(reports));
        }
        // TWS reads in order, so what was sent before these questions was read before they were
        // answered; only all three answers together prove that there is nothing.
        if account.orders.is_complete() && account.fills.is_complete() {
            return Ok(Lookup::Absent);
        }
        let missing = [
            account.orders.complete().err(),
            account.fills.complete().err(),
        ];
        let missing: Vec<String> = missing
            .into_iter()
            .flatten()
            .map(|error| error.message().to_owned())
            .collect();
        Ok(Lookup::Inconclusive(BrokerText::text(missing.join("; "))))
    }
}
