use core::fmt::{self, Display, Formatter};
use std::{error::Error as StdError, io, time::Duration};

use bollard::errors::Error as EngineError;
use broker_core::{Error, ErrorKind, model::BrokerText};

use super::engine::{Container, Endpoint};

/// How much of what an engine says is kept.
const WIDTH: usize = 400;

/// What an engine was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Version,
    List,
    Start,
    Stop,
    Restart,
}

impl Display for Asked {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "tell its version",
            Self::List => "list its containers",
            Self::Start => "start the container",
            Self::Stop => "stop the container",
            Self::Restart => "restart the container",
        })
    }
}

/// What it means that an engine did not do what it was asked for.
///
/// The library's error is not kept as the source: it may quote the answer.
pub(super) fn refusal(container: &Container, asked: Asked, error: &EngineError) -> Error {
    match error {
        EngineError::DockerResponseServerError {
            status_code,
            message,
        } => refused(container, asked, *status_code, message),
        EngineError::SocketNotFoundError(_) => {
            unreachable(&container.endpoint, io::ErrorKind::NotFound)
        }
        EngineError::RequestTimeoutError => hung(container, asked, container.within),
        EngineError::JsonDataError { .. }
        | EngineError::JsonSerdeError { .. }
        | EngineError::StrParseError { .. }
        | EngineError::APIVersionParseError {} => nonsense(container, asked),
        other => match io_kind(other) {
            Some(kind) => unreachable(&container.endpoint, kind),
            None => broken_off(container, asked),
        },
    }
}

/// There is no such container.
pub(super) fn missing(container: &Container) -> Error {
    let Container { name, endpoint, .. } = container;
    let message = format!(
        "the engine at {endpoint} has no container `{name}`: create it first, such as with `docker create \
         --name {name} -p 127.0.0.1:4002:4002 IMAGE`, or correct the name"
    );
    Error::new(ErrorKind::NotFound, message).at_field("container_name")
}

/// It took too long.
pub(super) fn hung(container: &Container, asked: Asked, within: Duration) -> Error {
    let endpoint = &container.endpoint;
    let mut message = format!(
        "the engine at {endpoint} was asked to {asked} and did not answer within {within:?}"
    );
    if matches!(asked, Asked::Start | Asked::Stop | Asked::Restart) {
        message.push_str("; it may do so yet");
    }
    Error::new(ErrorKind::Timeout, message)
}

/// It said something that cannot be read. What it said is not repeated.
pub(super) fn nonsense(container: &Container, asked: Asked) -> Error {
    let endpoint = &container.endpoint;
    let message = format!(
        "what answers at {endpoint} was asked to {asked} and does not speak the Docker Engine API"
    );
    Error::new(ErrorKind::Protocol, message)
}

fn broken_off(container: &Container, asked: Asked) -> Error {
    let endpoint = &container.endpoint;
    let message = format!(
        "what listens at {endpoint} was asked to {asked} and ended the connection without an answer"
    );
    Error::new(ErrorKind::Disconnected, message)
}

fn refused(container: &Container, asked: Asked, status: u16, words: &str) -> Error {
    let Container { name, endpoint, .. } = container;
    let words = without_values(words);
    let made = match status {
        404 if asked == Asked::Version => nonsense(container, asked),
        404 => missing(container),
        401 | 403 => Error::new(
            ErrorKind::PermissionDenied,
            format!(
                "{endpoint} does not allow to {asked}: a proxy has to let through `GET /version`, `GET \
                 /containers/json` and `POST /containers/{name}/start`, `stop` and `restart`"
            ),
        ),
        409 => Error::new(
            ErrorKind::Rejected,
            format!(
                "the engine at {endpoint} will not {asked} in the state that `{name}` is in: {words}"
            ),
        ),
        500.. => Error::new(
            ErrorKind::Io,
            format!("the engine at {endpoint} failed to {asked} `{name}`: {words}"),
        ),
        _ => Error::new(
            ErrorKind::Protocol,
            format!("the engine at {endpoint} answered {status} when asked to {asked}: {words}"),
        ),
    };
    made.with_broker(BrokerText::new(status.to_string(), words))
}

/// What it means that there is no connection to an engine.
pub(super) fn unreachable(endpoint: &Endpoint, kind: io::ErrorKind) -> Error {
    let (error, message) = match (endpoint, kind) {
        (Endpoint::Socket(path), io::ErrorKind::NotFound) => (
            ErrorKind::Disconnected,
            format!(
                "there is no socket {path}: start Docker, or say where its socket is (within a container it \
                 has to be mounted)"
            ),
        ),
        (Endpoint::Socket(path), io::ErrorKind::PermissionDenied) => (
            ErrorKind::PermissionDenied,
            format!(
                "this user may not write to the socket {path}: use a filtering proxy, or let the user into \
                 the group of that file, which makes it root on the host"
            ),
        ),
        (_, io::ErrorKind::ConnectionRefused) => (
            ErrorKind::Disconnected,
            format!("nothing listens at {endpoint}: start Docker, or the proxy in front of it"),
        ),
        (_, kind) => (
            ErrorKind::Disconnected,
            format!("the engine at {endpoint} cannot be reached: {kind}"),
        ),
    };
    Error::new(error, message)
}

/// The first failure of a socket among the causes.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = error.source();
    }
    None
}

/// What an engine says, up to the first value of a variable: an engine that repeats the
/// environment would repeat passwords.
pub(super) fn without_values(words: &str) -> String {
    let (kept, rest) = words.split_once('=').unwrap_or((words, ""));
    let mut kept: String = kept.chars().take(WIDTH).collect();
    if !rest.is_empty() {
        kept.push_str("=***");
    }
    kept
}
