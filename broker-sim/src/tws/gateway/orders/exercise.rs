//! Exercising options, and asking what an order would cost.
//!
//! An exercise is told like an order: it shows up, and is filled when it has been carried out.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{
        ExerciseAction, ExerciseOption, Instrument, Money, NewOrder, OrderAmount, OrderType,
        Quantity, Side,
    },
};
use rust_decimal::Decimal;

use super::{
    figures::double,
    place::refused,
    record::Record,
    status::Status,
    tell::Bundle,
    terms::{self, Refused},
    written::{self, Moment},
};
use crate::{
    exchange::{Exchange, Instructions},
    tws::{
        gateway::turn::Turn,
        message::{Contract, ExerciseOptionsRequest, OpenOrder, Order, OrderState, Reply},
    },
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn exercise_options(&mut self, request: &ExerciseOptionsRequest) {
        let id = request.order_id.unwrap_or_default();
        self.command((id, true), |turn| {
            if !turn.is_read_only(id)
                && let Err(refused) = turn.exercise(id, request)
            {
                turn.refuse_order(id, refused.code, refused.text);
            }
            Vec::new()
        });
    }

    fn exercise(&mut self, id: i32, request: &ExerciseOptionsRequest) -> Result<(), Refused> {
        let client = self.client_id();
        if id <= self.state.orders.highest(client) {
            return Err(Refused::new(103, "Duplicate order id"));
        }
        self.burn(id);
        let contract = request.contract.clone().unwrap_or_default();
        let instrument = self.instrument(&contract)?;
        let wire = Order {
            account: request.account.clone(),
            ..Order::default()
        };
        let account = self.account_of(&wire)?;
        let action = match request.exercise_action {
            Some(1) => ExerciseAction::Exercise,
            Some(2) => ExerciseAction::Lapse,
            _ => return Err(Refused::invalid("Invalid exercise action")),
        };
        let quantity = Decimal::from(request.exercise_quantity.unwrap_or_default());
        let quantity =
            Quantity::new(quantity).map_err(|_| Refused::invalid("Invalid exercise quantity"))?;
        let (perm_id, name) = self
            .state
            .orders
            .next_perm(&account, self.exchange)
            .ok_or_else(|| Refused::invalid("Invalid order id"))?;
        let exercise = ExerciseOption {
            client_order_id: name,
            account,
            instrument,
            quantity,
            action,
        };
        let overrides = request.override_action == Some(true);
        // An option in the money is exercised when it expires, unless that is overridden.
        if let Instrument::Option(option) = &exercise.instrument
            && exercise.action == ExerciseAction::Lapse
            && !overrides
            && self.exchange.is_in_the_money(option)
        {
            let text = format!("{} is in the money", exercise.instrument);
            return Err(Refused::new(322, text));
        }
        let done = if overrides {
            self.exchange.exercise_anyway(&exercise)
        } else {
            self.exchange.exercise(&exercise)
        };
        done.map_err(|refusal| refused(&refusal))?;
        self.tell_exercise(id, perm_id, &exercise, wire);
        Ok(())
    }

    /// Says that an exercise has been taken, and that it has been carried out; one that lapses is
    /// pending until its option expires.
    fn tell_exercise(&mut self, id: i32, perm_id: i64, exercise: &ExerciseOption, wire: Order) {
        if self.state.orders.silent {
            return;
        }
        let terms = NewOrder::new(
            exercise.client_order_id.clone(),
            exercise.account.clone(),
            exercise.instrument.clone(),
            Side::Sell,
            OrderAmount::Quantity(exercise.quantity),
            OrderType::Market,
        );
        let wire = Order {
            action: Some("SELL".into()),
            order_type: Some("MKT".into()),
            ..wire
        };
        let contract = self
            .state
            .contracts
            .write(self.exchange, &exercise.instrument);
        let record = self.passing(id, perm_id, terms, contract, wire);
        let total = exercise.quantity.get();
        let mut moment = Moment {
            status: Status::PreSubmitted,
            filled: Decimal::ZERO,
            total,
            average: None,
            last: None,
            why_held: "",
        };
        self.tell_passing(&record, &moment);
        if exercise.action == ExerciseAction::Exercise {
            moment.status = Status::Filled;
            moment.filled = total;
            self.tell_passing(&record, &moment);
        }
    }

    fn tell_passing(&mut self, record: &Record, moment: &Moment) {
        let mut replies = vec![Reply::OpenOrder(written::open_order(record, moment, None))];
        let status = written::status(record, moment, 0);
        replies.extend(self.state.statuses(status));
        let mut bundle = Bundle::default();
        for connection in self.state.audience(record) {
            let to_it = replies.iter().map(|reply| (connection, reply.clone()));
            bundle.0.extend(to_it);
        }
        self.state.tell(bundle, self.exchange);
    }

    /// A record of something that is told like an order and is none of the exchange.
    fn passing(
        &self,
        order_id: i32,
        perm_id: i64,
        terms: NewOrder,
        contract: Contract,
        wire: Order,
    ) -> Record {
        Record {
            perm_id,
            client_id: self.client_id(),
            order_id,
            // It never waits to be transmitted.
            key: Some(0),
            manual: false,
            terms: Arc::new(terms),
            instructions: Instructions::default(),
            contract,
            wire,
            parent: None,
            group: None,
            muted: None,
            told: None,
            dropped_at: None,
            late_acknowledgement: false,
        }
    }

    /// Answers what an order would cost with a single open order; the order does not exist
    /// afterwards and its id is not used up.
    pub(super) fn what_if(&mut self, id: i32, contract: &Contract, wire: &Order) {
        if self.is_read_only(id) {
            return;
        }
        match self.preview(id, contract, wire) {
            Ok(answer) => self.reply(&Reply::OpenOrder(answer)),
            Err(refused) => self.error(id, refused.code, refused.text),
        }
    }

    fn preview(
        &mut self,
        id: i32,
        contract: &Contract,
        wire: &Order,
    ) -> Result<OpenOrder, Refused> {
        let instrument = self.instrument(contract)?;
        let account = self.account_of(wire)?;
        let (perm_id, name) = self
            .state
            .orders
            .next_perm(&account, self.exchange)
            .ok_or_else(|| Refused::invalid("Invalid order id"))?;
        let (order, _) = terms::read(wire, &account, &instrument, name)?;
        let instructions = self.instructions(wire, &order)?;
        let preview = match self.exchange.preview_held(&order, &instructions) {
            Ok(preview) => preview,
            Err(refusal) if refusal.kind == ErrorKind::Duplicate => {
                return Err(Refused::new(103, "Duplicate order id"));
            }
            Err(refusal) => return Err(refused(&refusal)),
        };
        let contract = self.state.contracts.write(self.exchange, &instrument);
        let record = self.passing(id, perm_id, order, contract, wire.clone());
        let mut written = written::order(&record, None);
        written.perm_id = Some(0);
        written.what_if = Some(true);
        Ok(OpenOrder {
            order_id: Some(id),
            contract: Some(record.contract.clone()),
            order: Some(written),
            order_state: Some(margins(&preview, record.account(), self.exchange)),
        })
    }
}

