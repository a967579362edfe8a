//! One order as TWS knows it, with the calls that wait for a word about it.

use std::sync::Arc;

use broker_core::{
    Decimal,
    model::{AccountId, BrokerOrderId, BrokerText, ClientOrderId, NewOrder, Price},
};
use ibapi::{contracts::Contract, orders::OrderStatusKind};
use tokio::sync::oneshot;

use crate::IbkrExtension;

use super::{
    compare::{changed, first_trigger},
    decode::broker_order_id,
    written::Links,
};

/// How a call that waits for a word ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// TWS has the command.
    Accepted(Option<BrokerOrderId>),
    /// TWS refused the command.
    Refused {
        /// Its code.
        code: i32,
        /// Its words.
        text: String,
    },
    /// The order ended before the command could have an effect.
    Finished,
    /// The connection was lost.
    Lost,
    /// No word came in time.
    Silent,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Waiting {
    /// That the order shows up.
    Submit,
    /// That the order has these terms.
    Replace(Arc<NewOrder>),
    /// That the order is canceled.
    Cancel,
}

/// A call that waits.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) number: u64,
    pub(crate) what: Waiting,
    pub(crate) tell: oneshot::Sender<Outcome>,
}

/// A change that has been written and of which it is not known what has become.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) next: Arc<NewOrder>,
    /// The new trigger of an order whose trigger follows the market.
    trigger: Option<Price>,
    /// Readings of TWS's lists that had begun by then; a later one tells.
    pub(crate) after: u64,
}

impl Change {
    pub(crate) fn new(known: &NewOrder, next: Arc<NewOrder>, after: u64) -> Self {
        let trigger = first_trigger(&next).filter(|new| first_trigger(known) != Some(*new));
        Self {
            next,
            trigger,
            after,
        }
    }

    /// Whether these are the terms that the change makes.
    pub(crate) fn is_told_by(&self, told: &NewOrder) -> bool {
        // One that the market has moved already is not known to be the new one.
        let triggered = self
            .trigger
            .is_none_or(|wanted| first_trigger(told) == Some(wanted));
        triggered && changed(&self.next, told).is_none()
    }
}

/// What stands behind an order id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An order.
    Order,
    /// A request to exercise an option; core has no order for it.
    Exercise,
}

/// The last status that TWS told, to know a repetition (protocol notes, section 3.7, 3).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) word: OrderStatusKind,
    pub(crate) filled: f64,
    pub(crate) remaining: f64,
    pub(crate) average: Option<f64>,
    pub(crate) why_held: String,
}

/// One order.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: ClientOrderId,
    pub(crate) account: AccountId,
    pub(crate) purpose: Purpose,
    /// The client id that placed it and the order id there.
    pub(crate) wire: Option<(i32, i32)>,
    pub(crate) perm_id: i64,
    /// More of them: TWS may place an order anew when it is changed.
    pub(super) later_perms: Vec<i64>,
    pub(crate) terms: Arc<NewOrder>,
    /// Readings of TWS's lists that had begun when its stream last told the terms.
    pub(crate) heard: u64,
    pub(crate) contract: Arc<Contract>,
    /// Units of TWS's prices per currency unit.
    pub(crate) magnifier: Decimal,
    /// To which list of orders it belongs; a change has to repeat it.
    pub(crate) links: Option<Box<Links>>,
    /// What it has that its terms do not say, so that a change would lose it.
    pub(crate) unsaid: Vec<&'static str>,
    /// Whether TWS has shown it as an order.
    pub(crate) live: bool,
    pub(crate) ended: bool,
    /// Whether TWS has it and, as far as it says, nobody has transmitted it.
    pub(crate) held: bool,
    pub(crate) cancel_asked: bool,
    /// Why TWS has refused it, while that is the last word. No order that ended otherwise has one.
    pub(crate) refused: Option<BrokerText>,
    pub(crate) told: Option<Told>,
    /// The change that is under way. There is one at a time: the next one is made of its terms.
    pub(crate) change: Option<Change>,
    pub(crate) waits: Vec<Wait>,
}

