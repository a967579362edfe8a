use super::{Capabilities, OrderForm, Support, Why};
use crate::{
    Error,
    error::Result,
    model::{
        AssetClass, Instrument, Mic, NewOrder, OrderAmount, OrderList, OrderType, OrderTypeKind,
        ReplaceOrder, Side, TimeInForceKind, TradingSession, TrailingOffset,
    },
};
use rust_decimal::Decimal;

/// An order's form, respect by respect.
#[derive(Clone, Copy)]
struct Form {
    class: AssetClass,
    order_type: OrderTypeKind,
    time_in_force: TimeInForceKind,
    session: TradingSession,
    /// Where the instrument has its home; nowhere for what is traded everywhere.
    exchange: Option<Mic>,
}

/// Where an instrument has its home.
fn home(instrument: &Instrument) -> Option<Mic> {
    match instrument {
        Instrument::Equity(part) => Some(part.primary),
        Instrument::Future(part) => Some(part.exchange),
        Instrument::Index(part) => Some(part.exchange),
        Instrument::Warrant(part) => Some(part.exchange),
        _ => None,
    }
}

impl Form {
    fn of(order: &NewOrder) -> Self {
        Self {
            class: order.instrument.asset_class(),
            order_type: order.order_type.kind(),
            time_in_force: order.time_in_force.kind(),
            session: order.session,
            exchange: home(&order.instrument),
        }
    }

    /// How many leading respects a row accepts; 4 is all.
    fn fit(self, row: &OrderForm) -> u8 {
        if !row.asset_classes.contains(&self.class) {
            0
        } else if !row.order_types.contains(&self.order_type) {
            1
        } else if !row.times_in_force.contains(&self.time_in_force) {
            2
        } else if !row.sessions.contains(&self.session) {
            3
        } else {
            4
        }
    }
}

impl Capabilities {
    /// Whether the broker takes the order's form for this account. Does no I/O.
    ///
    /// `Ok` means that the form is taken; price increments, quantities and money are further checks
    /// that need the instrument and the account.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) naming the field, the reason and the
    /// nearest values that work; [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for
    /// values that no broker takes, such as a trailing distance of zero.
    pub fn check(&self, order: &NewOrder) -> Result<()> {
        check_values(order)?;
        if order.client_order_id.as_str().len() > usize::from(self.max_client_order_id) {
            let max = self.max_client_order_id;
            let message = format!("longer than the {max} characters that the broker keeps");
            return Err(Error::invalid("client_order_id", message));
        }
        self.check_form(Form::of(order))?;
        if let OrderAmount::Cash(_) = order.amount {
            require(
                &self.cash_amount,
                "amount.cash",
                "an order for an amount of money",
            )?;
        }
        if let OrderAmount::Quantity(quantity) = order.amount
            && !quantity.get().fract().is_zero()
            && order.instrument.asset_class() == AssetClass::Equity
        {
            require(
                &self.fractional,
                "amount.quantity",
                "a fractional quantity of shares",
            )?;
        }
        if order.display_quantity.is_some() {
            require(
                &self.display_quantity,
                "display_quantity",
                "a display quantity",
            )?;
        }
        if order.side == Side::SellShort {
            require(&self.short_sale, "side", "a short sale")?;
        }
        let mut namespaces = order.extensions.namespaces();
        if let Some(other) = namespaces.find(|name| !self.extensions.contains(*name)) {
            let message = format!("fields of {other} mean nothing to this broker");
            return Err(Error::unsupported(message).at_field("extensions"));
        }
        Ok(())
    }

    /// The same for a list of orders and each of its members.
    ///
    /// # Errors
    /// As [`check`](Self::check), and `Unsupported` for the kind of list.
    pub fn check_list(&self, list: &OrderList) -> Result<()> {
        let kinds = require(&self.lists, "contingency.type", "a list of orders")?;
        let kind = list.contingency().kind();
        if !kinds.contains(&kind) {
            let nearest = words(kinds.iter());
            let message = format!(
                "{kind} lists are not taken: {}; works: {nearest}",
                Why::Broker
            );
            return Err(Error::unsupported(message).at_field("contingency.type"));
        }
        list.orders().try_for_each(|(order, _)| self.check(order))
    }

    /// The same for a change of a working order.
    ///
    /// # Errors
    /// `Unsupported` for a field that cannot be changed, `InvalidRequest` when nothing changes.
    pub fn check_replace(&self, change: &ReplaceOrder) -> Result<()> {
        let fields = require(&self.replace, "replace", "a change of a working order")?;
        let mut any = false;
        for field in change.fields() {
            any = true;
            if !fields.contains(&field) {
                let message = format!(
                    "{field} cannot be changed: {}; works: {}",
                    Why::Broker,
                    words(fields.iter())
                );
                return Err(Error::unsupported(message).at_field(field.as_str()));
            }
        }
        if any {
            Ok(())
        } else {
            Err(Error::invalid("replace", "changes nothing"))
        }
    }

