use std::{io, sync::Arc};

use broker_core::{
    Clock, SystemClock, dec,
    model::{AccountKind, Currency, Money},
};

use super::{Developer, Habits, Keys, License, TigerServer, gateway::Gateway};
use crate::{
    fault::FaultScript,
    paper::{PaperBroker, PaperBuilder, PaperWorld, TimeMode},
};

/// Puts a [`TigerServer`] together.
#[derive(Debug)]
#[must_use = "a builder does nothing until it binds"]
pub struct TigerBuilder {
    world: Source,
    keys: Option<Keys>,
    license: License,
    secret_key: Option<String>,
    user_marks: bool,
    clock: Arc<dyn Clock>,
    habits: Habits,
    script: FaultScript,
}

#[derive(Debug)]
enum Source {
    Standard,
    Built(Box<PaperBuilder>),
    Running(Arc<PaperWorld>),
}

/// The developer's number.
const TIGER_ID: &str = "20150001";

/// A paper and a standard account.
pub(super) const ACCOUNTS: [&str; 2] = ["21000000000000001", "12345678"];

impl Default for TigerBuilder {
    fn default() -> Self {
        Self {
            world: Source::Standard,
            keys: None,
            license: License::Tbsg,
            secret_key: None,
            user_marks: true,
            clock: Arc::new(SystemClock),
            habits: Habits::default(),
            script: FaultScript::default(),
        }
    }
}

impl TigerBuilder {
    /// Builds this world behind the server: its accounts, prices, seed and clock.
    pub fn world_of(mut self, builder: PaperBuilder) -> Self {
        self.world = Source::Built(Box::new(builder));
        self
    }

    /// Serves a world that is there already, with everyone else who is connected to it.
    pub fn world(mut self, world: Arc<PaperWorld>) -> Self {
        self.world = Source::Running(world);
        self
    }

    /// The keys of the login; [`Keys::well_known`] when not said.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The licence, `TBSG` when not said.
    pub fn license(mut self, license: License) -> Self {
        self.license = license;
        self
    }

    /// What an institution's trader must send with each request of an account.
    pub fn secret_key(mut self, secret_key: impl Into<String>) -> Self {
        self.secret_key = Some(secret_key.into());
        self
    }

    /// Whether `user_mark` is kept and echoed; it is when not said.
    pub fn user_marks(mut self, kept: bool) -> Self {
        self.user_marks = kept;
        self
    }

    /// The clock of tokens and of the answers' time stamps; the machine's when not said. Orders and
    /// prices live on the world's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What it does beside the plain protocol.
    pub fn habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// Plays these faults.
    pub fn faults(mut self, script: FaultScript) -> Self {
        self.script = script;
        self
    }

    /// Listens on two addresses, the gateway's and the push service's; port 0 takes any free one.
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// When the world cannot be built or an address cannot be bound.
    pub async fn bind(self, http: &str, push: &str) -> io::Result<TigerServer> {
        let world = match self.world {
            Source::Running(world) => world,
            Source::Built(builder) => builder.build_world().map_err(io::Error::other)?,
            Source::Standard => standard().build_world().map_err(io::Error::other)?,
        };
        let keys = match self.keys {
            Some(keys) => keys,
            None => Keys::well_known()?,
        };
        let developer = Developer {
            tiger_id: TIGER_ID.to_owned(),
            license: self.license,
            accounts: world.account_ids(),
            secret_key: self.secret_key,
            user_marks: self.user_marks,
        };
        let gateway = Gateway::new(
            &world,
            developer,
            keys,
            self.clock,
            self.habits,
            &self.script,
        );
        TigerServer::listen(http, push, gateway).await
    }
}

fn standard() -> PaperBuilder {
    let mut world = PaperBroker::builder().time(TimeMode::Running { factor: 1 });
    for account in ACCOUNTS {
        let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
        world = world.account_of_kind(account, AccountKind::Margin, Currency::USD, cash);
    }
    world
}
