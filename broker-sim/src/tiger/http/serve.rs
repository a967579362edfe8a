use std::{convert::Infallible, io, sync::Arc, time::Duration};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE},
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
    let service = service_fn(move |request| answer(request, Arc::clone(&gateway)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Answers a request; an error drops the connection without another byte.
async fn answer(
    request: Request<Incoming>,
    gateway: Arc<Gateway>,
) -> io::Result<Response<Full<Bytes>>> {
    if request.method() != Method::POST || !request.uri().path().ends_with("/gateway") {
        return Ok(plain(StatusCode::NOT_FOUND, "not found"));
    }
    let token = request.headers().get(AUTHORIZATION);
    let token = token
        .and_then(|token| token.to_str().ok())
        .map(str::to_owned);
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
        Err(complaint) => return Ok(wrap(&gateway, Err(complaint), false, "")),
    };
    let stamp = call.member("timestamp").unwrap_or_default().to_owned();
    let told = gateway.call(&call, token.as_deref());
    let response = wrap(&gateway, told.answer, told.is_order, &stamp);
    match told.fate {
        Fate::Answer => Ok(response),
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
) -> Response<Full<Bytes>> {
    let status = match &answer {
        Err(complaint) if complaint.code == Complaint::RATE_LIMIT => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    };
    let form = gateway.habits().form;
    let now = gateway.office_time().timestamp_millis();
    let bytes = envelope::write(answer, form, is_order, now, stamp, |text| {
        gateway.sign(text)
    });
    let mut response = Response::new(Full::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}
