use core::future::Future;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    principal::{Role, Toolset},
};

/// What an operation does to the world. Nothing about safety hangs on it: it is for people who look at
/// a list of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Read,
    /// It changes something.
    Write {
        /// What it changes cannot be had back.
        destructive: bool,
        /// Doing it again changes nothing more.
        idempotent: bool,
    },
}

/// What an operation is called, and who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct About {
    /// Its name: of the tool, and of the last part of the route.
    pub name: &'static str,
    /// For lists that people read.
    pub title: &'static str,
    /// What it does, for a model: short, static, and what it answers.
    pub summary: &'static str,
    /// Which part of the operations it belongs to.
    pub toolset: Toolset,
    /// Who may do it.
    pub role: Role,
    /// What it does to the world.
    pub effect: Effect,
    /// Whether what it answers changes by itself.
    pub open_world: bool,
}

/// The request of an operation. The type is the whole of it: name, schema, role, and what is done.
pub trait Request: DeserializeOwned + JsonSchema + Send + 'static {
    /// What it answers.
    type Data: Serialize + JsonSchema + Send + 'static;

    /// What it is called, and who may do it.
    const ABOUT: About;

    /// Does it. Who calls has been checked; which account is meant, is found with
    /// [`BrokerService::seat`].
    fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> impl Future<Output = Result<Answer<Self::Data>, Fault>> + Send;
}
