use std::sync::Arc;

use super::{Desk, contract_check};
use crate::{
    Acknowledgement, Admitted, Broker, Error, ErrorKind, Result, UnconfirmedCause,
    event::Ledger,
    model::{
        AccountId, AssetClass, BrokerText, CancelOrder, ClientOrderId, ExecutionKind,
        ExecutionReport, ExerciseOption, ListLink, NewOrder, Order, OrderList, ReplaceOrder,
    },
};

/// An identifier that has been taken for an order on its way.
///
/// Dropped without an outcome, it leaves the order `Unconfirmed`: the caller gave up waiting, and
/// nobody knows whether it was sent.
#[derive(Debug)]
pub(crate) struct Reservation {
    ledger: Arc<Ledger>,
    terms: Arc<NewOrder>,
    settled: bool,
}

impl Reservation {
    /// Takes the outcome of sending.
    pub(crate) fn settle(&mut self, outcome: &Result<Acknowledgement>) {
        self.settled = true;
        let id = &self.terms.client_order_id;
        match outcome {
            Ok(Acknowledgement::Accepted { broker_order_id }) => {
                // The broker's own reports may have come first: then this changes nothing.
                let mut report = self.report(ExecutionKind::PendingNew);
                report.broker_order_id.clone_from(broker_order_id);
                self.ledger.report(report);
            }
            Ok(Acknowledgement::Unconfirmed { cause, detail }) => {
                let text = detail
                    .clone()
                    .unwrap_or_else(|| BrokerText::text(cause.as_str()));
                self.ledger
                    .report(self.report(ExecutionKind::Unconfirmed).with_reason(text));
            }
            Err(_) => self.ledger.release(id),
        }
    }

    fn report(&self, kind: ExecutionKind) -> ExecutionReport {
        ExecutionReport::new(self.terms.client_order_id.clone(), kind)
            .with_terms(Arc::clone(&self.terms))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(&Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Dropped)));
        }
    }
}

/// The identifiers of a list on its way.
#[derive(Debug)]
pub(crate) struct ListReservation(Vec<Reservation>);

impl ListReservation {
    /// Takes the outcome of sending: one acknowledgement per order, or proof that none exists.
    pub(crate) fn settle(&mut self, outcome: &Result<Vec<Acknowledgement>>) {
        match outcome {
            Ok(acknowledgements) => {
                let mut answers = acknowledgements.iter();
                for reservation in &mut self.0 {
                    // An adapter that answers for fewer orders than were sent has not said what
                    // became of the rest.
                    let unread = UnconfirmedCause::UnreadableAnswer;
                    let answer = answers
                        .next()
                        .cloned()
                        .unwrap_or(Acknowledgement::unconfirmed(unread));
                    reservation.settle(&Ok(answer));
                }
            }
            Err(error) => {
                self.0
                    .iter_mut()
                    .for_each(|r| r.settle(&Err(error.clone())));
            }
        }
    }
}

impl Desk {
    /// Everything that is checked before an order may be sent, except the identifier.
    pub(crate) async fn check<B: Broker + ?Sized>(
        &self,
        broker: &B,
        order: &NewOrder,
    ) -> Result<()> {
        broker.capabilities(&order.account).await?.check(order)?;
        self.check_contract(broker, order).await
    }

    async fn check_contract<B: Broker + ?Sized>(&self, broker: &B, order: &NewOrder) -> Result<()> {
        if order.instrument.asset_class() == AssetClass::Index {
            return Err(Error::invalid(
                "instrument",
                "an index is quoted but not traded",
            ));
        }
        let reference = broker.reference().ok_or_else(|| no_service("reference"))?;
        let contract = self.resolver.contract(reference, &order.instrument).await?;
        contract_check::check(order, &contract, self.clock.now())
    }

    pub(crate) async fn admit<B: Broker + ?Sized>(
        &self,
        broker: &B,
        order: &NewOrder,
    ) -> Result<(Admitted<NewOrder>, Reservation)> {
        self.check(broker, order).await?;
        let terms = Arc::new(order.clone());
        let reservation = self.reserve(Arc::clone(&terms), None)?;
        Ok((Admitted::new(terms), reservation))
    }

    pub(crate) async fn admit_list<B: Broker + ?Sized>(
        &self,
        broker: &B,
        list: &OrderList,
    ) -> Result<(Admitted<OrderList>, ListReservation)> {
        broker
            .capabilities(list.account())
            .await?
            .check_list(list)?;
        for (order, _) in list.orders() {
            self.check_contract(broker, order).await?;
        }
        let mut reservations = ListReservation(Vec::new());
        for (order, role) in list.orders() {
            let link = ListLink {
                list: list.id().clone(),
                role,
            };
            match self.reserve(Arc::new(order.clone()), Some(link)) {
                Ok(reservation) => reservations.0.push(reservation),
                Err(error) => {
                    reservations.settle(&Err(error.clone()));
                    return Err(error);
                }
            }
        }
        Ok((Admitted::new(Arc::new(list.clone())), reservations))
    }

