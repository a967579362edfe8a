//! The recorded exchanges, for tests.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) const CLIENT_KEY: &str = include_str!("../tests/vectors/keys/test_rsa_1024_pkcs1.pem");
pub(crate) const CLIENT_KEY_PKCS8: &str =
    include_str!("../tests/vectors/keys/test_rsa_1024_pkcs8.pem");
pub(crate) const SERVER_PUBLIC_KEY: &str =
    include_str!("../tests/vectors/keys/test_server_rsa_1024_pub.pem");
const HTTP: &str = include_str!("../tests/vectors/http.json");

#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) members: Option<BTreeMap<String, String>>,
    pub(crate) string_to_sign: Option<String>,
    pub(crate) sign: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) response: Response,
}

#[derive(Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) fn http() -> Vec<Vector> {
    serde_json::from_str(HTTP).unwrap()
}

pub(crate) fn numbered(number: u32) -> Vector {
    http()
        .into_iter()
        .find(|vector| vector.number == number)
        .unwrap()
}

/// What is logged, at every level, until it is dropped; on this thread only.
pub(crate) struct Log {
    lines: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    _second: tracing::Dispatch,
    _default: tracing::subscriber::DefaultGuard,
}

impl Log {
    pub(crate) fn begin() -> Self {
        #[derive(Clone)]
        struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
        impl std::io::Write for Lines {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let lines = std::sync::Arc::<std::sync::Mutex<Vec<u8>>>::default();
        let to = Lines(std::sync::Arc::clone(&lines));
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || to.clone())
            .with_ansi(false)
            .finish();
        Self {
            lines,
            // While there is one subscriber alone, a place in the code is off for good if a thread
            // that has none comes by first, as the threads of other tests do
            // (tokio-rs/tracing#2874).
            _second: tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new()),
            _default: tracing::subscriber::set_default(subscriber),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.lock().unwrap().clone()).unwrap()
    }
}
