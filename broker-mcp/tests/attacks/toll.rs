//! What stands between the program and a broker that is spoken to in HTTP, and holds messages up by what they
//! ask for.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

use serde_json::Value;

/// Where a message is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The broker does not have the request.
    Asked,
    /// The broker has done it, and the program does not have the answer.
    Answered,
}

#[derive(Debug, Default)]
struct State {
    /// What is held up from now on.
    wanted: Option<(&'static str, Held)>,
    /// How many messages are held up now.
    held: usize,
    /// Counts the cuts: what was held up before one is lost.
    cuts: usize,
    open: Vec<TcpStream>,
}

#[derive(Debug, Default)]
struct Booth {
    state: Mutex<State>,
    changed: Condvar,
}

impl Booth {
    /// Waits for as long as such messages are held up. Whether the message may go on.
    fn pass(&self, method: &str, place: Held) -> bool {
        let mut state = self.state.lock().unwrap();
        let before = state.cuts;
        let here = |state: &State| state.wanted == Some((method, place));
        if !here(&state) {
            return true;
        }
        state.held += 1;
        self.changed.notify_all();
        let state = self.changed.wait_while(state, |state| state.cuts == before);
        drop(state.unwrap());
        false
    }
}

pub(crate) struct Toll {
    address: SocketAddr,
    booth: Arc<Booth>,
}

/// A message with its length, and what its body asks for if it is a request.
fn message(stream: &mut TcpStream) -> Option<(Vec<u8>, String)> {
    let mut bytes = Vec::new();
    let mut part = vec![0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| {
                let length = line.strip_prefix("content-length:")?;
                length.trim().parse::<usize>().ok()
            });
            let whole = end + 4 + length.unwrap_or(0);
            if bytes.len() >= whole {
                let body: Value =
                    serde_json::from_slice(&bytes[end + 4..whole]).unwrap_or_default();
                let method = body["method"].as_str().unwrap_or_default().to_owned();
                return Some((bytes, method));
            }
        }
        match stream.read(&mut part).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
}

fn carry(mut program: TcpStream, mut broker: TcpStream, booth: &Booth) {
    while let Some((request, method)) = message(&mut program) {
        if !booth.pass(&method, Held::Asked) || broker.write_all(&request).is_err() {
            break;
        }
        let Some((answer, _)) = message(&mut broker) else {
            break;
        };
        if !booth.pass(&method, Held::Answered) || program.write_all(&answer).is_err() {
            break;
        }
    }
    let _gone = program.shutdown(Shutdown::Both);
    let _gone = broker.shutdown(Shutdown::Both);
}

impl Toll {
    pub(crate) fn before(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let booth: Arc<Booth> = Arc::default();
        let own = Arc::clone(&booth);
        thread::spawn(move || {
            for program in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(broker) else {
                    continue;
                };
                let mut state = own.state.lock().unwrap();
                for stream in [&program, &server] {
                    stream.set_nodelay(true).unwrap();
                    state.open.push(stream.try_clone().unwrap());
                }
                let booth = Arc::clone(&own);
                thread::spawn(move || carry(program, server, &booth));
            }
        });
        Self { address, booth }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Holds up messages of a method from now on.
    pub(crate) fn hold(&self, method: &'static str, place: Held) {
        self.booth.state.lock().unwrap().wanted = Some((method, place));
    }

    /// Whether one is held up.
    pub(crate) fn holds(&self) -> bool {
        self.booth.state.lock().unwrap().held > 0
    }

    /// Ends all connections; what was held up is lost with them, and the next ones are let through.
    pub(crate) fn cut(&self) {
        let mut state = self.booth.state.lock().unwrap();
        for stream in state.open.drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
        (state.wanted, state.held) = (None, 0);
        state.cuts += 1;
        drop(state);
        self.booth.changed.notify_all();
    }
}
