use std::{io, sync::Arc};

use broker_core::dec;

use super::{
    TwsServer,
    gateway::{Gateway, Habits},
};
use crate::{
    fault::FaultScript,
    paper::{PaperBroker, PaperBuilder, PaperWorld, TimeMode},
};

/// Puts a [`TwsServer`] together.
#[derive(Debug)]
#[must_use = "a builder does nothing until it binds"]
pub struct TwsBuilder {
    world: Source,
    habits: Habits,
    script: FaultScript,
}

#[derive(Debug)]
enum Source {
    Standard,
    Built(Box<PaperBuilder>),
    Running(Arc<PaperWorld>),
}

impl Default for TwsBuilder {
    fn default() -> Self {
        Self {
            world: Source::Standard,
            habits: Habits::default(),
            script: FaultScript::default(),
        }
    }
}

impl TwsBuilder {
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

    /// Listens on an address; port 0 takes any free one. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the world cannot be built or the address cannot be bound.
    pub async fn bind(self, address: &str) -> io::Result<TwsServer> {
        let world = match self.world {
            Source::Running(world) => world,
            Source::Built(builder) => builder.build_world().map_err(io::Error::other)?,
            Source::Standard => PaperBroker::builder()
                .account("DU1", dec!(1_000_000))
                .account("DU2", dec!(1_000_000))
                .time(TimeMode::Running { factor: 1 })
                .build_world()
                .map_err(io::Error::other)?,
        };
        let accounts = world.account_ids();
        let gateway = Gateway::new(&world, self.habits, accounts, &self.script);
        TwsServer::listen(address, gateway).await
    }
}
