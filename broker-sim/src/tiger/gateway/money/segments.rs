use broker_core::model::{AccountId, Currency};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::ledger::{Progress, Transfer};
use crate::{
    exchange::Exchange,
    tiger::gateway::{
        Answer, Complaint,
        number::number,
        parameters::{Parameters, missing, wrong},
        state::{Due, State},
        turn::Turn,
    },
};

/// The segments between which money is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment {
    Securities,
    Futures,
}

impl Segment {
    fn read(asked: Parameters<'_>, name: &str) -> Result<Self, Complaint> {
        match asked.required_text(name)? {
            "SEC" | "S" => Ok(Self::Securities),
            "FUT" | "C" => Ok(Self::Futures),
            other => Err(Complaint::business(format!(
                "{name} '{other}' is not supported"
            ))),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Securities => "SEC",
            Self::Futures => "FUT",
        }
    }
}

impl Turn<'_> {
    /// What could be transferred out of a segment.
    pub(in crate::tiger::gateway) fn segment_fund_available(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        self.refuse_global(&account, "segment_fund_available")?;
        let from = Segment::read(asked, "from_segment")?;
        let currency = currency(asked)?;
        let amount = self.available(&account, from, currency);
        Ok(json!([{
            "fromSegment": from.word(),
            "currency": currency.to_string(),
            "amount": number(amount),
        }]))
    }

    /// Settled cash that nothing is reserved from.
    fn available(&self, account: &AccountId, from: Segment, currency: Currency) -> Decimal {
        let away = self.state.money.in_futures(account, currency);
        if from == Segment::Futures {
            return away;
        }
        let Some(summary) = self.exchange.summary(account) else {
            return Decimal::ZERO;
        };
        let lines = summary.balances.iter();
        let Some(line) = lines.clone().find(|line| line.currency == currency) else {
            return Decimal::ZERO;
        };
        let settled = line.settled_cash.unwrap_or(line.cash).min(line.cash);
        // What positions need stays where it is.
        let free = summary
            .excess_liquidity
            .zip(line.exchange_rate.filter(|rate| !rate.is_zero()))
            .map_or(settled, |(excess, rate)| {
                (excess.amount / rate).round_dp(currency.minor_digits())
            });
        (settled.min(free) - away).max(Decimal::ZERO)
    }

    pub(in crate::tiger::gateway) fn transfer_segment_fund(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        self.refuse_global(&account, "transfer_segment_fund")?;
        let from = Segment::read(asked, "from_segment")?;
        let to = Segment::read(asked, "to_segment")?;
        if from == to {
            return Err(Complaint::business(
                "from_segment and to_segment are the same",
            ));
        }
        let currency = currency(asked)?;
        let amount = asked.decimal("amount")?.ok_or_else(|| missing("amount"))?;
        if amount <= Decimal::ZERO {
            return Err(wrong("amount", "above zero"));
        }
        let available = self.available(&account, from, currency);
        if amount > available {
            return Err(crate::tiger::gateway::orders::bad_request(
                &account,
                format!("only {available} {currency} can be transferred"),
            ));
        }
        let now = self.now();
        let id = self.state.money.next_id();
        let transfer = Transfer {
            id,
            account,
            to_futures: to == Segment::Futures,
            currency,
            amount,
            status: Progress::New,
            created_at: now,
            updated_at: now,
        };
        let written = write(&transfer);
        self.state.money.transfers.insert(id, transfer);
        let delay = self.state.habits.desk_delay();
        if delay.is_zero() {
            self.state.settle_transfer(id, self.exchange);
        } else {
            self.state.timers.add(now + delay, Due::Transfer(id));
        }
        Ok(written)
    }

    /// Cancels a transfer that is not settled yet.
    pub(in crate::tiger::gateway) fn cancel_segment_fund(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        let id = asked.integer("id")?.ok_or_else(|| missing("id"))?;
        let now = self.now();
        let transfer = self.state.money.transfers.get_mut(&id);
        let Some(transfer) = transfer.filter(|transfer| transfer.account == account) else {
            let text = format!("there is no transfer {id}");
            return Err(crate::tiger::gateway::orders::bad_request(&account, text));
        };
        if transfer.status != Progress::New {
            let text = format!("the transfer is {}", transfer.status.word());
            return Err(crate::tiger::gateway::orders::bad_request(&account, text));
        }
        transfer.status = Progress::Canceled;
        transfer.updated_at = now;
        Ok(write(transfer))
    }

    pub(in crate::tiger::gateway) fn segment_fund_history(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        let most = asked.integer("limit")?.unwrap_or(100);
        let most = usize::try_from(most)
            .ok()
            .filter(|most| (1..=500).contains(most));
        let most = most.ok_or_else(|| wrong("limit", "between 1 and 500"))?;
        let transfers = self.state.money.transfers.values().rev();
        let rows: Vec<Value> = transfers
            .filter(|transfer| transfer.account == account)
            .take(most)
            .map(write)
            .collect();
        Ok(rows.into())
    }
}

impl State {
    /// Settles a transfer that was not canceled.
    pub(in crate::tiger::gateway) fn settle_transfer(&mut self, id: i64, exchange: &Exchange) {
        let Some(transfer) = self.money.transfers.get_mut(&id) else {
            return;
        };
        if transfer.status != Progress::New {
            return;
        }
        transfer.status = Progress::Succeeded;
        transfer.updated_at = exchange.now();
        let (account, currency) = (transfer.account.clone(), transfer.currency);
        let by = if transfer.to_futures {
            transfer.amount
        } else {
            -transfer.amount
        };
        self.money.move_to_futures(&account, currency, by);
    }
}

fn currency(asked: Parameters<'_>) -> Result<Currency, Complaint> {
    let word = asked.required_text("currency")?;
    word.parse()
        .map_err(|_| Complaint::business(format!("currency '{word}' is not supported")))
}

fn write(transfer: &Transfer) -> Value {
    let (from, to) = if transfer.to_futures {
        (Segment::Securities, Segment::Futures)
    } else {
        (Segment::Futures, Segment::Securities)
    };
    let mut written = json!({
        "id": transfer.id,
        "fromSegment": from.word(),
        "toSegment": to.word(),
        "currency": transfer.currency.to_string(),
        "amount": number(transfer.amount),
        "status": transfer.status.word(),
        "statusDesc": transfer.status.description(),
        "message": "",
        "createdAt": transfer.created_at.timestamp_millis(),
        "updatedAt": transfer.updated_at.timestamp_millis(),
    });
    if transfer.status == Progress::Succeeded
        && let Value::Object(members) = &mut written
    {
        let at = transfer.updated_at.timestamp_millis();
        members.insert("settledAt".to_owned(), at.into());
    }
    written
}
