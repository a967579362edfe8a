use broker_core::{
    Acknowledgement, Admitted, Result, Trading, UnconfirmedCause,
    model::{AccountId, CancelOrder, ExerciseOption, NewOrder, OrderList, ReplaceOrder},
};
use futures_util::future::BoxFuture;

use super::Command;

/// A command on its way to the broker: it can be looked at, and sent once.
///
/// It cannot be copied, because the admitted request in it cannot: no layer sends an order twice.
pub trait Outgoing: Send + Sync + Sized + sealed::Sealed {
    /// What comes back.
    type Answer: Confirmation;

    /// What is asked.
    fn command(&self) -> Command<'_>;

    /// Sends it.
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Self::Answer>>;
}

/// The answer to a command: one acknowledgement, or one for each order of a list.
pub trait Confirmation: Send + sealed::Sealed {
    /// The answer that nobody knows what became of the command, which is about so many orders.
    fn unconfirmed(orders: usize, cause: UnconfirmedCause) -> Self;

    /// The acknowledgements.
    fn each(&self) -> &[Acknowledgement];
}

impl Confirmation for Acknowledgement {
    fn unconfirmed(_orders: usize, cause: UnconfirmedCause) -> Self {
        Self::unconfirmed(cause)
    }
    fn each(&self) -> &[Acknowledgement] {
        core::slice::from_ref(self)
    }
}

impl Confirmation for Vec<Acknowledgement> {
    fn unconfirmed(orders: usize, cause: UnconfirmedCause) -> Self {
        vec![Acknowledgement::unconfirmed(cause); orders]
    }
    fn each(&self) -> &[Acknowledgement] {
        self
    }
}

/// A request to cancel every open order of an account.
#[derive(Debug)]
pub(super) struct CancelAll(pub(super) AccountId);

impl Outgoing for Admitted<NewOrder> {
    type Answer = Acknowledgement;
    fn command(&self) -> Command<'_> {
        Command::Submit(self)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Acknowledgement>> {
        trading.submit(self)
    }
}

impl Outgoing for Admitted<OrderList> {
    type Answer = Vec<Acknowledgement>;
    fn command(&self) -> Command<'_> {
        Command::SubmitList(self)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Vec<Acknowledgement>>> {
        trading.submit_list(self)
    }
}

impl Outgoing for Admitted<ReplaceOrder> {
    type Answer = Acknowledgement;
    fn command(&self) -> Command<'_> {
        Command::Replace(self)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Acknowledgement>> {
        trading.replace(self)
    }
}

impl Outgoing for Admitted<CancelOrder> {
    type Answer = Acknowledgement;
    fn command(&self) -> Command<'_> {
        Command::Cancel(self)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Acknowledgement>> {
        trading.cancel(self)
    }
}

impl Outgoing for CancelAll {
    type Answer = Acknowledgement;
    fn command(&self) -> Command<'_> {
        Command::CancelAll(&self.0)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Acknowledgement>> {
        Box::pin(async move { trading.cancel_all(&self.0).await })
    }
}

impl Outgoing for Admitted<ExerciseOption> {
    type Answer = Acknowledgement;
    fn command(&self) -> Command<'_> {
        Command::Exercise(self)
    }
    fn send(self, trading: &dyn Trading) -> BoxFuture<'_, Result<Acknowledgement>> {
        trading.exercise(self)
    }
}

mod sealed {
    use super::{Acknowledgement, Admitted, CancelAll};

    /// Commands and their answers are the broker's; a layer brings none of its own.
    pub trait Sealed {}
    impl<T> Sealed for Admitted<T> {}
    impl Sealed for CancelAll {}
    impl Sealed for Acknowledgement {}
    impl Sealed for Vec<Acknowledgement> {}
}
