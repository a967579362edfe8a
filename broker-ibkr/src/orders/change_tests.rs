use core::time::Duration;

use broker_core::{
    Acknowledgement, Decimal, ErrorKind, Result, UnconfirmedCause, dec,
    model::{AccountId, ClientOrderId, ReplaceOrder},
};
use tokio::{task::JoinHandle, time::timeout};

use super::{
    fixtures::{ORDER, price, quantity},
    stage::{
        CANCEL_ORDER, GLOBAL_CANCEL, OPEN_ORDER, ORDER_STATUS, PATIENCE, PLACE_ORDER,
        REQUEST_EXECUTIONS, Stage, Told, done,
    },
};
use crate::scripted_gateway::Message;

/// Less than a call waits for its word.
const SOON: Duration = Duration::from_secs(3);

fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

fn change() -> ReplaceOrder {
    ReplaceOrder::new(account(), ClientOrderId::new("a-1").unwrap())
}

fn reprice(to: Decimal) -> ReplaceOrder {
    let mut change = change();
    change.limit_price = Some(price(to));
    change
}

fn halve() -> ReplaceOrder {
    let mut change = change();
    change.quantity = Some(quantity(dec!(50)));
    change
}

impl Stage {
    fn replace(&self, change: ReplaceOrder) -> JoinHandle<Result<Acknowledgement>> {
        self.begin(|blotter| async move { blotter.replace_order(&change).await })
    }

    fn cancel_all(&self) -> JoinHandle<Result<Acknowledgement>> {
        self.begin(|blotter| async move { blotter.cancel_orders(&account()).await })
    }

    /// Says that the change to fifty shares has been made.
    fn say_halved(&self) {
        let mut told = Told::own();
        told.quantity = "50";
        self.gateway.send(OPEN_ORDER, &told.open());
    }

    fn ends(&self, order: &Told) {
        self.gateway.send(ORDER_STATUS, &order.status("Cancelled"));
    }
}

/// Three orders, as the second account of a login would have them.
fn three() -> [Told; 3] {
    let names = ["a-1", "a-2", "a-3"];
    [0, 1, 2].map(|at| {
        let mut told = Told::own();
        told.number = ORDER + at;
        told.perm = 9_001 + i64::from(at);
        told.name = names[usize::try_from(at).unwrap()];
        told
    })
}
