use std::sync::Arc;

use broker_core::{
    Acknowledgement, Admitted, Covered, Error, Lookup, Result, Trading, async_trait,
    model::{
        AccountId, CancelOrder, ClientOrderId, ExecutionKind, ExecutionReport, ExerciseOption,
        Fill, FillFilter, NewOrder, OrderFilter, OrderList, OrderPreview, ReplaceOrder,
    },
};

use super::{Blotter, read::Read};

/// Names the operation in an error that does not name one.
fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

/// The trading service of one connection.
#[derive(Debug)]
pub(crate) struct Orders(pub(crate) Arc<Blotter>);

impl Orders {
    /// Reads what is new, so that what is known is what Tiger lists.
    async fn read(&self, account: &AccountId) -> Result<Read> {
        self.0.refresh(account).await
    }
}

#[async_trait]
impl Trading for Orders {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        let sent = self.0.submit_order(order.into_request()).await;
        sent.map_err(during("submit"))
    }

    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        let sent = self.0.submit_orders(&list.into_request()).await;
        sent.map_err(during("submit_list"))
    }

    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        let sent = self.0.replace_order(&change.into_request()).await;
        sent.map_err(during("replace"))
    }

    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        let sent = self.0.cancel_order(&cancel.into_request()).await;
        sent.map_err(during("cancel"))
    }

    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        let sent = self.0.cancel_orders(account).await;
        sent.map_err(during("cancel_all"))
    }

    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        let sent = self.0.exercise_option(&exercise.into_request()).await;
        sent.map_err(during("exercise"))
    }

    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        let asked = self.0.preview_order(order).await;
        asked.map_err(during("preview"))
    }

    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.0.check_account(account)?;
        self.0.look_up(account, id).await.map_err(during("find"))
    }

    async fn order_reports(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.0.check_account(account)?;
        let read = match self.read(account).await {
            Ok(read) => read,
            Err(error) => return Ok(Covered::Unavailable(error.to_string().into())),
        };
        let mut reports = self.0.standings(account);
        reports.retain(|report| {
            let instrument = report.terms.as_ref().map(|terms| &terms.instrument);
            let open = match &report.kind {
                ExecutionKind::Status { status } => status.is_open(),
                _ => true,
            };
            (!filter.open_only || open)
                && filter
                    .instrument
                    .as_ref()
                    .is_none_or(|wanted| instrument == Some(wanted))
        });
        Ok(self.covered(account, read.covers(reports), |snapshot| {
            snapshot.orders.map(|_| ())
        }))
    }

    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.0.check_account(account)?;
        let read = match self.read(account).await {
            Ok(read) => read,
            Err(error) => return Ok(Covered::Unavailable(error.to_string().into())),
        };
        let mut fills = self.0.fills(account);
        fills.retain(|fill| filter.accepts(fill));
        let covered = self.covered(account, read.covers(fills), |snapshot| {
            snapshot.fills.map(|_| ())
        });
        Ok(self.0.since(covered).asked_since(filter.since))
    }
}

impl Orders {
    /// A reading of what is new is whole only together with the reading that it continues.
    fn covered<T>(
        &self,
        account: &AccountId,
        read: Covered<T>,
        before: impl FnOnce(broker_core::event::Snapshot) -> Covered<()>,
    ) -> Covered<T> {
        let whole = match self.0.link.desk().ledger(account) {
            Ok(ledger) => before(ledger.snapshot()),
            Err(error) => Covered::Unavailable(error.to_string().into()),
        };
        match (read, whole) {
            (
                Covered::Complete(value)
                | Covered::Since { value, .. }
                | Covered::Partial { value, .. },
                Covered::Partial { missing, .. } | Covered::Unavailable(missing),
            ) => Covered::Partial { value, missing },
            (read, _) => read,
        }
    }
}
