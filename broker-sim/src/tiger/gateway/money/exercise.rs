//! Exercising options, now or on a later date, and letting them lapse.

use broker_core::model::{
    AccountId, ClientOrderId, ExerciseAction, ExerciseOption, Instrument, ListedOption, Quantity,
    Right,
};
use chrono::{NaiveDate, NaiveTime, TimeZone as _};
use chrono_tz::US::Eastern;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::ledger::{Exercise, Progress};
use crate::{
    exchange::Exchange,
    tiger::gateway::{
        Answer, Complaint,
        contracts::names,
        dispatch::DONE,
        number::number,
        orders::bad_request,
        parameters::{Parameters, missing, wrong},
        state::{Due, State},
        turn::Turn,
    },
};

/// What a request asks about an option.
#[derive(Debug)]
struct Wish {
    account: AccountId,
    option: ListedOption,
    instrument: Instrument,
    kind: &'static str,
    quantity: Decimal,
    date: NaiveDate,
}

fn kind(word: &str) -> Result<&'static str, Complaint> {
    match word {
        "Exercise" => Ok("Exercise"),
        "Expire" => Ok("Expire"),
        other => Err(Complaint::business(format!(
            "type '{other}' is not supported"
        ))),
    }
}

impl Turn<'_> {
    fn wish(&mut self, asked: Parameters<'_>) -> Result<Wish, Complaint> {
        let account = self.account(asked)?;
        let id = asked.integer("contract_id")?;
        let id = id.ok_or_else(|| missing("contract_id"))?;
        let found = self.state.contracts.find(self.exchange, id);
        let Some(Instrument::Option(option)) = found else {
            let text = format!("contract {id} is not an option");
            return Err(bad_request(&account, text));
        };
        let kind = kind(asked.required_text("type")?)?;
        let quantity = asked.decimal("quantity")?;
        let quantity = quantity.ok_or_else(|| missing("quantity"))?;
        if quantity <= Decimal::ZERO || !quantity.fract().is_zero() {
            return Err(wrong("quantity", "a whole number above zero"));
        }
        let today = self.today();
        let date = match asked.text("executing_date")? {
            None => today,
            Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| wrong("executing_date", "a date as yyyy-MM-dd"))?,
        };
        if date < today || date > option.symbol.expiry() {
            let text = "executing_date is not between today and the expiry";
            return Err(bad_request(&account, text));
        }
        Ok(Wish {
            account,
            instrument: Instrument::Option(option.clone()),
            option,
            kind,
            quantity,
            date,
        })
    }

    fn today(&self) -> NaiveDate {
        self.now().with_timezone(&Eastern).date_naive()
    }

    fn held(&self, account: &AccountId, instrument: &Instrument) -> Decimal {
        let positions = self.exchange.positions(account);
        let held = positions.iter().find(|one| one.instrument == *instrument);
        held.map_or(Decimal::ZERO, |one| one.quantity.get())
    }

    /// Contracts that are held and not promised to another request.
    fn exercisable(&self, wish: &Wish) -> Decimal {
        let promised: Decimal = self
            .state
            .money
            .exercises
            .values()
            .filter(|one| {
                one.status == Progress::New
                    && one.account == wish.account
                    && one.instrument == wish.instrument
            })
            .map(|one| one.quantity)
            .sum();
        let held = self.held(&wish.account, &wish.instrument);
        (held - promised).max(Decimal::ZERO)
    }

    /// What an exercise would do to the shares.
    pub(in crate::tiger::gateway) fn option_exercise_check(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let wish = self.wish(asked)?;
        let details = self.exchange.contract(&wish.instrument);
        let details = details.map_err(|refusal| bad_request(&wish.account, refusal.text))?;
        let shares = details
            .underlying
            .as_ref()
            .map_or(Decimal::ZERO, |share| self.held(&wish.account, share));
        let each = match (wish.kind, wish.option.symbol.right()) {
            ("Expire", _) => Decimal::ZERO,
            (_, Right::Put) => -details.multiplier,
            _ => details.multiplier,
        };
        let change = wish.quantity * each;
        Ok(json!({
            "symbol": wish.option.symbol.root(),
            "position": number(self.held(&wish.account, &wish.instrument)),
            "availableQuantity": number(self.exercisable(&wish)),
            "stkPosition": number(shares),
            "stkPositionBefore": number(shares),
            "stkPositionChange": number(change),
            "stkPositionAfter": number(shares + change),
        }))
    }

    pub(in crate::tiger::gateway) fn option_exercise_submit(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let wish = self.wish(asked)?;
        let available = self.exercisable(&wish);
        if wish.quantity > available {
            let text = format!("only {available} contracts can be exercised");
            return Err(bad_request(&wish.account, text));
        }
        let now = self.now();
        let id = self.state.money.next_id();
        let at_once = wish.date == self.today();
        let account = wish.account.clone();
        let exercise = Exercise {
            id,
            account: wish.account,
            instrument: wish.instrument,
            quantity: wish.quantity,
            kind: wish.kind,
            date: wish.date,
            status: Progress::New,
            message: String::new(),
            created_at: now,
            updated_at: now,
        };
        let date = exercise.date;
        self.state.money.exercises.insert(id, exercise);
        if !at_once {
            // Before the options of that day stop trading.
            let time = NaiveTime::from_hms_opt(15, 30, 0).unwrap_or(NaiveTime::MIN);
            let at = Eastern.from_local_datetime(&date.and_time(time)).earliest();
            let at = at.map_or(now, |at| at.to_utc());
            self.state.timers.add(at, Due::Exercise(id));
            return Ok(DONE);
        }
        self.state.carry_out_exercise(id, self.exchange);
        let done = self.state.money.exercises.get(&id);
        if let Some(failed) = done.filter(|one| one.status == Progress::Failed) {
            let text = failed.message.clone();
            self.state.money.exercises.remove(&id);
            return Err(bad_request(&account, text));
        }
        Ok(DONE)
    }

    pub(in crate::tiger::gateway) fn option_exercise_cancel(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        let id = asked.integer("id")?.ok_or_else(|| missing("id"))?;
        let now = self.now();
        let exercise = self.state.money.exercises.get_mut(&id);
        let Some(exercise) = exercise.filter(|one| one.account == account) else {
            return Err(bad_request(&account, format!("there is no request {id}")));
        };
        if exercise.status != Progress::New {
            let text = format!("the request is {}", exercise.status.word());
            return Err(bad_request(&account, text));
        }
        exercise.status = Progress::Canceled;
        exercise.updated_at = now;
        Ok(DONE)
    }

    /// The requests of an account, newest first.
    pub(in crate::tiger::gateway) fn option_exercise_record(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        let kind = asked.text("type")?.map(kind).transpose()?;
        let (status, symbol) = (asked.text("status")?, asked.text("symbol")?);
        let rows: Vec<Exercise> = self
            .state
            .money
            .exercises
            .values()
            .rev()
            .filter(|one| {
                one.account == account
                    && kind.is_none_or(|wanted| wanted == one.kind)
                    && status.is_none_or(|wanted| wanted == one.status.word())
                    && symbol.is_none_or(|wanted| wanted == names::symbol(&one.instrument))
            })
            .cloned()
            .collect();
        let rows = rows.iter().map(|one| {
            let parts = names::parts(&one.instrument);
            json!({
                "id": one.id,
                "accountId": one.account.as_str(),
                "contractId": self.state.contracts.id(&one.instrument),
                "symbol": names::symbol(&one.instrument),
                "expiry": parts.expiry,
                "strike": parts.strike,
                "right": parts.right,
                "type": one.kind,
                "requestQuantity": number(one.quantity),
                "executingDate": one.date.to_string(),
                "status": one.status.word(),
                "message": one.message,
                "createdAt": one.created_at.timestamp_millis(),
                "updatedAt": one.updated_at.timestamp_millis(),
            })
        });
        page(asked, rows.collect())
    }

    /// The options that an account could exercise.
    pub(in crate::tiger::gateway) fn option_exercise_position(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        asked.text("type")?.map(kind).transpose()?;
        let mut rows = Vec::new();
        for position in self.exchange.positions(&account) {
            let Instrument::Option(option) = &position.instrument else {
                continue;
            };
            if position.quantity.get() <= Decimal::ZERO {
                continue;
            }
            let parts = names::parts(&position.instrument);
            rows.push(json!({
                "accountId": account.as_str(),
                "contractId": self.state.contracts.id(&position.instrument),
                "symbol": option.symbol.root(),
                "expiry": parts.expiry,
                "strike": parts.strike,
                "right": parts.right,
                "position": number(position.quantity.get()),
            }));
        }
        page(asked, rows)
    }
}

