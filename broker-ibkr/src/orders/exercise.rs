//! Exercising options, and letting them lapse.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result,
    model::{ExerciseAction, ExerciseOption, NewOrder, OrderAmount, OrderType, Side},
};
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    encode::whole,
    entry::{Entry, Purpose, Waiting},
    listing::read_only,
    submit::{Expected, answer},
};
use crate::{error::from_ibapi, pacing::Urgency};

impl Blotter {
    pub(super) async fn exercise_option(
        &self,
        request: &ExerciseOption,
    ) -> Result<Acknowledgement> {
        let until = Instant::now() + self.link.deadlines().command;
        self.link.commander()?;
        if self.is_read_only() {
            return Err(read_only());
        }
        self.check_account(&request.account)?;
        let listing = self.book.listing(&self.link, &request.instrument).await?;
        let units = whole(request.quantity.get(), "quantity")?;
        self.link.permit(Urgency::Order, until).await?;
        let in_order = self.in_order(until).await?;
        let client = self.link.commander()?;
        // The library takes the next id itself; nobody else takes one while the lock is held.
        let order_id = client.next_order_id() + 1;
        let expected = {
            let mut register = self.register();
            let key = register.add(entry(request, self.client_id, order_id, &listing.contract));
            let (number, told) = register
                .wait(key, Waiting::Submit)
                .ok_or_else(|| Error::new(ErrorKind::Internal, "a request is gone"))?;
            Expected { key, number, told }
        };
        let builder = client
            .exercise_options(&listing.contract)
            .account(request.account.as_str());
        let builder = match request.action {
            ExerciseAction::Exercise => builder.exercise(units),
            ExerciseAction::Lapse => builder.lapse(units).override_natural_action(),
            other => return Err(Error::unsupported(format!("to {other} an option"))),
        };
        let written = tokio::time::timeout_at(until, builder.submit()).await;
        let stream = match written {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.register().remove(expected.key);
                return Err(from_ibapi("exercise", &error));
            }
            Err(_) => {
                self.register().remove(expected.key);
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "the request could not be written in time",
                ));
            }
        };
        drop(in_order);
        let outcome = self.hear_about(expected, until).await;
        drop(stream);
        answer(outcome)
    }
}

/// The register knows orders; what is exercised is kept as one that core never hears of.
fn entry(
    request: &ExerciseOption,
    client_id: i32,
    order_id: i32,
    contract: &Arc<ibapi::contracts::Contract>,
) -> Entry {
    let terms = NewOrder::new(
        request.client_order_id.clone(),
        request.account.clone(),
        request.instrument.clone(),
        Side::Sell,
        OrderAmount::Quantity(request.quantity),
        OrderType::Market,
    );
    let contract = Arc::clone(contract);
    let mut entry = Entry::new(terms.into(), contract, broker_core::Decimal::ONE);
    entry.purpose = Purpose::Exercise;
    entry.wire = Some((client_id, order_id));
    entry
}
