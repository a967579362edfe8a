//! Pages of the web: which may send requests, and which may read what comes back.
//!
//! A browser sends requests for any page to any address, this machine's as well. It says in `Origin` which
//! page it is, and in `Host` by which name it came; a page that makes its own name point here is found
//! out by the latter.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
        },
        uri::Authority,
    },
    middleware::Next,
    response::Response,
};

use super::{HttpSettings, settings::origin};
use crate::{Fault, FaultCode, rest::failed};

const METHODS: &str = "GET, POST, DELETE, OPTIONS";
const HEADERS: &str = "authorization, content-type, accept, idempotency-key, mcp-session-id, \
                       mcp-protocol-version, mcp-method, mcp-name, last-event-id";
const EXPOSED: &str = "Mcp-Session-Id";

/// Who is let to the doors.
#[derive(Debug, Clone)]
pub(super) struct Border {
    /// By which names the server is called.
    hosts: BTreeSet<String>,
    /// Pages that may send.
    origins: BTreeSet<String>,
    /// Pages that may read.
    readers: BTreeSet<String>,
    /// Whether any page of this machine may send.
    local: bool,
}

impl Border {
    pub(super) fn of(settings: &HttpSettings) -> Self {
        let known = |list: &[String]| list.iter().filter_map(|one| origin(one)).collect();
        let mut origins: BTreeSet<String> = known(&settings.origins);
        let readers: BTreeSet<String> = known(&settings.cors);
        origins.extend(readers.iter().cloned());
        let public = settings.public_address.as_deref().and_then(origin);
        origins.extend(public.clone());
        let mut hosts: BTreeSet<String> =
            settings.hosts.iter().filter_map(|one| host(one)).collect();
        hosts.extend(
            public
                .as_deref()
                .and_then(|one| host(one.split_once("//")?.1)),
        );
        Self {
            hosts,
            origins,
            readers,
            local: settings.is_private(),
        }
    }

    /// Whether a request may call the server so. An address cannot be made to point elsewhere, and neither
    /// can `localhost`.
    fn knows(&self, name: &str) -> bool {
        host(name).is_some_and(|name| {
            is_local_name(&name) || is_address(&name) || self.hosts.contains(&name)
        })
    }

    fn may_send(&self, from: &str) -> bool {
        let Some(from) = origin(from) else {
            return false;
        };
        let here = || {
            let name = from.split_once("//").and_then(|(_, name)| host(name));
            name.is_some_and(|name| is_local_name(&name) || is_loopback(&name))
        };
        self.origins.contains(&from) || (self.local && here())
    }

    fn may_read(&self, from: &str) -> bool {
        origin(from).is_some_and(|from| self.readers.contains(&from))
    }
}

/// The name in `name:port`, in small letters, without brackets.
fn host(text: &str) -> Option<String> {
    let authority: Authority = text.parse().ok()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

fn is_local_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}

fn is_loopback(name: &str) -> bool {
    name.parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refused(message: &str) -> Response {
    failed(Fault::new(FaultCode::Forbidden, message))
}

pub(super) async fn cross(
    State(border): State<Arc<Border>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let named = text(headers, &HOST);
    let in_line = request.uri().authority().map(Authority::as_str);
    let called = named.is_some_and(|name| border.knows(name))
        && in_line.is_none_or(|name| border.knows(name))
        && headers.get_all(HOST).iter().count() == 1;
    if !called {
        return refused("this server is not called so: add the name to `hosts`");
    }
    let from = match headers.get(ORIGIN).map(HeaderValue::to_str) {
        None => None,
        Some(Ok(from)) if border.may_send(from) => Some(from.to_owned()),
        Some(_) => return refused("pages of this origin may not send requests here"),
    };
    let reader = from.filter(|from| border.may_read(from));
    let asks_first =
        request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        if reader.is_some() {
            let headers = response.headers_mut();
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static(METHODS),
            );
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(HEADERS),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    if let Some(reader) = reader.and_then(|from| HeaderValue::from_str(&from).ok()) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
    }
    headers.append(VARY, HeaderValue::from_static("Origin"));
    response
}
