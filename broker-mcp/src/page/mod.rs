//! The page of the person in charge: what waits for them, what is held and ordered, and how it is stopped.
//!
//! Three files without data, for anybody who may connect; the page asks for the rest with the key of
//! whoever signs in. It loads nothing from elsewhere, and no page can hold it in a frame.

#[cfg(test)]
mod page_tests;

use axum::{
    Router,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};

use crate::http::App;

/// What a browser may do with it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const PATHS: [&str; 5] = ["/", "/page", "/page/", "/page/page.css", "/page/page.js"];

/// The same port with the page, at `/page/`.
#[must_use]
pub fn served_by(app: App) -> App {
    let there = || async { Redirect::to("/page/") };
    let [root, short, page, style, script] = PATHS;
    let html = || async { file("text/html; charset=utf-8", include_str!("index.html")) };
    let css = || async { file("text/css; charset=utf-8", include_str!("page.css")) };
    let js = || async { file("text/javascript; charset=utf-8", include_str!("page.js")) };
    let router = Router::new()
        .route(root, get(there))
        .route(short, get(there))
        .route(page, get(html))
        .route(style, get(css))
        .route(script, get(js));
    app.with_open_door(PATHS, router)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (HeaderName::from_static("content-security-policy"), POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
