//! Exercising an option, or letting it lapse.

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result,
    model::{ExerciseAction, ExerciseOption, Quantity},
};

use super::{blotter::Blotter, submit::acknowledged};
use crate::{
    instrument::{market_of, zone_of},
    transport::{Call, Method, Parameters},
};

impl Blotter {
    /// Sends the request once. Tiger keeps no name of ours for it: one whose answer is lost stays
    /// unconfirmed until a person has looked at `option_exercise_record`.
    pub(super) async fn exercise_option(
        &self,
        request: &ExerciseOption,
    ) -> Result<Acknowledgement> {
        self.link.commander()?;
        self.check_account(&request.account)?;
        let parameters = self.exercise_parameters(request).await?;
        let call = Call::new(Method::OPTION_EXERCISE_SUBMIT, parameters).of(&request.account);
        let written = self.link.commander()?.command(&call).await?;
        Ok(acknowledged(written, None))
    }

    /// What a request to exercise, and the question what it would do, are asked with.
    pub(crate) async fn exercise_parameters(&self, request: &ExerciseOption) -> Result<Parameters> {
        let listing = self.book.listing(&request.instrument).await?;
        let contract = listing.row.as_ref().and_then(|row| row.contract_id.get());
        let contract = contract.ok_or_else(|| {
            let message = "Tiger told no number of the option's contract";
            Error::new(ErrorKind::Incomplete, message).at_field("instrument")
        })?;
        let word = match request.action {
            ExerciseAction::Exercise => "Exercise",
            ExerciseAction::Lapse => "Expire",
            other => {
                return Err(Error::unsupported(format!("the action {other}")).at_field("action"));
            }
        };
        let market = market_of(&request.instrument);
        let today = self.link.now().with_timezone(&zone_of(market)).date_naive();
        // A lapse is for the last day.
        let day = if request.action == ExerciseAction::Lapse {
            request.instrument.expiry().unwrap_or(today)
        } else {
            today
        };
        Parameters::default()
            .with("contract_id", contract)?
            .with("type", word)?
            .with("quantity", whole(request.quantity)?)?
            .with("executing_date", day.format("%Y-%m-%d").to_string())
    }
}

/// How many options: none can be exercised in part.
pub(super) fn whole(quantity: Quantity) -> Result<i64> {
    let value = quantity.get().normalize();
    if value.scale() != 0 {
        return Err(Error::invalid(
            "quantity",
            "must be a whole number of options",
        ));
    }
    i64::try_from(value.mantissa())
        .map_err(|_| Error::invalid("quantity", "is more than Tiger can be told"))
}
