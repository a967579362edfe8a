use std::{io, net::SocketAddr, sync::Arc};

use broker_core::model::AccountId;
use chrono::TimeDelta;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{
    TwsBuilder, connection,
    gateway::{Gateway, Habits, Relink},
};
use crate::{fault::Fault, paper::PaperWorld, truth::Truth};

/// A simulated Trader Workstation that listens on a port; it ends when it is dropped.
///
/// ```
/// use broker_sim::tws::TwsServer;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = TwsServer::bind("127.0.0.1:0").await?;
/// println!("point your client at {}", server.address());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TwsServer {
    address: SocketAddr,
    gateway: Arc<Gateway>,
    task: JoinHandle<()>,
}

impl TwsServer {
    /// A server in real time with the accounts `DU1` and `DU2`, the shipped prices and seed 1.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: &str) -> io::Result<Self> {
        Self::builder().bind(address).await
    }

    /// A server to be put together.
    pub fn builder() -> TwsBuilder {
        TwsBuilder::default()
    }

    pub(super) async fn listen(address: &str, gateway: Arc<Gateway>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, Arc::clone(&gateway)));
        Ok(Self {
            address,
            gateway,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The exchange behind it, with its accounts and its clock.
    #[must_use]
    pub fn world(&self) -> &Arc<PaperWorld> {
        self.gateway.world()
    }

    /// What it does beside the plain protocol.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.gateway.habits()
    }

    /// Changes what it does beside the plain protocol, from the next message on.
    pub fn set_habits(&self, change: impl FnOnce(&mut Habits)) {
        self.gateway.set_habits(change);
    }

    /// Makes something go wrong: at once, or with the next order, change or cancel if that is what
    /// the fault strikes.
    ///
    /// # Errors
    /// The reason why a TWS cannot do this.
    pub fn inject(&self, fault: &Fault) -> Result<(), &'static str> {
        self.gateway.inject(fault)
    }

    /// Loses the link between TWS and the servers behind it for so long on the exchange's clock, which
    /// clients are told with notice 1100; they stay connected. Their orders reach the exchange all the
    /// same. What is reported about orders and accounts meanwhile follows notice 1101 or 1102.
    pub fn lose_link(&self, lasts: TimeDelta, back: Relink) {
        self.gateway.lose_link(lasts, back);
    }

    /// What an account really has; orders go by their order reference.
    #[must_use]
    pub fn truth(&self, account: &AccountId) -> Truth {
        self.gateway.truth(account)
    }

    /// Market data, depth, bar and tick-by-tick lines that are open.
    #[must_use]
    pub fn open_lines(&self) -> usize {
        self.gateway.open_lines()
    }

    /// Tells every client to empty its copies of books (error 317) and shows the books again.
    pub fn reset_depth(&self) {
        self.gateway.reset_depth();
    }

    /// Sends so many ticks to every market data line that is open now, for measuring: bids and asks in
    /// turn that do not come from the exchange, as fast as the clients read or at `rate` per second
    /// over all lines. Gives back how many were sent, which is fewer when clients leave.
    ///
    /// Nothing is lost and nobody is dropped: a line waits while much is on its way to its client. The
    /// last tick of each line has the size 999,999 and all others 100, so a client can tell the end.
    pub async fn flood(&self, ticks_per_line: u64, rate: Option<u32>) -> u64 {
        self.gateway.flood().run(ticks_per_line, rate).await
    }

    /// Clients that are connected and have started the API.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.gateway.clients()
    }

    /// Publishes a bulletin to every client that reads them.
    pub fn publish_bulletin(&self, text: &str) {
        self.gateway.publish_bulletin(text);
    }

    /// Whether everything that was said has been handed to the clients' sockets.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.gateway.is_quiet()
    }

    /// Ends every connection at once, as a kick does; clients may come back.
    pub fn drop_clients(&self) {
        self.gateway.drop_clients();
    }
}

impl Drop for TwsServer {
    fn drop(&mut self) {
        self.task.abort();
        self.gateway.drop_clients();
    }
}

async fn accept(listener: TcpListener, gateway: Arc<Gateway>) {
    // Dropped with this task, which those clients are told by that have not said who they are.
    let open = watch::Sender::new(());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let serving = connection::serve(stream, Arc::clone(&gateway), open.subscribe());
                tokio::spawn(serving);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}
