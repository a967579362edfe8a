use broker_core::{
    Broker, Decimal,
    model::{
        AccountId, ClientOrderId, Contingency, Environment, ListId, NewOrder, OrderAmount,
        OrderExtension, OrderList, OrderType, Price, TimeInForce, TrailingOffset,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Call, Fault, FaultCode,
    policy::{Facts, KeyLimits, STOP_LOSS, TAKE_PROFIT},
    service::{NamedAccount, agree::digest_of},
    value::{OrderDraft, OrderTypeWord, SessionWord, SideWord, TimeInForceWord},
};

/// An order with its exits, as it would be sent; its name is not part of what it is.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) order: NewOrder,
    take_profit: Option<Price>,
    stop_loss: Option<Price>,
}

/// A command on its way to a broker.
#[derive(Debug, Clone)]
pub(super) enum Outgoing {
    One(Box<NewOrder>),
    List(Box<OrderList>),
}

/// The fields of Interactive Brokers that an order can have here.
#[derive(Debug, Serialize, Deserialize)]
struct OfInteractiveBrokers {
    held: bool,
}

impl OrderExtension for OfInteractiveBrokers {
    const NAMESPACE: &'static str = "ibkr";
}

/// Why an order is not left at a broker without being sent.
fn not_held(why: &str) -> Fault {
    let what = "use preview_order, or dry_run, and place it when it shall work";
    Fault::new(
        FaultCode::Unsupported,
        format!("order.transmit: {why}; {what}"),
    )
}

/// A name that stands where none has been given yet.
pub(super) fn unnamed() -> ClientOrderId {
    ClientOrderId::generate()
}

impl Outgoing {
    /// Every name that the broker will know of it.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::One(order) => vec![order.client_order_id.to_string()],
            Self::List(list) => list
                .orders()
                .map(|(order, _)| order.client_order_id.to_string())
                .collect(),
        }
    }
}

impl Plan {
    pub(super) fn of(draft: &OrderDraft, account: &AccountId) -> Result<Self, Fault> {
        let exits = draft.take_profit.is_some() || draft.stop_loss.is_some();
        if !draft.transmit && exits {
            return Err(not_held("an order with exits is sent whole or not at all"));
        }
        if exits && !matches!(draft.amount, OrderAmount::Quantity(_)) {
            let what = "an order with exits is for a quantity, not for an amount of money";
            return Err(Fault::invalid("order.notional", what));
        }
        let mut order = draft.order(unnamed(), account.clone());
        if !draft.transmit {
            let fields = OfInteractiveBrokers { held: true };
            let set = order.extensions.set(&fields);
            set.map_err(|error| Fault::invalid("order.transmit", error))?;
        }
        let plan = Self {
            order,
            take_profit: draft.take_profit,
            stop_loss: draft.stop_loss,
        };
        plan.exits_make_sense()?;
        Ok(plan)
    }

    /// Whether it is left at the broker without being sent to the market.
    pub(super) fn is_held(&self) -> bool {
        !self.order.extensions.is_empty()
    }

    /// Whether the broker would keep it without sending it, if it is not to be sent.
    pub(super) async fn can_be_held(&self, broker: &dyn Broker) -> Result<(), Fault> {
        if !self.is_held() {
            return Ok(());
        }
        let capabilities = broker.capabilities(&self.order.account).await?;
        let known = capabilities
            .extensions
            .contains(OfInteractiveBrokers::NAMESPACE);
        let why = "only Interactive Brokers keeps orders without sending them to the market";
        known.then_some(()).ok_or_else(|| not_held(why))
    }

    /// Whether a fill brings orders to life that trade the other way.
    pub(super) const fn has_exits(&self) -> bool {
        self.take_profit.is_some() || self.stop_loss.is_some()
    }

    /// The names of the exits, with profit and with loss, of an order of this name.
    pub(super) fn exits(
        &self,
        entry: &ClientOrderId,
    ) -> (Option<ClientOrderId>, Option<ClientOrderId>) {
        let name = |price: Option<Price>, suffix| price.and_then(|_| entry.derive(suffix).ok());
        (
            name(self.take_profit, TAKE_PROFIT),
            name(self.stop_loss, STOP_LOSS),
        )
    }

