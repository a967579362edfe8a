//! Whether TWS has an order, and proof when it has not.

use broker_core::{
    Lookup, Result,
    model::{AccountId, BrokerText, ClientOrderId, ExecutionReport, OrderStatus},
};

use super::blotter::Blotter;

/// What TWS has under a caller's name.
#[derive(Debug)]
pub(crate) enum Search {
    /// What its lists say.
    Found(Vec<ExecutionReport>),
    /// None of its lists has it, and it never had it.
    Absent,
    /// None of its lists has it, although it had it once or is not bound to list it still.
    Unlisted(&'static str),
    /// It did not answer about all of them.
    Unanswered(BrokerText),
}

impl Blotter {
    /// Searches everything TWS keeps for the caller's name.
    pub(super) async fn look_up(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        Ok(match self.search(account, id).await? {
            Search::Found(reports) => Lookup::Found(reports),
            Search::Absent => Lookup::Absent,
            Search::Unlisted(why) => Lookup::Inconclusive(BrokerText::text(why)),
            Search::Unanswered(why) => Lookup::Inconclusive(why),
        })
    }

    /// The same, telling an order that is gone from one that could not be asked about.
    pub(crate) async fn search(&self, account: &AccountId, id: &ClientOrderId) -> Result<Search> {
        self.link.client()?;
        if self.register().is_in_flight(account, id) {
            let why = "the order is being sent at this moment";
            return Ok(Search::Unanswered(BrokerText::text(why)));
        }
        let lists = self.lists().await;
        let read = self.read(&lists, account).await;
        let mut reports: Vec<ExecutionReport> = Vec::new();
        let orders = read.orders.value().into_iter().flatten();
        reports.extend(
            orders
                .filter(|report| report.client_order_id == *id)
                .cloned(),
        );
        let fills = read.fills.value().into_iter().flatten();
        let terms = reports.first().and_then(|report| report.terms.clone());
        for fill in fills.filter(|fill| fill.client_order_id == *id) {
            let mut report = ExecutionReport::trade(fill.clone());
            report.terms.clone_from(&terms);
            reports.push(report);
        }
        if !reports.is_empty() {
            return Ok(Search::Found(reports));
        }
        if read.unread.contains_key(id) {
            let why = "TWS lists the order in words that cannot be read";
            return Ok(Search::Unanswered(BrokerText::text(why)));
        }
        // TWS reads in order, so what was sent before these questions was read before they were
        // answered; only all three answers together prove that there is nothing.
        if read.proves_absence() {
            return Ok(self.unlisted_or_absent(account, id));
        }
        // An order of an earlier day is another question.
        let fills = read.fills.complete_since(self.link.now());
        let missing = [read.orders.complete().err(), fills.err()];
        let missing: Vec<String> = missing
            .into_iter()
            .flatten()
            .map(|error| error.message().to_owned())
            .collect();
        Ok(Search::Unanswered(BrokerText::text(missing.join("; "))))
    }

    /// What it means that no list has an order.
    fn unlisted_or_absent(&self, account: &AccountId, id: &ClientOrderId) -> Search {
        let shown = {
            let register = self.register();
            let entry = register
                .by_id(account, id)
                .and_then(|key| register.get(key));
            entry.is_some_and(|entry| entry.live && !entry.ended)
        };
        let order = self.link.desk().ledger(account).ok();
        let order = order
            .and_then(|ledger| ledger.order(id))
            .filter(|order| order.status.is_open());
        let sent = [OrderStatus::Unconfirmed, OrderStatus::PendingNew];
        if shown
            || order
                .as_ref()
                .is_some_and(|order| !sent.contains(&order.status))
        {
            return Search::Unlisted(
                "TWS had the order and lists it nowhere any more: how it ended is not known",
            );
        }
        if order.is_some_and(|order| !self.link.today().has_ours(order.created_at)) {
            return Search::Unlisted(
                "the order may have been sent on an earlier day, of which TWS lists neither ended orders nor executions: look for it in TWS",
            );
        }
        Search::Absent
    }
}
