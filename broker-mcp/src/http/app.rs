use core::convert::Infallible;
use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        HeaderValue, Method,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::time::Instant;
use tower::Service;

use super::{
    HttpSettings, SettingsError, bare,
    border::{self, Border},
    identity::{self, Identity},
    intake, lasting,
    sessions::{self, Sessions},
};
use crate::{
    auth::{Alarm, Gate, LogAlarm},
    measure,
    rest::{Rest, no_such_path},
};

/// Where MCP is.
const MCP: [&str; 3] = ["/mcp", "/api/v1/mcp", "/api/v1"];

/// Everything that is behind one port, and the one way in.
///
/// Every request is looked at in the same order: by which name and from which page it comes, who sends it,
/// how large it is. What is behind finds an `Arc<Principal>` in its extensions.
#[derive(Debug)]
pub struct App {
    pub(super) settings: Arc<HttpSettings>,
    pub(super) gate: Option<Arc<Gate>>,
    #[cfg(feature = "oauth")]
    tokens: Option<Arc<crate::auth::oauth::Tokens>>,
    rest: Option<Rest>,
    mcp: Option<Router>,
    bare: Option<Router>,
    doors: Router,
    open: BTreeSet<String>,
    pub(super) lasting: lasting::Watch,
}

impl App {
    /// Nothing, yet, and as the operator has said.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            gate: None,
            #[cfg(feature = "oauth")]
            tokens: None,
            rest: None,
            mcp: None,
            bare: None,
            doors: Router::new(),
            open: BTreeSet::new(),
            lasting: lasting::Watch::default(),
        }
    }

    /// Lets in whoever has a key.
    #[must_use]
    pub fn with_keys(mut self, gate: Arc<Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Lets in whoever has an access token.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<crate::auth::oauth::Tokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The REST API, with the paths and the time limit of the settings.
    #[must_use]
    pub fn with_rest(mut self, rest: Rest) -> Self {
        let settings = &self.settings;
        let rest = rest
            .with_compat(settings.compat)
            .with_patience(settings.timeout());
        self.open.extend(Rest::OPEN.map(str::to_owned));
        self.rest = Some(rest);
        self
    }

    /// A service of MCP, at `/mcp` and `/api/v1/mcp`. Its sessions belong to the keys that open them.
    #[must_use]
    pub fn with_mcp<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.mcp = Some(at_mcp(service));
        self
    }

    /// A service of MCP without sessions that answers in JSON, for programs that send single calls.
    #[must_use]
    pub fn with_bare_mcp<S>(mut self, stateless: S) -> Self
    where
        S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.bare = Some(at_mcp(stateless));
        self
    }

    /// More paths, for callers with a key. They have no fallback of their own, and none is one of the paths
    /// that are there already: [`Server::bind`](super::Server::bind) panics otherwise, as `axum` does.
    #[must_use]
    pub fn with_door(mut self, router: Router) -> Self {
        self.doors = self.doors.merge(router);
        self
    }

    /// More paths, for anybody who may connect: pages without data. `paths` are those that need no key; one
    /// that ends in `/` stands for all below it.
    #[must_use]
    pub fn with_open_door(
        mut self,
        paths: impl IntoIterator<Item = impl Into<String>>,
        router: Router,
    ) -> Self {
        self.open.extend(paths.into_iter().map(Into::into));
        self.with_door(router)
    }

    fn has_keys(&self) -> bool {
        let keys = self.gate.as_ref().is_some_and(|gate| gate.has_keys());
        #[cfg(feature = "oauth")]
        let keys = keys || self.tokens.is_some();
        keys
    }

    /// All of it, for a port or for a test. Connections have to say where they are from, which
    /// [`Server`](super::Server) does.
    ///
    /// # Errors
    /// The settings are not safe.
    pub(super) fn router(self) -> Result<Router, SettingsError> {
        self.settings.check(self.has_keys())?;
        let (mut router, open) = (self.doors, self.open);
        #[cfg(feature = "oauth")]
        let open = match &self.tokens {
            Some(tokens) => {
                router = router.merge(tokens.metadata(&self.settings));
                let paths = crate::auth::oauth::METADATA.map(str::to_owned);
                open.into_iter().chain(paths).collect()
            }
            None => open,
        };
        if let Some(mcp) = self.mcp {
            let alarm = self.gate.as_ref().map(|gate| Arc::clone(gate.alarm()));
            let alarm: Arc<dyn Alarm> = alarm.unwrap_or_else(|| Arc::new(LogAlarm));
            let sessions = Arc::new(Sessions::new(alarm));
            let mut mcp = mcp;
            if let Some(stateless) = self.bare {
                mcp = mcp.route_layer(from_fn_with_state(stateless, bare::admit));
            }
            router = router.merge(mcp.route_layer(from_fn_with_state(sessions, sessions::bind)));
        }
        router = match self.rest {
            Some(rest) => router.merge(rest.router()),
            None => router.fallback(no_such_path),
        };
        let identity = Identity {
            gate: self.gate,
            #[cfg(feature = "oauth")]
            tokens: self.tokens,
            settings: Arc::clone(&self.settings),
            open: Arc::new(open),
            lasting: self.lasting,
        };
        let border = Border::of(&self.settings);
        Ok(router
            .layer(from_fn_with_state(self.settings, intake::take))
            .layer(from_fn_with_state(Arc::new(identity), identity::ask))
            .layer(from_fn_with_state(Arc::new(border), border::cross))
            .layer(from_fn(measured)))
    }
}

fn at_mcp<S>(service: S) -> Router
where
    S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    let [own, api, root] = MCP;
    Router::new()
        .route_service(own, service.clone())
        .route_service(api, service.clone())
        .route_service(root, service)
}

/// Counts requests, and says of every answer that nobody may keep it or take it for something else.
async fn measured(request: Request, next: Next) -> Response {
    let began = Instant::now();
    // Whoever asks could make up any number of methods, each of which would be counted for ever.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let mut response = next.run(request).await;
    measure::answered(method, response.status().as_u16(), began.elapsed());
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
