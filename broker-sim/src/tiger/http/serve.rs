use std::{convert::Infallible, io, sync::Arc, time::Duration};

use futures_util::stream;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody, combinators::BoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::{call::Call, envelope};
use crate::tiger::gateway::{Complaint, Fate, Gateway};

/// Bytes that a request may have.
const REQUEST_LIMIT: usize = 1024 * 1024;

/// How long a client may take for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// Serves everyone who connects.
pub(in crate::tiger) async fn accept(listener: TcpListener, gateway: Arc<Gateway>) {
    loop {
        match listener.accept().await {
            // Nobody is at home.
            Ok((stream, _)) if gateway.is_down() => drop(stream),
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&gateway)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, gateway: Arc<Gateway>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut cut = gateway.cut();
    let service = service_fn(move |request| answer(request, Arc::clone(&gateway)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
        }
        // Whatever is on its way stays there.
        _ = cut.changed() => {}
    }
}

/// What an answer is sent as.
type Body = BoxBody<Bytes, io::Error>;

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed()
}

/// Half of an answer, then the end of the connection.
fn half(bytes: &Bytes) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    let steps = stream::unfold(Some(half), |step| async move {
        match step {
            Some(half) => Some((Ok(Frame::data(half)), None)),
            None => {
                // The half is sent before the connection breaks.
                tokio::task::yield_now().await;
                let broken = io::Error::from(io::ErrorKind::ConnectionAborted);
                Some((Err(broken), None))
            }
        }
    });
    BodyExt::boxed(StreamBody::new(steps))
}

/// Answers a request; an error drops the connection without another byte.
async fn answer(request: Request<Incoming>, gateway: Arc<Gateway>) -> io::Result<Response<Body>> {
    if request.method() != Method::POST || !request.uri().path().ends_with("/gateway") {
        return Ok(plain(StatusCode::NOT_FOUND, "not found"));
    }
    let token = request.headers().get(AUTHORIZATION);
    let token = token
        .and_then(|token| token.to_str().ok())
        .map(str::to_owned);
    if token
        .as_deref()
        .is_some_and(|token| token.starts_with("Bearer "))
    {
        // OAuth2 is not served.
        let complaint = Complaint::forbidden("OAuth2 is not supported");
        let mut response = wrap(&gateway, Err(complaint), false, "");
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(response.map(whole));
    }
    let body = Limited::new(request.into_body(), REQUEST_LIMIT);
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "too large"));
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    let call = match Call::read(&body) {
        Ok(call) => call,
        Err(complaint) => return Ok(wrap(&gateway, Err(complaint), false, "").map(whole)),
    };
    let stamp = call.member("timestamp").unwrap_or_default().to_owned();
    let told = gateway.call(&call, token.as_deref());
    let mut response = wrap(&gateway, told.answer, told.is_order, &stamp);
    match told.fate {
        Fate::Answer => Ok(response.map(whole)),
        Fate::Truncate => {
            let length = response.body().len().into();
            response.headers_mut().insert(CONTENT_LENGTH, length);
            Ok(response.map(|bytes| half(&bytes)))
        }
        Fate::Drop => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
        Fate::Silence => match std::future::pending::<Infallible>().await {},
        Fate::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            Ok(plain(status, "<html><body>error</body></html>"))
        }
    }
}

fn wrap(
    gateway: &Gateway,
    answer: Result<serde_json::Value, Complaint>,
    is_order: bool,
    stamp: &str,
) -> Response<Bytes> {
    let status = match &answer {
        Err(complaint) if complaint.code == Complaint::RATE_LIMIT => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    };
    let form = gateway.habits().form;
    let now = gateway.office_time().timestamp_millis();
    let bytes = envelope::write(answer, form, is_order, now, stamp, |text| {
        gateway.sign(text)
    });
    let mut response = Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(whole(text));
    *response.status_mut() = status;
    response
}
