use std::{io, net::SocketAddr, path::Path, sync::Arc};

use broker_core::model::AccountId;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    Developer, Habits, Keys, TigerBuilder, folder,
    gateway::Gateway,
    http,
    push::{self, Tls},
};
use crate::{fault::Fault, paper::PaperWorld, truth::Truth};

/// A simulated Tiger Brokers that listens on two ports; it ends when it is dropped.
///
/// ```
/// use broker_sim::tiger::TigerServer;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = TigerServer::bind("127.0.0.1:0", "127.0.0.1:0").await?;
/// println!("requests go to {}", server.url());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TigerServer {
    http: SocketAddr,
    push: SocketAddr,
    gateway: Arc<Gateway>,
    tasks: [JoinHandle<()>; 2],
}

impl TigerServer {
    /// A server in real time with a paper and a standard account, the shipped prices and seed 1.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn bind(http: &str, push: &str) -> io::Result<Self> {
        Self::builder().bind(http, push).await
    }

    /// A server to be put together.
    pub fn builder() -> TigerBuilder {
        TigerBuilder::default()
    }

    pub(super) async fn listen(http: &str, push: &str, gateway: Arc<Gateway>) -> io::Result<Self> {
        let tls = Tls::new(gateway.keys())?;
        let (http, push) = (
            TcpListener::bind(http).await?,
            TcpListener::bind(push).await?,
        );
        let addresses = (http.local_addr()?, push.local_addr()?);
        let tasks = [
            tokio::spawn(http::accept(http, Arc::clone(&gateway))),
            tokio::spawn(push::accept(push, tls, Arc::clone(&gateway))),
        ];
        Ok(Self {
            http: addresses.0,
            push: addresses.1,
            gateway,
            tasks,
        })
    }

    /// Where requests go.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/gateway", self.http)
    }

    /// Where the gateway listens.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Where the push service listens.
    #[must_use]
    pub const fn push_address(&self) -> SocketAddr {
        self.push
    }

    /// The exchange behind it, with its accounts and its clock.
    #[must_use]
    pub fn world(&self) -> &Arc<PaperWorld> {
        self.gateway.world()
    }

    /// Who may connect.
    #[must_use]
    pub fn developer(&self) -> Developer {
        self.gateway.developer()
    }

    /// The keys of the login.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        self.gateway.keys()
    }

    /// The token that is valid now, for a licence that needs one.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.gateway.token()
    }

    /// Writes a folder with which the SDKs and the adapter connect: `tiger_openapi_config.properties`,
    /// for a licence with tokens `tiger_openapi_token.properties`, and the push certificate. The files
    /// are readable by their owner only; those that are there are replaced.
    ///
    /// The folder leaves the licence out unless the licence needs a token, because an SDK that knows
    /// it asks the vendor's servers for addresses and leaves the simulator.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_folder(&self, folder: &Path) -> io::Result<()> {
        folder::write(folder, self)
    }

    /// What it does beside the plain protocol.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.gateway.habits()
    }

    /// Changes what it does beside the plain protocol, from the next request on.
    pub fn set_habits(&self, change: impl FnOnce(&mut Habits)) {
        self.gateway.set_habits(change);
    }

    /// Makes something go wrong: at once, or with the next order, change or cancel if that is what
    /// the fault strikes.
    ///
    /// # Errors
    /// The reason why this broker cannot do this.
    pub fn inject(&self, fault: &Fault) -> Result<(), &'static str> {
        self.gateway.inject(fault)
    }

    /// What an account really has; orders go by their `user_mark`.
    #[must_use]
    pub fn truth(&self, account: &AccountId) -> Truth {
        self.gateway.truth(account)
    }

    /// Quote, depth, tick and bar subscriptions that are open.
    #[must_use]
    pub fn open_lines(&self) -> usize {
        self.gateway.open_lines()
    }

    /// Whether every push has been handed to its client's socket.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.gateway.is_quiet()
    }

    /// Ends every push connection at once; clients may come back.
    pub fn drop_clients(&self) {
        self.gateway.drop_clients();
    }
}

impl Drop for TigerServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.gateway.close();
    }
}
