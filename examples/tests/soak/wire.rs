//! What the program says to the process that the exchanges live in: one line of JSON each way.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use broker_core::model::{ClientOrderId, Price, SignedQuantity};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The first argument of that process; the second is the folder for Tiger's settings.
pub(crate) const EXCHANGES: &str = "exchanges";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    Tws,
    Tiger,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Wish {
    /// Where TWS listens; Tiger's settings are in the folder.
    Address,
    /// Lets milliseconds pass.
    Pass(u64),
    /// Whether everything that was said has been handed to the sockets.
    Quiet,
    /// What goes wrong in this hour of the week.
    Happen(u32),
    /// The market's middle while it is open.
    Price(Side),
    /// Market data lines that are open on each side.
    Lines,
    Books(Side, String),
}

/// What an exchange knows of an account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Books {
    pub(crate) orders: Vec<Entry>,
    /// Units of each position that is not flat.
    pub(crate) positions: Vec<SignedQuantity>,
    pub(crate) fills: usize,
}

impl Books {
    pub(crate) fn orders_of(&self, id: &ClientOrderId) -> impl Iterator<Item = &Entry> {
        let orders = self.orders.iter();
        orders.filter(|order| order.client_order_id == id.as_str())
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) client_order_id: String,
    pub(crate) open: bool,
    pub(crate) filled: SignedQuantity,
}

/// The other process.
#[derive(Debug)]
pub(crate) struct Exchanges {
    ends: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    child: Child,
}

impl Exchanges {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([EXCHANGES.as_ref(), folder.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ends = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = ends else {
            panic!("no way to speak with the exchanges");
        };
        Self {
            ends: Mutex::new((input, BufReader::new(output))),
            child,
        }
    }

    fn ask<T: DeserializeOwned>(&self, wish: &Wish) -> T {
        let mut ends = self.ends.lock().unwrap();
        let (input, output) = &mut *ends;
        let mut line = serde_json::to_string(wish).unwrap();
        line.push('\n');
        input.write_all(line.as_bytes()).unwrap();
        line.clear();
        output.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{wish:?} was answered with {line:?}"))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.ask(&Wish::Address)
    }

    pub(crate) fn pass(&self, span: Duration) {
        self.ask::<()>(&Wish::Pass(span.as_millis().try_into().unwrap()));
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.ask(&Wish::Quiet)
    }

    pub(crate) fn happen(&self, hour: u32) {
        self.ask::<()>(&Wish::Happen(hour));
    }

    pub(crate) fn price(&self, side: Side) -> Option<Price> {
        self.ask(&Wish::Price(side))
    }

    pub(crate) fn lines(&self) -> [usize; 2] {
        self.ask(&Wish::Lines)
    }

    pub(crate) fn books(&self, side: Side, account: &str) -> Books {
        self.ask(&Wish::Books(side, account.to_owned()))
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        // It ends by itself, too, when nobody speaks to it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