    pub(crate) async fn admit_exercise<B: Broker + ?Sized>(
        &self,
        broker: &B,
        exercise: &ExerciseOption,
    ) -> Result<Admitted<ExerciseOption>> {
        let capabilities = broker.capabilities(&exercise.account).await?;
        if let Some(why) = capabilities.exercise.why() {
            return Err(Error::unsupported(format!(
                "exercising is not taken: {why}"
            )));
        }
        let class = exercise.instrument.asset_class();
        if !matches!(class, AssetClass::Option | AssetClass::FutureOption) {
            let message = format!("{} is not an option", exercise.instrument);
            return Err(Error::invalid("instrument", message));
        }
        let reference = broker.reference().ok_or_else(|| no_service("reference"))?;
        let contract = self
            .resolver
            .contract(reference, &exercise.instrument)
            .await?;
        if contract
            .expires_at
            .is_some_and(|expiry| expiry <= self.clock.now())
        {
            let message = format!("{} has expired", exercise.instrument);
            return Err(Error::invalid("instrument", message));
        }
        contract
            .quantities
            .check(exercise.quantity)
            .map_err(|error| Error::from(error).at_field("quantity"))?;
        let ledger = self.ledger(&exercise.account)?;
        check_own(&exercise.client_order_id)?;
        if !ledger.reserve_exercise(&exercise.client_order_id) {
            return Err(duplicate(&exercise.client_order_id));
        }
        Ok(Admitted::new(Arc::new(exercise.clone())))
    }

    /// Takes the outcome of a request to exercise. Without one, its identifier stays taken.
    pub(crate) fn settle_exercise(
        &self,
        exercise: &ExerciseOption,
        outcome: &Result<Acknowledgement>,
    ) -> Result<()> {
        if outcome.is_err() {
            self.ledger(&exercise.account)?
                .release_exercise(&exercise.client_order_id);
        }
        Ok(())
    }

    pub(crate) async fn admit_replace<B: Broker + ?Sized>(
        &self,
        broker: &B,
        change: &ReplaceOrder,
    ) -> Result<Admitted<ReplaceOrder>> {
        broker
            .capabilities(&change.account)
            .await?
            .check_replace(change)?;
        if let Some(order) = self.working_order(&change.account, &change.client_order_id)? {
            self.check_change(broker, change, &order).await?;
        }
        Ok(Admitted::new(Arc::new(change.clone())))
    }

    async fn check_change<B: Broker + ?Sized>(
        &self,
        broker: &B,
        change: &ReplaceOrder,
        order: &Order,
    ) -> Result<()> {
        let next = change.apply_to(&order.terms).map_err(|field| {
            let kind = order.terms.order_type.kind();
            Error::invalid(
                field.as_str(),
                format!("a {kind} order has no {field} to change"),
            )
        })?;
        if let Some(quantity) = change.quantity
            && quantity.get() <= order.cumulative_quantity
        {
            let filled = order.cumulative_quantity;
            let message = format!("{quantity} is not more than the {filled} already filled");
            return Err(Error::invalid("quantity", message));
        }
        broker.capabilities(&change.account).await?.check(&next)?;
        self.check_contract(broker, &next).await
    }

    pub(crate) fn admit_cancel(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
    ) -> Result<Admitted<CancelOrder>> {
        self.working_order(account, id)?;
        let request = CancelOrder {
            account: account.clone(),
            client_order_id: id.clone(),
        };
        Ok(Admitted::new(Arc::new(request)))
    }

    /// The order if it is known to work; `None` when only the broker can tell.
    fn working_order(&self, account: &AccountId, id: &ClientOrderId) -> Result<Option<Arc<Order>>> {
        let ledger = self.ledger(account)?;
        match ledger.order(id) {
            Some(order) if order.status.is_final() => {
                let message = format!("order {id} is already {}", order.status);
                Err(Error::new(ErrorKind::TooLate, message).at_field("client_order_id"))
            }
            Some(order) => Ok(Some(order)),
            // An order that is on its way, or whose existence nobody has ruled out.
            None if ledger.knows(id) || !ledger.knows_all_orders() => Ok(None),
            None => {
                let message = format!("there is no order {id} in account {account}");
                Err(Error::new(ErrorKind::NotFound, message).at_field("client_order_id"))
            }
        }
    }

    fn reserve(&self, terms: Arc<NewOrder>, list: Option<ListLink>) -> Result<Reservation> {
        let ledger = self.ledger(&terms.account)?;
        check_own(&terms.client_order_id)?;
        if !ledger.reserve(Arc::clone(&terms), list) {
            return Err(duplicate(&terms.client_order_id));
        }
        Ok(Reservation {
            ledger,
            terms,
            settled: false,
        })
    }
}

fn check_own(id: &ClientOrderId) -> Result<()> {
    if id.is_outside() {
        let message = "identifiers that begin with `outside:` are kept for others' orders";
        return Err(Error::invalid("client_order_id", message));
    }
    Ok(())
}

fn duplicate(id: &ClientOrderId) -> Error {
    let message = format!("the identifier {id} has been used; nothing was sent again");
    Error::new(ErrorKind::Duplicate, message).at_field("client_order_id")
}

/// The error for a service that the broker does not have.
pub(crate) fn no_service(service: &str) -> Error {
    Error::unsupported(format!("this broker has no {service} service"))
}
