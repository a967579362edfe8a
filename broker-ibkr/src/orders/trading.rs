use async_trait::async_trait;
use broker_core::{
    Acknowledgement, Admitted, Covered, Error, Lookup, Result, Trading,
    model::{
        AccountId, CancelOrder, ClientOrderId, ExecutionKind, ExecutionReport, ExerciseOption,
        Fill, FillFilter, NewOrder, OrderFilter, OrderList, OrderPreview, ReplaceOrder,
    },
};

use super::Blotter;

/// Names the operation in an error that does not name one.
fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

#[async_trait]
impl Trading for Blotter {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.submit_order(order.into_request())
            .await
            .map_err(during("submit"))
    }

    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        self.submit_orders(&list.into_request())
            .await
            .map_err(during("submit_list"))
    }

    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        self.replace_order(&change.into_request())
            .await
            .map_err(during("replace"))
    }

    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        self.cancel_order(&cancel.into_request())
            .await
            .map_err(during("cancel"))
    }

    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        self.cancel_orders(account)
            .await
            .map_err(during("cancel_all"))
    }

    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        self.exercise_option(&exercise.into_request())
            .await
            .map_err(during("exercise"))
    }

    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        self.preview_order(order).await.map_err(during("preview"))
    }

    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.check_account(account)?;
        self.look_up(account, id).await.map_err(during("find"))
    }

    async fn order_reports(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.check_account(account)?;
        if let Err(error) = self.link.client() {
            return Ok(Covered::Unavailable(error.to_string().into()));
        }
        let lists = self.lists().await;
        let orders = self.read(&lists, account).await.orders;
        Ok(orders.map(|reports| {
            let wanted = reports.into_iter().filter(|report| {
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
            wanted.collect()
        }))
    }

    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.check_account(account)?;
        if let Err(error) = self.link.client() {
            return Ok(Covered::Unavailable(error.to_string().into()));
        }
        let lists = self.lists().await;
        let fills = self.read(&lists, account).await.fills;
        Ok(fills.asked_since(filter.since).map(|fills| {
            fills
                .into_iter()
                .filter(|fill| filter.accepts(fill))
                .collect()
        }))
    }
}
