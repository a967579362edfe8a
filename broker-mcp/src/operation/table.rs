use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value};

use super::{About, Request, schema};
use crate::{BrokerService, Call, Fault, answer::Answer, principal::Principal, service};

type Run = for<'a> fn(
    &'a BrokerService,
    &'a Call,
    Map<String, Value>,
) -> BoxFuture<'a, Result<Value, Fault>>;

/// One thing that can be done.
#[derive(Clone)]
pub struct Operation {
    /// What it is called, and who may do it.
    pub about: About,
    /// The schema of its arguments: an object.
    pub input: Arc<Map<String, Value>>,
    /// The schema of its answer: an object.
    pub output: Arc<Map<String, Value>>,
    pub(crate) run: Run,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Operation").field(&self.about.name).finish()
    }
}

impl Operation {
    /// The operation that a request type describes.
    #[must_use]
    pub fn of<R: Request>() -> Self {
        Self {
            about: R::ABOUT,
            input: Arc::new(schema::of_input::<R>()),
            output: Arc::new(schema::of_output::<Answer<R::Data>>()),
            run: |service, call, arguments| run::<R>(service, call, arguments).boxed(),
        }
    }

    /// Whether somebody sees it, and may do it.
    #[must_use]
    pub fn is_for(&self, principal: &Principal) -> bool {
        principal.may(self.about.role) && principal.toolsets.contains(&self.about.toolset)
    }
}

async fn run<R: Request>(
    service: &BrokerService,
    call: &Call,
    arguments: Map<String, Value>,
) -> Result<Value, Fault> {
    let request: R =
        serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { "arguments" } else { &path };
            Fault::invalid(path, error.inner())
        })?;
    let answer = request.run(service, call).await?;
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, operation = R::ABOUT.name, "an answer cannot be written as JSON");
        Fault::new(crate::FaultCode::Internal, "the answer cannot be written")
    })
}

/// Everything that can be done, by name.
#[derive(Debug, Clone)]
pub struct Table(BTreeMap<&'static str, Operation>);

static STANDARD: LazyLock<Arc<Table>> = LazyLock::new(|| {
    let rooms = [
        service::system::operations(),
        service::market::operations(),
        service::info::operations(),
        service::portfolio::operations(),
        service::trading::operations(),
        service::admin::operations(),
        service::extra::operations(),
    ];
    let named = rooms.into_iter().flatten();
    Arc::new(Table(named.map(|one| (one.about.name, one)).collect()))
});

impl Table {
    /// The operations of this crate. Made once.
    #[must_use]
    pub fn standard() -> Arc<Self> {
        Arc::clone(&STANDARD)
    }

    /// These operations and no others.
    #[cfg(all(test, feature = "http"))]
    pub(crate) fn of(operations: impl IntoIterator<Item = Operation>) -> Self {
        let named = operations.into_iter();
        Self(named.map(|one| (one.about.name, one)).collect())
    }

    /// The same table with one more operation, or with another one of its name: for a host that has
    /// operations of its own.
    #[must_use]
    pub fn with(mut self, operation: Operation) -> Self {
        self.0.insert(operation.about.name, operation);
        self
    }

    /// An operation by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Operation> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.0.values()
    }

    /// Those that somebody sees, by name.
    pub fn seen_by<'a>(&'a self, principal: &'a Principal) -> impl Iterator<Item = &'a Operation> {
        self.iter().filter(|operation| operation.is_for(principal))
    }
}
