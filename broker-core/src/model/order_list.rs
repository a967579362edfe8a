use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{
    AccountId, ClientOrderId, ListId, NewOrder, OrderType, Price, TimeInForce, ValueError,
};

/// Orders that depend on each other (FIX message E, contingency type 1385).
///
/// Several legs traded as one are not a list: they are one [`NewOrder`] for a
/// [`Combo`](super::Combo).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "OrderListForm", into = "OrderListForm")]
pub struct OrderList {
    id: ListId,
    account: AccountId,
    contingency: Contingency,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OrderListForm {
    id: ListId,
    contingency: Contingency,
}

/// How the orders of a list depend on each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Contingency {
    /// An entry; once it fills, exits for the filled quantity, of which the first to fill cancels
    /// the other.
    Bracket {
        /// The order that opens the position.
        entry: Box<NewOrder>,
        /// The exit with profit.
        take_profit: Box<NewOrder>,
        /// The exit with loss.
        stop_loss: Box<NewOrder>,
    },
    /// The first order to fill cancels the others; a partial fill reduces them.
    OneCancelsOther {
        /// At least two orders.
        orders: Vec<NewOrder>,
    },
    /// Once the first order fills, the others begin to work.
    OneTriggersOther {
        /// The order that works at once.
        first: Box<NewOrder>,
        /// At least one order that waits.
        then: Vec<NewOrder>,
    },
}

word_enum! {
    /// The form of a [`Contingency`], for capability tables.
    pub enum ContingencyKind {
        /// [`Contingency::Bracket`].
        Bracket = "bracket",
        /// [`Contingency::OneCancelsOther`].
        OneCancelsOther = "one_cancels_other",
        /// [`Contingency::OneTriggersOther`].
        OneTriggersOther = "one_triggers_other",
    }
}

word_enum! {
    /// The part an order plays in its list.
    pub enum ListRole {
        /// Opens the position of a bracket, or triggers the others.
        Entry = "entry",
        /// Takes the profit of a bracket.
        TakeProfit = "take_profit",
        /// Stops the loss of a bracket.
        StopLoss = "stop_loss",
        /// One of several of which one cancels the others.
        Alternative = "alternative",
        /// Waits for the first order.
        Triggered = "triggered",
    }
}

/// The list that an order belongs to, and the part it plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListLink {
    /// The list.
    pub list: ListId,
    /// The part the order plays.
    pub role: ListRole,
}

impl OrderList {
    /// Most orders in a list.
    pub const MAX_ORDERS: usize = 20;

    /// A list of consistent orders.
    ///
    /// # Errors
    /// [`ValueError`] when the orders are for different accounts, share a client order id, are too
    /// few or more than 20; for a bracket also when an exit trades another instrument, is on the
    /// entry's side, or is for another quantity.
    pub fn new(id: ListId, contingency: Contingency) -> Result<Self, ValueError> {
        let orders: Vec<&NewOrder> = contingency.orders().map(|(order, _)| order).collect();
        let account = match orders.first() {
            Some(first) if (2..=Self::MAX_ORDERS).contains(&orders.len()) => first.account.clone(),
            _ => return Err(ValueError::new("OrderList", orders.len(), "2 to 20 orders")),
        };
        for (index, order) in orders.iter().enumerate() {
            if order.account != account {
                return Err(ValueError::new(
                    "OrderList",
                    &order.account,
                    "one account for all",
                ));
            }
            if orders
                .iter()
                .take(index)
                .any(|o| o.client_order_id == order.client_order_id)
            {
                let id = &order.client_order_id;
                return Err(ValueError::new(
                    "OrderList",
                    id,
                    "each client order id only once",
                ));
            }
        }
        if let Contingency::Bracket {
            entry,
            take_profit,
            stop_loss,
        } = &contingency
        {
            for exit in [take_profit, stop_loss] {
                check_exit(entry, exit)?;
            }
        }
        Ok(Self {
            id,
            account,
            contingency,
        })
    }

