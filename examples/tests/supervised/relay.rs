//! A gateway as a process of its own: it passes bytes on between clients and the server of the test, so
//! that it can be killed and started again while the broker behind it keeps its orders.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use broker_ibkr::gateway::GatewayCommands;

const FROM: &str = "SUPERVISED_TEST_FROM";
const TO: &str = "SUPERVISED_TEST_TO";
const NUMBER: &str = "SUPERVISED_TEST_NUMBER";

/// The program: this test program again, playing the ignored test `a_gateway`.
pub(crate) struct Program {
    /// Where clients find it.
    pub(crate) address: String,
    server: String,
    number: PathBuf,
}

impl Program {
    pub(crate) fn before(server: &str, folder: &Path) -> Self {
        // Free now; nobody else on this machine asks for it between.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: free.local_addr().unwrap().to_string(),
            server: server.to_owned(),
            number: folder.join("gateway.pid"),
        }
    }

    pub(crate) fn commands(&self) -> GatewayCommands {
        let program = std::env::current_exe().unwrap();
        let start = [
            "env".to_owned(),
            format!("{FROM}={}", self.address),
            format!("{TO}={}", self.server),
            format!("{NUMBER}={}", self.number.display()),
            program.display().to_string(),
            "--exact".into(),
            "a_gateway".into(),
            "--ignored".into(),
            "--nocapture".into(),
        ];
        GatewayCommands {
            start: start.into(),
            stop: None,
            address: self.address.clone(),
            secrets: Vec::new(),
        }
    }

    /// Its process, by its number.
    pub(crate) fn number(&self) -> String {
        fs::read_to_string(&self.number).unwrap()
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&self) {
        let killed = Command::new("kill").args(["-9", &self.number()]).status();
        assert!(killed.unwrap().success());
    }
}

/// What the program does, until it is killed.
pub(crate) fn serve() {
    let (Ok(from), Ok(to)) = (std::env::var(FROM), std::env::var(TO)) else {
        return;
    };
    let listener = TcpListener::bind(from).unwrap();
    let number = std::process::id().to_string();
    fs::write(std::env::var(NUMBER).unwrap(), number).unwrap();
    for client in listener.incoming() {
        let (client, to) = (client.unwrap(), to.clone());
        thread::spawn(move || connect(client, &to));
    }
}

fn connect(client: TcpStream, to: &str) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || pass(from_client, to_server));
    pass(server, client);
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ended = to.shutdown(Shutdown::Both);
}
