//! The broker's side, which outlives every process: a socket, and the commands that arrived whole.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// An order with every command about it that arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) price: String,
    pub(crate) canceled: bool,
    pub(crate) submits: usize,
    pub(crate) replaces: usize,
    pub(crate) cancels: usize,
}

#[derive(Debug, Default)]
struct State {
    orders: BTreeMap<String, Kept>,
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
        // Half a line is no command.
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            let words: Vec<&str> = line.split_whitespace().collect();
            let answer = self.answer(&words);
            // Whoever sent it may be dead; what has arrived counts all the same.
            let _unread = writeln!(stream, "{answer}");
            line.clear();
        }
    }

    fn answer(&self, words: &[&str]) -> String {
        let orders = &mut self.state.0.lock().unwrap().orders;
        match *words {
            ["SUBMIT", id, price] => {
                let order = orders.entry(id.to_owned()).or_default();
                order.submits += 1;
                price.clone_into(&mut order.price);
                return "OK".to_owned();
            }
            ["REPLACE", id, price] => {
                if let Some(order) = orders.get_mut(id) {
                    order.replaces += 1;
                    price.clone_into(&mut order.price);
                    return "OK".to_owned();
                }
            }
            ["CANCEL", id] => {
                if let Some(order) = orders.get_mut(id) {
                    order.cancels += 1;
                    order.canceled = true;
                    return "OK".to_owned();
                }
            }
            ["FIND", id] => {
                if let Some(order) = orders.get(id) {
                    let word = if order.canceled { "canceled" } else { "new" };
                    return format!("YES {word} {}", order.price);
                }
            }
            _ => {}
        }
        "NO".to_owned()
    }

    /// Every order, by its identifier.
    pub(crate) fn orders(&self) -> BTreeMap<String, Kept> {
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