    /// The forms that may be taken for an instrument of an exchange.
    fn forms(&self, exchange: Option<Mic>) -> impl Iterator<Item = &OrderForm> {
        let local = self.local_orders.iter().filter(move |local| {
            exchange.is_some_and(|exchange| local.exchanges.contains(&exchange))
        });
        self.orders.iter().chain(local.map(|local| &local.form))
    }

    fn check_form(&self, form: Form) -> Result<()> {
        let mut best = 0;
        for row in self.forms(form.exchange) {
            let fit = form.fit(row);
            if fit == 4 {
                return Ok(());
            }
            best = best.max(fit);
        }
        Err(self.explain(form, best))
    }

    /// Only reached when an order is refused, so it may take its time.
    fn explain(&self, form: Form, best: u8) -> Error {
        let all = || self.forms(form.exchange);
        let nearest = all().filter(|row| form.fit(row) == best);
        let (field, value, works) = match best {
            0 => (
                "instrument",
                form.class.as_str(),
                words(all().flat_map(|row| &row.asset_classes)),
            ),
            1 => (
                "order_type",
                form.order_type.as_str(),
                words(nearest.flat_map(|row| &row.order_types)),
            ),
            2 => (
                "time_in_force",
                form.time_in_force.as_str(),
                words(nearest.flat_map(|row| &row.times_in_force)),
            ),
            _ => (
                "session",
                form.session.as_str(),
                words(nearest.flat_map(|row| &row.sessions)),
            ),
        };
        let why = self
            .refusals
            .iter()
            .find(|refusal| {
                refusal.asset_class.is_none_or(|class| class == form.class)
                    && refusal
                        .order_type
                        .is_none_or(|kind| kind == form.order_type)
                    && refusal
                        .time_in_force
                        .is_none_or(|kind| kind == form.time_in_force)
                    && refusal
                        .session
                        .is_none_or(|session| session == form.session)
            })
            .map_or(Why::Broker, |refusal| refusal.why.clone());
        let works = if works.is_empty() {
            "nothing".to_owned()
        } else {
            works
        };
        Error::unsupported(format!("{value} is not taken: {why}; works: {works}")).at_field(field)
    }
}

/// What is supported, or the refusal that says why not.
fn require<'a, T>(support: &'a Support<T>, field: &'static str, what: &str) -> Result<&'a T> {
    match support {
        Support::Native(value) | Support::Emulated(value) => Ok(value),
        Support::No(why) => {
            Err(Error::unsupported(format!("{what} is not taken: {why}")).at_field(field))
        }
    }
}

fn words<T: Ord + ToString>(values: impl Iterator<Item = T>) -> String {
    let set: std::collections::BTreeSet<T> = values.collect();
    set.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Values that are impossible at every broker.
fn check_values(order: &NewOrder) -> Result<()> {
    if let Some(offset) = order.order_type.trailing_offset() {
        let (value, fits, expected) = match offset {
            TrailingOffset::Amount(value) => (value, value > Decimal::ZERO, "above 0"),
            TrailingOffset::Percent(value) => (
                value,
                value > Decimal::ZERO && value < Decimal::ONE_HUNDRED,
                "above 0 and below 100 percent",
            ),
        };
        if !fits {
            let message = format!("a trailing distance of {value} must be {expected}");
            return Err(Error::invalid("order_type.offset", message));
        }
    }
    match &order.order_type {
        OrderType::TrailingStopLimit { limit_offset, .. } if *limit_offset < Decimal::ZERO => {
            let message = format!("a limit distance of {limit_offset} must not be below 0");
            return Err(Error::invalid("order_type.limit_offset", message));
        }
        OrderType::Algo(algo) => {
            if let Some(share) = algo.participation
                && (share <= Decimal::ZERO || share > Decimal::ONE)
            {
                let message = format!("a participation of {share} must be above 0 and at most 1");
                return Err(Error::invalid("order_type.participation", message));
            }
            if let (Some(start), Some(end)) = (algo.start, algo.end)
                && start >= end
            {
                return Err(Error::invalid("order_type.end", "must be after the start"));
            }
        }
        _ => {}
    }
    if let OrderAmount::Cash(cash) = order.amount
        && (cash.amount <= Decimal::ZERO || cash.amount > crate::model::MAX_MAGNITUDE)
    {
        let message = format!("{} must be above 0 and at most 10^12", cash.amount);
        return Err(Error::invalid("amount.cash", message));
    }
    if let (Some(shown), Some(all)) = (order.display_quantity, order.quantity())
        && shown > all
    {
        let message = format!("showing {shown} of {all} is more than all of it");
        return Err(Error::invalid("display_quantity", message));
    }
    Ok(())
}