fn margins(
    preview: &broker_core::model::OrderPreview,
    account: &broker_core::model::AccountId,
    exchange: &Exchange,
) -> OrderState {
    let summary = exchange.summary(account);
    let amount = |money: Option<Money>| money.map(|money| double(money.amount));
    let change =
        |before: Option<Money>, after: Option<Money>| Some(double(after?.amount - before?.amount));
    let equity = summary.as_ref().and_then(|summary| summary.net_liquidation);
    let maintenance = summary.as_ref().and_then(|s| s.maintenance_margin);
    let initial = preview
        .initial_margin_before
        .or_else(|| summary.as_ref().and_then(|s| s.initial_margin));
    let cost = preview.commission.map(|commission| commission.amount);
    let equity_after = equity.map(|equity| {
        let cost = cost.unwrap_or_default();
        Money::new(equity.amount - cost, equity.currency)
    });
    OrderState {
        status: Some("PreSubmitted".into()),
        init_margin_before: amount(initial),
        init_margin_change: change(initial, preview.initial_margin_after),
        init_margin_after: amount(preview.initial_margin_after),
        maint_margin_before: amount(maintenance),
        maint_margin_change: change(maintenance, preview.maintenance_margin_after),
        maint_margin_after: amount(preview.maintenance_margin_after),
        equity_with_loan_before: amount(equity),
        equity_with_loan_change: change(equity, equity_after),
        equity_with_loan_after: amount(equity_after),
        commission_and_fees: amount(preview.commission),
        min_commission_and_fees: amount(preview.commission),
        max_commission_and_fees: amount(preview.commission),
        commission_and_fees_currency: preview.commission.map(|c| c.currency.to_string()),
        margin_currency: summary.map(|summary| summary.base_currency.to_string()),
        ..OrderState::default()
    }
}