    /// A bracket around an entry: a limit order that takes the profit and a stop order that ends the
    /// loss, both for the entry's quantity, against its side and until canceled.
    ///
    /// The list and its exits get new names.
    ///
    /// ```
    /// use broker_core::{dec, model::*};
    /// let entry = NewOrder::new(
    ///     ClientOrderId::generate(),
    ///     AccountId::new("DU1")?,
    ///     Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?,
    ///     Side::Buy,
    ///     OrderAmount::Quantity(Quantity::try_from(100)?),
    ///     OrderType::Limit { price: Price::new(dec!(180))? },
    /// );
    /// let bracket = OrderList::bracket(entry, Price::new(dec!(190))?, Price::new(dec!(175))?)?;
    /// assert_eq!(bracket.orders().count(), 3);
    /// # Ok::<(), ValueError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError`] when the entry is for an amount of money, which has no quantity to exit.
    pub fn bracket(
        entry: NewOrder,
        take_profit: Price,
        stop_loss: Price,
    ) -> Result<Self, ValueError> {
        let exit = |order_type| {
            let mut exit = entry.clone();
            exit.client_order_id = ClientOrderId::generate();
            exit.side = entry.side.opposite();
            exit.order_type = order_type;
            exit.time_in_force = TimeInForce::Gtc;
            exit.display_quantity = None;
            Box::new(exit)
        };
        let contingency = Contingency::Bracket {
            take_profit: exit(OrderType::Limit { price: take_profit }),
            stop_loss: exit(OrderType::Stop { trigger: stop_loss }),
            entry: Box::new(entry),
        };
        Self::new(ListId::generate(), contingency)
    }

    /// The caller's name for the list.
    #[must_use]
    pub fn id(&self) -> &ListId {
        &self.id
    }

    /// How the orders depend on each other.
    #[must_use]
    pub fn contingency(&self) -> &Contingency {
        &self.contingency
    }

    /// The account of all orders.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The orders with the part each plays, the entry first.
    pub fn orders(&self) -> impl Iterator<Item = (&NewOrder, ListRole)> {
        self.contingency.orders()
    }
}

fn check_exit(entry: &NewOrder, exit: &NewOrder) -> Result<(), ValueError> {
    if exit.instrument != entry.instrument {
        return Err(ValueError::new(
            "bracket",
            &exit.instrument,
            "the entry's instrument",
        ));
    }
    if exit.side.sign() == entry.side.sign() {
        return Err(ValueError::new(
            "bracket",
            exit.side,
            "exits against the entry",
        ));
    }
    if exit.quantity().is_none() || exit.quantity() != entry.quantity() {
        let id = &exit.client_order_id;
        return Err(ValueError::new(
            "bracket",
            id,
            "exits for the entry's quantity",
        ));
    }
    Ok(())
}

impl Contingency {
    /// The orders with the part each plays, the entry first.
    pub fn orders(&self) -> impl Iterator<Item = (&NewOrder, ListRole)> {
        let orders: Vec<(&NewOrder, ListRole)> = match self {
            Self::Bracket {
                entry,
                take_profit,
                stop_loss,
            } => vec![
                (&**entry, ListRole::Entry),
                (&**take_profit, ListRole::TakeProfit),
                (&**stop_loss, ListRole::StopLoss),
            ],
            Self::OneCancelsOther { orders } => orders
                .iter()
                .map(|order| (order, ListRole::Alternative))
                .collect(),
            Self::OneTriggersOther { first, then } => core::iter::once(&**first)
                .map(|order| (order, ListRole::Entry))
                .chain(then.iter().map(|order| (order, ListRole::Triggered)))
                .collect(),
        };
        orders.into_iter()
    }

    /// The form, for capability tables.
    #[must_use]
    pub const fn kind(&self) -> ContingencyKind {
        match self {
            Self::Bracket { .. } => ContingencyKind::Bracket,
            Self::OneCancelsOther { .. } => ContingencyKind::OneCancelsOther,
            Self::OneTriggersOther { .. } => ContingencyKind::OneTriggersOther,
        }
    }
}

impl TryFrom<OrderListForm> for OrderList {
    type Error = ValueError;
    fn try_from(form: OrderListForm) -> Result<Self, ValueError> {
        Self::new(form.id, form.contingency)
    }
}
impl From<OrderList> for OrderListForm {
    fn from(list: OrderList) -> Self {
        Self {
            id: list.id,
            contingency: list.contingency,
        }
    }
}
