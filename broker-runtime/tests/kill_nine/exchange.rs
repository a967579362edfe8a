//! The broker's side, which outlives every process: a socket, and the orders that arrived whole.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

#[derive(Debug, Default)]
struct State {
    orders: Vec<String>,
    connections: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    state: Arc<(Mutex<State>, Condvar)>,
    pub(crate) port: u16,
}

impl Exchange {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let exchange = Self {
            state: Arc::default(),
            port: listener.local_addr().unwrap().port(),
        };
        let server = exchange.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                server.state.0.lock().unwrap().connections += 1;
                let server = server.clone();
                thread::spawn(move || {
                    server.serve(&stream);
                    server.state.0.lock().unwrap().connections -= 1;
                    server.state.1.notify_all();
                });
            }
        });
        exchange
    }

    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        // Half a line is no order.
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            let answer = match line.trim_end().split_once(' ') {
                Some(("SUBMIT", id)) => {
                    self.state.0.lock().unwrap().orders.push(id.to_owned());
                    "OK"
                }
                Some(("FIND", id)) if self.count(id) > 0 => "YES",
                _ => "NO",
            };
            if writeln!(stream, "{answer}").is_err() {
                return;
            }
            line.clear();
        }
    }

    /// How many orders there are under an identifier.
    pub(crate) fn count(&self, id: &str) -> usize {
        let state = self.state.0.lock().unwrap();
        state.orders.iter().filter(|order| *order == id).count()
    }

    pub(crate) fn orders(&self) -> Vec<String> {
        self.state.0.lock().unwrap().orders.clone()
    }

    /// Returns when everything that dead processes have written has arrived.
    pub(crate) fn quiet(&self) {
        let state = self.state.0.lock().unwrap();
        drop(
            self.state
                .1
                .wait_while(state, |state| state.connections > 0)
                .unwrap(),
        );
    }
}
