//! What stands between the program and its broker, and lets bytes through or keeps them.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// One direction: open, or keeping all that comes.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    shut: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    pub(crate) fn shut(&self) {
        *self.shut.lock().unwrap() = true;
    }

    pub(crate) fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let shut = self.shut.lock().unwrap();
        drop(self.changed.wait_while(shut, |shut| *shut).unwrap());
    }
}

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    /// From the program to the broker.
    pub(crate) out: Arc<Gate>,
    /// From the broker to the program.
    pub(crate) back: Arc<Gate>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

fn carry(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 {
            break;
        }
        gate.pass();
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _gone = from.shutdown(Shutdown::Both);
    let _gone = to.shutdown(Shutdown::Both);
}

impl Wire {
    pub(crate) fn to(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (out, back): (Arc<Gate>, Arc<Gate>) = Default::default();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (gates, kept) = ((Arc::clone(&out), Arc::clone(&back)), Arc::clone(&open));
        thread::spawn(move || {
            for program in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(broker) else {
                    continue;
                };
                let mut kept = kept.lock().unwrap();
                for stream in [&program, &server] {
                    stream.set_nodelay(true).unwrap();
                    kept.push(stream.try_clone().unwrap());
                }
                let (from, to) = (program.try_clone().unwrap(), server.try_clone().unwrap());
                let gate = Arc::clone(&gates.0);
                thread::spawn(move || carry(from, to, &gate));
                let gate = Arc::clone(&gates.1);
                thread::spawn(move || carry(server, program, &gate));
            }
        });
        Self {
            address,
            out,
            back,
            open,
        }
    }

    /// Ends all connections; what was kept is lost with them, and the next ones are let through.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
        self.out.open();
        self.back.open();
    }
}