impl Entry {
    /// An order of which TWS has said nothing yet.
    pub(crate) fn new(terms: Arc<NewOrder>, contract: Arc<Contract>, magnifier: Decimal) -> Self {
        Self {
            id: terms.client_order_id.clone(),
            account: terms.account.clone(),
            purpose: Purpose::Order,
            wire: None,
            perm_id: 0,
            later_perms: Vec::new(),
            terms,
            heard: 0,
            contract,
            magnifier,
            links: None,
            unsaid: Vec::new(),
            live: false,
            ended: false,
            held: false,
            cancel_asked: false,
            refused: None,
            told: None,
            change: None,
            waits: Vec::new(),
        }
    }

    pub(crate) fn broker_order_id(&self) -> Option<BrokerOrderId> {
        broker_order_id(self.perm_id)
    }

    /// Whether an order that goes by the same name can be this one: a reference is text, which another
    /// program may write, too.
    pub(crate) fn may_be(&self, wire: (i32, i32), perm_id: i64, contract: &Contract) -> bool {
        let other_perm = perm_id != 0 && self.perm_id != 0 && perm_id != self.perm_id;
        // 0 is the order id of what people place by hand, −1 of what is finished.
        let other_wire = wire.1 > 0 && self.wire.is_some_and(|own| own != wire);
        // A combination has a number of its own only once TWS has seen it.
        let number = contract.contract_id;
        let own = self.contract.contract_id;
        let other_contract = number != 0 && own != 0 && number != own;
        !(other_perm || other_wire || other_contract)
    }

    /// Ends the waits that `which` names.
    pub(crate) fn resolve(&mut self, outcome: &Outcome, which: impl Fn(&Waiting) -> bool) {
        let waits = std::mem::take(&mut self.waits);
        for wait in waits {
            if which(&wait.what) {
                // The caller may have given up.
                let _gone = wait.tell.send(outcome.clone());
            } else {
                self.waits.push(wait);
            }
        }
    }

    /// Whether a call waits for what `which` names.
    pub(crate) fn awaits(&self, which: impl Fn(&Waiting) -> bool) -> bool {
        self.waits
            .iter()
            .any(|wait| which(&wait.what) && !wait.tell.is_closed())
    }

    /// What has become of the change under way is known.
    pub(crate) fn settle_change(&mut self, outcome: &Outcome) {
        self.change = None;
        self.resolve(outcome, |what| matches!(what, Waiting::Replace(_)));
    }

    /// Says that the order exists at TWS.
    pub(crate) fn shows_up(&mut self) {
        self.live = true;
        let outcome = Outcome::Accepted(self.broker_order_id());
        self.resolve(&outcome, |what| *what == Waiting::Submit);
    }

    /// Takes in where TWS says that the order stands, as far as it tells whether it is held.
    pub(crate) fn hold(&mut self, word: &OrderStatusKind, why_held: &str) {
        self.held =
            *word == OrderStatusKind::Inactive && why_held.is_empty() && self.refused.is_none();
    }

    /// Whether TWS was asked not to transmit it.
    pub(crate) fn asked_to_hold(&self) -> bool {
        let fields = self.terms.extensions.get::<IbkrExtension>();
        fields.is_ok_and(|fields| fields.is_some_and(|fields| fields.held))
    }

    /// Says that the order works, whatever TWS has said before: some of what it calls a rejection is
    /// advice, and an order that is held over night works again in the morning.
    pub(crate) fn works(&mut self) {
        if self.refused.take().is_some() {
            self.ended = false;
        }
    }

    /// Says that the order has ended.
    pub(crate) fn ends(&mut self, canceled: bool) {
        self.ended = true;
        let outcome = if canceled {
            Outcome::Accepted(self.broker_order_id())
        } else {
            Outcome::Finished
        };
        self.resolve(&outcome, |what| *what == Waiting::Cancel);
    }
}
