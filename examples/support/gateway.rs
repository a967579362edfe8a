use std::{error::Error, net::SocketAddr};

use broker_core::dec;
use broker_ibkr::{IbkrBroker, IbkrBuilder};
use broker_sim::{
    paper::{PaperBroker, TimeMode},
    tws::TwsServer,
};

/// Where an example finds TWS or IB Gateway: a simulated one unless `--addr HOST:PORT` names
/// another.
#[derive(Debug)]
pub enum Gateway {
    /// A simulated TWS of this process.
    Simulated(Box<TwsServer>),
    /// Somebody's TWS or IB Gateway, with a paper account.
    Real(String),
}

impl Gateway {
    /// The gateway that the program's arguments name.
    ///
    /// # Errors
    /// When the arguments cannot be read or the simulated gateway cannot be started.
    pub async fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut arguments = std::env::args().skip(1);
        match (arguments.next().as_deref(), arguments.next()) {
            (None, _) => Ok(Self::Simulated(Box::new(Self::simulated().await?))),
            (Some("--addr"), Some(address)) => Ok(Self::Real(address)),
            _ => Err("usage: [--addr HOST:PORT]".into()),
        }
    }

    async fn simulated() -> Result<TwsServer, Box<dyn Error>> {
        let world = PaperBroker::builder()
            .account("DU1", dec!(1_000_000))
            .account("DU2", dec!(250_000))
            .time(TimeMode::Running { factor: 1 });
        Ok(TwsServer::builder()
            .world_of(world)
            .bind("127.0.0.1:0")
            .await?)
    }

    /// A connection to it that is still to be opened; in the simulated case it lives in the
    /// simulator's time.
    pub fn connection(&self) -> IbkrBuilder {
        let builder = IbkrBroker::builder().address(self.address());
        match self {
            Self::Simulated(server) => builder.clock(server.world().shared_clock()),
            Self::Real(_) => builder,
        }
    }

    /// The address for clients.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Simulated(server) => SocketAddr::to_string(&server.address()),
            Self::Real(address) => address.clone(),
        }
    }

    /// The simulated TWS, when it is one.
    #[must_use]
    pub fn server(&self) -> Option<&TwsServer> {
        match self {
            Self::Simulated(server) => Some(server),
            Self::Real(_) => None,
        }
    }

    /// What to call it in front of people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Simulated(_) => "a simulated TWS".to_owned(),
            Self::Real(address) => format!("the gateway at {address}"),
        }
    }
}