fn page(asked: Parameters<'_>, rows: Vec<Value>) -> Answer {
    let whole = |name: &str, usual: i64| {
        let value = asked.integer(name)?.unwrap_or(usual);
        let value = usize::try_from(value).ok().filter(|value| *value > 0);
        value.ok_or_else(|| wrong(name, "above zero"))
    };
    let (number, size) = (whole("page", 1)?, whole("size", 20)?);
    let count = rows.len();
    let first = (number - 1).saturating_mul(size);
    let items: Vec<Value> = rows.into_iter().skip(first).take(size).collect();
    Ok(json!({
        "items": items,
        "pageNum": number,
        "pageSize": size,
        "itemCount": count,
        "pageCount": count.div_ceil(size),
    }))
}

impl State {
    /// Exercises an option, or lets it lapse, unless the request was canceled.
    pub(in crate::tiger::gateway) fn carry_out_exercise(
        &mut self,
        id: i64,
        exchange: &mut Exchange,
    ) {
        let Some(request) = self.money.exercises.get_mut(&id) else {
            return;
        };
        if request.status != Progress::New {
            return;
        }
        let made = Quantity::new(request.quantity)
            .ok()
            .zip(ClientOrderId::new(format!("TIGER-EX-{id}")).ok());
        let Some((quantity, client_order_id)) = made else {
            return;
        };
        let done = exchange.exercise(&ExerciseOption {
            client_order_id,
            account: request.account.clone(),
            instrument: request.instrument.clone(),
            quantity,
            action: if request.kind == "Expire" {
                ExerciseAction::Lapse
            } else {
                ExerciseAction::Exercise
            },
        });
        request.updated_at = exchange.now();
        match done {
            Ok(()) => request.status = Progress::Succeeded,
            Err(refusal) => {
                request.status = Progress::Failed;
                request.message = refusal.text;
            }
        }
    }
}
