//! Taking a new order: what TWS refuses before anything reaches the exchange.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{AccountId, Currency, Instrument, NewOrder, OrderAmount, Quantity, Side},
};

use super::{
    figures::{quantity, written},
    record::Record,
    terms::{self, Refused},
};
use crate::{
    exchange::{AlternativeRule, Instructions, Refusal},
    tws::{
        gateway::{contracts::Unclear, turn::Turn},
        message::{Contract, Order, PlaceOrderRequest},
    },
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn place_order(&mut self, request: PlaceOrderRequest) {
        let id = request.order_id.unwrap_or_default();
        let wire = request.order.unwrap_or_default();
        let contract = request.contract.unwrap_or_default();
        if wire.what_if == Some(true) {
            return self.what_if(id, &contract, &wire);
        }
        let attached = request.attached_orders.is_some();
        self.command((id, true), |turn| {
            if turn.is_read_only(id) {
                return Vec::new();
            }
            if attached {
                turn.burn(id);
                let refused = Refused::invalid("Attached preset orders are not available");
                turn.refuse_order(id, refused.code, refused.text);
                return Vec::new();
            }
            turn.take_or_change(id, &contract, wire)
        });
    }

    fn take_or_change(&mut self, id: i32, contract: &Contract, wire: Order) -> Vec<i64> {
        let client = self.client_id();
        if let Some(perm) = self.state.orders.of_client(client, id) {
            self.change(perm, contract, wire);
            return vec![perm];
        }
        if id <= 0 {
            let refused = Refused::invalid("Invalid order id");
            self.refuse_order(id, refused.code, refused.text);
            return Vec::new();
        }
        if id <= self.state.orders.highest(client) {
            self.refuse_order(id, 103, "Duplicate order id");
            return Vec::new();
        }
        // Whatever becomes of the order, its id is used up.
        self.burn(id);
        match self.take(id, contract, wire) {
            Ok(perms) => perms,
            Err(refused) => {
                self.refuse_order(id, refused.code, refused.text);
                Vec::new()
            }
        }
    }

    /// Takes a new order in; it is transmitted now, or held until one of its family is.
    fn take(&mut self, id: i32, contract: &Contract, wire: Order) -> Result<Vec<i64>, Refused> {
        let client_id = self.client_id();
        let instrument = self.instrument(contract)?;
        let account = self.account_of(&wire)?;
        let parent = self.parent_of(&wire)?;
        let (perm_id, name) = self
            .state
            .orders
            .next_perm(&account, self.exchange)
            .ok_or_else(|| Refused::invalid("Invalid order id"))?;
        let (terms, ignored) = terms::read(&wire, &account, &instrument, name)?;
        let instructions = self.instructions(&wire, &terms)?;
        self.check_count(&account, &instrument, terms.side)?;
        let parent_is_held = parent
            .and_then(|perm| self.state.orders.records.get(&perm))
            .is_some_and(Record::is_held);
        // What is wrong with the last order of a family must not set the others free.
        if wire.transmit != Some(true) || parent_is_held {
            self.check_held(&terms, &instructions)?;
        }
        let mut written = self.state.contracts.write(self.exchange, &instrument);
        if let Some(exchange) = contract.exchange.clone().filter(|name| !name.is_empty()) {
            written.exchange = Some(exchange);
        }
        let transmit = wire.transmit == Some(true);
        let late = self.state.orders.fills_first || self.state.habits.fill_before_open_order;
        let record = Record {
            perm_id,
            client_id,
            order_id: id,
            key: None,
            manual: false,
            terms: Arc::new(terms),
            instructions,
            contract: written,
            group: group_of(&wire)?,
            wire,
            parent,
            muted: None,
            told: None,
            dropped_at: None,
            late_acknowledgement: late,
        };
        self.state.orders.insert(record);
        let perms = if transmit {
            self.transmit_family(perm_id)
        } else {
            vec![perm_id]
        };
        if ignored {
            let text = "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination. PlaceOrder is now being processed.";
            self.notice_after(id, 2109, text);
        }
        self.warn_about_sweep(perm_id);
        self.warn_about_session(&perms);
        if perms.contains(&perm_id) {
            self.warn_by_habit(id);
        }
        Ok(perms)
    }

    /// Orders that wait for their session, and until when.
    pub(super) fn warn_about_session(&mut self, perms: &[i64]) {
        for perm in perms {
            let Some(record) = self.state.orders.records.get(perm) else {
                continue;
            };
            let Some(from) = record.key.and_then(|key| self.exchange.works_from(key)) else {
                continue;
            };
            let side = if record.terms.side.is_sell() {
                "SELL"
            } else {
                "BUY"
            };
            let amount = match record.terms.amount {
                OrderAmount::Cash(cash) => cash.amount.normalize().to_string(),
                _ => quantity(
                    record
                        .terms
                        .quantity()
                        .map(Quantity::get)
                        .unwrap_or_default(),
                ),
            };
            let symbol = record.contract.local_symbol.as_ref();
            let symbol = symbol.or(record.contract.symbol.as_ref());
            let text = format!(
                "Order Message:\n{side} {amount} {}\nWarning: Your order will not be placed at the exchange until {}",
                symbol.map_or("", |symbol| symbol),
                written(from)
            );
            let id = record.order_id;
            self.notice_after(id, 399, text);
        }
    }

    /// Every order in the one book here sweeps it; where TWS's smart router does not go, it says so.
    fn warn_about_sweep(&mut self, perm: i64) {
        let Some(record) = self.state.orders.records.get(&perm) else {
            return;
        };
        let smart = matches!(&record.terms.instrument, Instrument::Equity(share)
            if share.currency == Currency::USD)
            && record.contract.exchange.as_deref() == Some("SMART");
        if record.wire.sweep_to_fill == Some(true) && !smart {
            let id = record.order_id;
            let text = "The sweep-to-fill flag and display size are only valid for US stocks routed through SMART, and will be ignored.";
            self.notice_after(id, 131, text);
        }
    }

    /// Warnings that this TWS gives with every order.
    fn warn_by_habit(&mut self, id: i32) {
        for code in self.state.habits.order_warnings.clone() {
            let text = match code {
                399 => {
                    "Order Message:\nWarning: Your order will not be placed at the exchange until the market opens"
                }
                404 => {
                    "Shares for this order are not immediately available for short sale. The order will be held while we attempt to locate the shares."
                }
                10349 => "Order TIF was set to DAY based on order preset.",
                _ => "Order message",
            };
            self.notice_after(id, code, text);
        }
    }

    pub(super) fn instrument(&mut self, contract: &Contract) -> Result<Instrument, Refused> {
        let found = self.state.contracts.find_one(self.exchange, contract);
        found.map_err(|unclear| match unclear {
            Unclear::Unknown => {
                Refused::new(200, "No security definition has been found for the request")
            }
            Unclear::Ambiguous(_) => Refused::new(
                200,
                format!(
                    "The contract description specified for {} is ambiguous.",
                    contract.symbol.as_deref().unwrap_or_default()
                ),
            ),
        })
    }

    /// The account that an order is for; with one account it need not be named.
    pub(super) fn account_of(&self, wire: &Order) -> Result<AccountId, Refused> {
        let named = wire.account.as_deref().filter(|name| !name.is_empty());
        match (named, self.state.accounts.as_slice()) {
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(Refused::new(435, "You must specify an account.")),
            (Some(name), accounts) => accounts
                .iter()
                .find(|account| account.as_str() == name)
                .cloned()
                .ok_or_else(|| Refused::invalid(format!("Invalid account code '{name}'"))),
        }
    }

    /// The order that a new one waits for.
    fn parent_of(&self, wire: &Order) -> Result<Option<i64>, Refused> {
        let Some(id) = wire.parent_id.filter(|id| *id != 0 && *id != i32::MAX) else {
            return Ok(None);
        };
        let parent = self.state.orders.of_client(self.client_id(), id);
        let alive = parent.filter(|perm| {
            let record = self.state.orders.records.get(perm);
            record.is_some_and(|record| record.is_open(self.exchange))
        });
        match alive {
            Some(perm) => Ok(Some(perm)),
            None => Err(Refused::new(10006, "Missing parent order.")),
        }
    }

    /// Refuses more open orders for one contract, side and account than there may be.
    fn check_count(
        &self,
        account: &AccountId,
        instrument: &Instrument,
        side: Side,
    ) -> Result<(), Refused> {
        let limit = self.state.habits.orders_per_contract;
        if limit == usize::MAX {
            return Ok(());
        }
        let open = self.state.orders.open().filter(|record| {
            record.terms.instrument == *instrument
                && record.account() == account
                && record.terms.side.is_sell() == side.is_sell()
                && record.is_open(self.exchange)
        });
        if open.count() < limit {
            return Ok(());
        }
        Err(rejected(&format!(
            "there are {limit} working orders for this contract, side and account already"
        )))
    }

    /// What can be refused about an order that is not transmitted yet: not its money, not the hour.
    pub(super) fn check_held(
        &mut self,
        terms: &NewOrder,
        instructions: &Instructions,
    ) -> Result<(), Refused> {
        match self.exchange.preview_held(terms, instructions) {
            Err(refusal)
                if !matches!(
                    refusal.kind,
                    ErrorKind::InsufficientFunds | ErrorKind::MarketClosed
                ) =>
            {
                Err(refused(&refusal))
            }
            _ => Ok(()),
        }
    }
}