    /// Every name that a broker will know of an order of this name.
    pub(super) fn names(&self, entry: &ClientOrderId) -> Vec<String> {
        let (profit, loss) = self.exits(entry);
        let exits = [profit, loss].into_iter().flatten();
        let all = core::iter::once(entry.clone()).chain(exits);
        all.map(|name| name.to_string()).collect()
    }

    /// What is known about it at the moment.
    pub(super) async fn facts(&self, broker: &dyn Broker, limits: &KeyLimits) -> Facts {
        let mut facts = Facts::gather(broker, &self.order, limits, None).await;
        facts.lessens &= !self.has_exits();
        if limits.cash_only && self.has_exits() && self.order.side.is_sell() {
            let why = "its exits buy, and nobody knows yet what with";
            facts.borrowed = Ok(Some(why.to_owned()));
        }
        facts
    }

    /// An exit with profit on the wrong side would be filled at once, one with loss set off at once.
    fn exits_make_sense(&self) -> Result<(), Fault> {
        let sells = self.order.side.is_sell();
        // Better for the position than the other: above it for a buy.
        let better = |one: Price, other: Price| if sells { one < other } else { one > other };
        if let (Some(profit), Some(loss)) = (self.take_profit, self.stop_loss)
            && !better(profit, loss)
        {
            let what = format!("{profit} is no profit where the loss is taken at {loss}");
            return Err(Fault::invalid("order.take_profit", what));
        }
        let Some(entry) = self.order.order_type.limit_price() else {
            return Ok(());
        };
        if let Some(profit) = self.take_profit.filter(|profit| !better(*profit, entry)) {
            let what = format!("{profit} is no profit on an entry at {entry}");
            return Err(Fault::invalid("order.take_profit", what));
        }
        if let Some(loss) = self.stop_loss.filter(|loss| !better(entry, *loss)) {
            let what = format!("{loss} is no loss on an entry at {entry}");
            return Err(Fault::invalid("order.stop_loss", what));
        }
        Ok(())
    }

    /// What stands for the order: the same whoever writes it how, another for any other order.
    pub(super) fn digest(&self, call: &Call, account: &NamedAccount) -> String {
        let mut order = json!(self.order);
        if let Some(fields) = order.as_object_mut() {
            fields.remove("client_order_id");
            for name in ["amount", "order_type", "display_quantity"] {
                if let Some(field) = fields.get_mut(name) {
                    plain_numbers(field);
                }
            }
        }
        let exit = |price: Option<Price>| price.map(|price| price.get().normalize().to_string());
        let whole = json!({
            "seat": account.key.to_string(),
            "order": order,
            "take_profit": exit(self.take_profit),
            "stop_loss": exit(self.stop_loss),
        });
        digest_of(call, "place_order", &whole)
    }

    /// What is sent under a name.
    pub(super) fn outgoing(&self, id: &ClientOrderId) -> Result<Outgoing, Fault> {
        let mut entry = self.order.clone();
        entry.client_order_id = id.clone();
        let exit = |suffix: &str, order_type: OrderType| -> Result<NewOrder, Fault> {
            let mut exit = entry.clone();
            let name = id.derive(suffix);
            exit.client_order_id =
                name.map_err(|error| Fault::invalid("client_order_id", error))?;
            exit.side = entry.side.opposite();
            exit.order_type = order_type;
            exit.time_in_force = TimeInForce::Gtc;
            exit.display_quantity = None;
            Ok(exit)
        };
        let profit = |price| exit(TAKE_PROFIT, OrderType::Limit { price }).map(Box::new);
        let loss = |trigger| exit(STOP_LOSS, OrderType::Stop { trigger }).map(Box::new);
        let contingency = match (self.take_profit, self.stop_loss) {
            (None, None) => return Ok(Outgoing::One(Box::new(entry))),
            (Some(price), Some(trigger)) => Contingency::Bracket {
                take_profit: profit(price)?,
                stop_loss: loss(trigger)?,
                entry: Box::new(entry),
            },
            (Some(price), None) => Contingency::OneTriggersOther {
                then: vec![*profit(price)?],
                first: Box::new(entry),
            },
            (None, Some(trigger)) => Contingency::OneTriggersOther {
                then: vec![*loss(trigger)?],
                first: Box::new(entry),
            },
        };
        let list =
            ListId::new(id.as_str()).map_err(|error| Fault::invalid("client_order_id", error))?;
        let list = OrderList::new(list, contingency);
        let list = list.map_err(|error| Fault::invalid("order", error))?;
        Ok(Outgoing::List(Box::new(list)))
    }

