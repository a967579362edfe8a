//! What is written down about orders before they are sent, and after they have ended.

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, ClientOrderId},
};

use super::{blotter::Blotter, journal::SentOrder};

impl Blotter {
    /// Has orders written down that are about to be sent.
    ///
    /// # Errors
    /// When they could not be written, and when one of them has the name of an exchange; nothing has been
    /// sent.
    pub(super) async fn write_down(&self, orders: Vec<SentOrder>) -> Result<()> {
        for order in &orders {
            let (account, id) = (&order.account, &order.client_order_id);
            if self.former().is_exchange(account, id) {
                return Err(used(id, "an exchange of currencies"));
            }
        }
        self.journal().write(&orders).await?;
        let mut former = self.former();
        orders.into_iter().for_each(|order| former.add(order));
        Ok(())
    }

    /// Has an exchange of currencies written down that is about to be sent.
    ///
    /// # Errors
    /// [`Duplicate`](ErrorKind::Duplicate) for a name that something was sent under already; when it could
    /// not be written. Nothing has been sent.
    pub(crate) async fn write_exchange_down(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
    ) -> Result<()> {
        let sent = SentOrder {
            exchange: true,
            ..SentOrder::new(account.clone(), id.clone(), self.link.now())
        };
        {
            // Taken before it is written, so that two that come at once do not both get it.
            let known = self.known(account, id).is_some();
            let mut former = self.former();
            if known || former.is_used(account, id) {
                return Err(used(id, "something that was sent"));
            }
            former.add(sent.clone());
        }
        let written = self.journal().write(&[sent]).await;
        if written.is_err() {
            let _nothing_was_written = self.former().end(account, id, self.link.now());
        }
        written
    }

    /// Writes down that orders, or an exchange, are known never to have been, so that they can be forgotten
    /// some day.
    pub(crate) async fn write_never_was<'a>(
        &self,
        account: &AccountId,
        names: impl IntoIterator<Item = &'a ClientOrderId>,
    ) {
        let now = self.link.now();
        let lines: Vec<SentOrder> = {
            let mut former = self.former();
            let names = names.into_iter();
            names
                .filter_map(|id| former.end(account, id, now))
                .collect()
        };
        self.write_ends(&lines).await;
    }

    /// Writes down that orders have ended. One that could not be written down stays for longer.
    pub(super) async fn write_ends(&self, lines: &[SentOrder]) {
        if lines.is_empty() {
            return;
        }
        if let Err(error) = self.journal().write(lines).await {
            tracing::warn!(%error, "the end of an order could not be written down");
        }
    }

    /// Has the journal forget what ended long before the time that is listed: neither a lookup nor a list
    /// asks for it any more.
    pub(super) async fn forget_the_old(&self, account: &AccountId) {
        let now = self.link.now();
        let horizon = self.horizon();
        let before = horizon.checked_sub_signed(now - horizon);
        let Some(before) = before else {
            return;
        };
        if let Err(error) = self.journal().forget(account, before).await {
            tracing::warn!(%error, "the order journal could not be made shorter");
        }
    }
}

fn used(id: &ClientOrderId, by: &str) -> Error {
    let message = format!("{id} is the name of {by} already: look that up instead");
    Error::new(ErrorKind::Duplicate, message).at_field("client_order_id")
}