/// The group of orders of which one cancels the others, and how.
fn group_of(wire: &Order) -> Result<Option<(String, AlternativeRule)>, Refused> {
    let Some(name) = wire.oca_group.clone().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let rule = match wire.oca_type {
        Some(1) => AlternativeRule::Cancel,
        // Without a type TWS reduces; it holds one order back with a block, which an exchange that
        // fills one order at a time need not.
        Some(0 | 2 | 3) | None => AlternativeRule::Reduce,
        Some(other) => return Err(Refused::invalid(format!("Invalid OCA type: {other}"))),
    };
    Ok(Some((name, rule)))
}

fn rejected(reason: &str) -> Refused {
    Refused::new(201, format!("Order rejected - reason:{reason}"))
}

/// What the exchange refuses, by TWS's code for it.
pub(super) fn refused(refusal: &Refusal) -> Refused {
    if refusal.field == Some("hidden") {
        let text = "The 'hidden' order attribute may not be specified for this order.";
        return Refused::new(152, text);
    }
    match refusal.code.parse() {
        Ok(201) => rejected(&refusal.text),
        Ok(code) => Refused::new(code, refusal.text.clone()),
        // The exchange's own codes are about accounts that it does not have.
        Err(_) => Refused::invalid(&refusal.text),
    }
}