    /// The order for a person, line by line.
    pub(super) fn lines(
        &self,
        account: &NamedAccount,
        money: Environment,
        facts: &Facts,
    ) -> Vec<(String, String)> {
        let order = &self.order;
        let kind = &order.order_type;
        let price = |price: Option<Price>| price.map(|price| price.get().normalize().to_string());
        let amount = match order.amount {
            OrderAmount::Quantity(quantity) => ("quantity", quantity.get().normalize().to_string()),
            OrderAmount::Cash(cash) => ("amount", cash.to_string()),
            _ => ("amount", "unknown".to_owned()),
        };
        let trail = kind.trailing_offset().map(|offset| match offset {
            TrailingOffset::Amount(amount) => amount.to_string(),
            TrailingOffset::Percent(percent) => format!("{percent} %"),
            _ => "unknown".to_owned(),
        });
        let words = [
            ("account", Some(account.name.clone())),
            ("connection", Some(account.key.broker.to_string())),
            ("money", Some(money_word(money).to_owned())),
            ("side", Some(SideWord::from(order.side).to_string())),
            (amount.0, Some(amount.1)),
            ("instrument", Some(order.instrument.to_string())),
            ("type", Some(OrderTypeWord::from(kind).to_string())),
            ("limit price", price(kind.limit_price())),
            ("stop price", price(kind.trigger_price())),
            ("trail", trail),
            ("time in force", Some(lifetime(order.time_in_force))),
            (
                "session",
                Some(SessionWord::from(order.session).to_string()),
            ),
            (
                "transmitted",
                self.is_held()
                    .then(|| "no: TWS keeps it until somebody sends it there".to_owned()),
            ),
            ("take profit", price(self.take_profit)),
            ("stop loss", price(self.stop_loss)),
            (
                "market now",
                Some(match &facts.price {
                    Ok(price) => price.get().normalize().to_string(),
                    Err(why) => format!("not known: {why}"),
                }),
            ),
            (
                "notional",
                Some(match &facts.notional {
                    Ok(money) => format!("{} {}", money.amount.round_dp(2), money.currency),
                    Err(why) => format!("not known: {why}"),
                }),
            ),
        ];
        let said = words.into_iter();
        said.filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// A lifetime with its end, for a person.
pub(super) fn lifetime(lifetime: TimeInForce) -> String {
    let word = TimeInForceWord::from(lifetime);
    match lifetime {
        TimeInForce::Gtd(end) => format!("{word} until {}", end.to_rfc3339()),
        _ => word.to_string(),
    }
}

/// The word for a person: real money stands out.
pub(super) const fn money_word(money: Environment) -> &'static str {
    match money {
        Environment::Paper => "paper",
        Environment::Simulated => "simulated",
        _ => "LIVE, real money",
    }
}

/// Lines as one sentence, with what has changed since they were shown before.
pub(super) fn sentence(
    what: &str,
    lines: &mut Vec<(String, String)>,
    shown: Option<&[(String, String)]>,
) -> String {
    let changed: Vec<String> = shown
        .into_iter()
        .flatten()
        .filter_map(|(name, before)| {
            let now = lines.iter().find(|(other, _)| other == name);
            let now = now.map_or("nothing", |(_, now)| now.as_str());
            (now != before).then(|| format!("{name}: {before} → {now}"))
        })
        .collect();
    let said: Vec<String> = lines
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let mut sentence = format!("{what}: {}.", said.join(", "));
    if !changed.is_empty() {
        let changed = changed.join("; ");
        sentence = format!("{sentence} Changed since the preview: {changed}.");
        lines.push(("changed since the preview".to_owned(), changed));
    } else if shown.is_some() {
        lines.push(("changed since the preview".to_owned(), "nothing".to_owned()));
    }
    sentence
}

/// Writes every number in one way: `187.50` and `187.5` are the same price.
fn plain_numbers(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Ok(number) = Decimal::from_str_exact(text) {
                *text = number.normalize().to_string();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(plain_numbers),
        Value::Array(values) => values.iter_mut().for_each(plain_numbers),
        _ => {}
    }
}
