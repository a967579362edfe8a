//! The bytes of a request and its answer: one pool of HTTP/1.1 connections that are kept alive.

use core::{error::Error as StdError, time::Duration};

use broker_core::{Error, ErrorKind, ExposeSecret as _, Result, SecretString, UnconfirmedCause};
use reqwest::{
    Client,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};
use tokio::time::{Instant, timeout_at};

use super::{Trust, envelope::Failure};

/// Bytes that an answer may have; the longest known one, all symbols of a market, has two million.
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// How long an unused connection is kept. Short, because a command that is written into a connection
/// which the server is just closing has an unknown outcome.
const IDLE: Duration = Duration::from_secs(20);

/// What came back, whatever it is.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// The pool of connections; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Http(Client);

impl Http {
    /// A pool that gives up connecting after so long.
    ///
    /// # Errors
    /// As [`Trust::client`].
    pub(crate) fn new(trust: &Trust, connect: Duration) -> Result<Self> {
        let mut tls = trust.client()?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            // A redirect would carry token and signature to another host.
            .redirect(Policy::none())
            // What may be sent again is not for the library to decide.
            .retry(reqwest::retry::never())
            .connect_timeout(connect)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .user_agent(concat!("broker-tiger/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("no HTTP client: {}", words(&error)),
            )
        })?;
        Ok(Self(client))
    }

    /// Sends a request and reads the whole answer, or gives up at `until`.
    pub(super) async fn post(
        &self,
        url: &str,
        body: String,
        token: Option<&SecretString>,
        until: Instant,
    ) -> core::result::Result<Reply, Failure> {
        let mut request = self
            .0
            .post(url)
            .header(CONTENT_TYPE, "application/json;charset=UTF-8")
            .header(CACHE_CONTROL, "no-cache")
            .body(body);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.expose_secret().trim()).map_err(|_| {
                let message = "the token has characters that no header may have";
                Failure::Unsent(Error::new(ErrorKind::Authentication, message))
            })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        match timeout_at(until, exchange(request)).await {
            Ok(answered) => answered,
            Err(_) => Err(Failure::Unknown {
                cause: UnconfirmedCause::Timeout,
                error: Error::new(ErrorKind::Timeout, "Tiger did not answer in time"),
            }),
        }
    }

    /// Reads a document that is no answer of the gateway's, at most so many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Disconnected`], [`ErrorKind::Timeout`] and [`ErrorKind::Protocol`].
    pub(crate) async fn document(&self, url: &str, patience: Duration) -> Result<Vec<u8>> {
        let until = Instant::now() + patience;
        let late = |_| Error::new(ErrorKind::Timeout, "no answer in time");
        let asked = timeout_at(until, exchange(self.0.get(url)))
            .await
            .map_err(late)?;
        let reply = asked.map_err(Failure::into_error)?;
        if reply.status != 200 {
            let message = format!("HTTP status {}", reply.status);
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(reply.body)
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> core::result::Result<Reply, Failure> {
    let mut response = request.send().await.map_err(failure)?;
    let status = response.status().as_u16();
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > ANSWER_LIMIT) {
        return Err(too_long());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(4096));
    while let Some(piece) = response.chunk().await.map_err(cut_off)? {
        if body.len() + piece.len() > ANSWER_LIMIT {
            return Err(too_long());
        }
        body.extend_from_slice(&piece);
    }
    Ok(Reply { status, body })
}

fn too_long() -> Failure {
    Failure::Unknown {
        cause: UnconfirmedCause::UnreadableAnswer,
        error: Error::new(
            ErrorKind::Protocol,
            format!("the answer has more than {ANSWER_LIMIT} bytes"),
        ),
    }
}

/// The chain of causes without the address, which is known anyway.
fn words(error: &reqwest::Error) -> String {
    let mut words = String::new();
    let mut next: Option<&dyn StdError> = StdError::source(error);
    while let Some(cause) = next {
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&cause.to_string());
        next = cause.source();
    }
    if words.is_empty() {
        words.push_str("the request failed");
    }
    words
}

/// The head of an answer did not come.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_builder() {
        let message = format!("the request cannot be made: {}", words(&error));
        return Failure::Unsent(Error::new(ErrorKind::Internal, message));
    }
    // Connecting comes before the first byte of a request.
    if error.is_connect() {
        let message = format!("Tiger cannot be reached: {}", words(&error));
        let kind = if error.is_timeout() {
            ErrorKind::Timeout
        } else {
            ErrorKind::Disconnected
        };
        return Failure::Unsent(Error::new(kind, message));
    }
    let message = format!("the connection to Tiger was lost: {}", words(&error));
    Failure::Unknown {
        cause: UnconfirmedCause::Disconnected,
        error: Error::new(ErrorKind::Disconnected, message),
    }
}

/// The head came, the rest did not.
fn cut_off(error: reqwest::Error) -> Failure {
    let message = format!(
        "Tiger's answer was cut off: {}",
        words(&error.without_url())
    );
    Failure::Unknown {
        cause: UnconfirmedCause::Disconnected,
        error: Error::new(ErrorKind::Disconnected, message),
    }
}
