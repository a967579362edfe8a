//! A server without a port, over two paper accounts, with a key for each role.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use broker_core::{Broker, ExposeSecret as _, model::AccountId};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use http_body_util::BodyExt as _;
use rust_decimal::Decimal;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{App, HttpSettings, identity::Peer};
use crate::{
    BrokerService, Principal,
    auth::{Cost, Gate, KeyStore as _, MemoryKeys},
    operation::{Operation, Table},
    principal::{Access, Role},
    rest::{Compat, Rest},
};

/// Cheap, so that tests do not wait for it.
pub(crate) const COST: Cost = Cost::new(8, 1);

pub(crate) fn service() -> Arc<BrokerService> {
    Arc::new(unshared())
}

/// The same accounts with other operations.
pub(crate) fn service_of(operations: Vec<Operation>) -> Arc<BrokerService> {
    let mut service = unshared();
    service.table = Arc::new(Table::of(operations));
    Arc::new(service)
}

pub(crate) fn unshared() -> BrokerService {
    let paper = PaperBroker::builder()
        .account("PAPER-1", Decimal::from(100_000))
        .account("PAPER-2", Decimal::from(200_000));
    let paper: Arc<dyn Broker> = Arc::new(paper.build().unwrap());
    let registry = Registry::new();
    for account in ["PAPER-1", "PAPER-2"] {
        let account = AccountId::new(account).unwrap();
        let paper = Arc::clone(&paper);
        registry.add(paper, &account, Permission::Trade).unwrap();
    }
    BrokerService::over(registry)
}

/// Somebody with roles and one account.
pub(crate) fn principal(name: &str, roles: &[Role], account: &str) -> Principal {
    let mut principal = Principal::new(name, roles.iter().copied());
    principal.accounts = Access::Only([account.to_owned()].into());
    principal
}

pub(crate) struct Bench {
    pub(crate) router: Router,
    pub(crate) store: Arc<MemoryKeys>,
    pub(crate) keys: BTreeMap<&'static str, String>,
    pub(crate) ids: BTreeMap<&'static str, Arc<str>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) fn settings() -> HttpSettings {
    let mut settings = HttpSettings::local(0);
    settings.compat = Compat::ALL;
    settings
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(settings(), |app| app, |rest| rest)
    }

    pub(crate) fn with(
        settings: HttpSettings,
        app: impl FnOnce(App) -> App,
        rest: impl FnOnce(Rest) -> Rest,
    ) -> Self {
        Self::over(service(), settings, app, rest)
    }

    pub(crate) fn over(
        service: Arc<BrokerService>,
        settings: HttpSettings,
        app: impl FnOnce(App) -> App,
        rest: impl FnOnce(Rest) -> Rest,
    ) -> Self {
        let store = Arc::new(MemoryKeys::new());
        let mut keys = BTreeMap::new();
        let mut ids = BTreeMap::new();
        let roles: [(&str, &[Role], &str); 5] = [
            ("read", &[Role::Read], "PAPER-1"),
            ("trade", &[Role::Read, Role::Trade], "PAPER-1"),
            ("admin", &[Role::Admin], "PAPER-1"),
            ("approver", &[Role::Approver, Role::Read], "PAPER-1"),
            ("other", &[Role::Read, Role::Trade], "PAPER-2"),
        ];
        for (name, roles, account) in roles {
            store
                .change(&mut |ring| {
                    let owner = principal(name, roles, account);
                    let issued = ring.issue(owner, chrono::Utc::now(), COST)?;
                    keys.insert(name, issued.key.expose_secret().to_owned());
                    ids.insert(name, issued.id);
                    Ok(())
                })
                .unwrap();
        }
        let gate = Gate::new(Arc::clone(&store) as _).unwrap().with_cost(COST);
        let rest = rest(Rest::new(service));
        let built = App::new(settings).with_keys(Arc::new(gate)).with_rest(rest);
        let router = app(built).router().unwrap();
        Self {
            router,
            store,
            keys,
            ids,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str, key: &str) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8000");
        if let Some(key) = self.keys.get(key) {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let peer = Peer(IpAddr::from([127, 0, 0, 1]));
        request.extension(peer).body(Body::empty()).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::String(text)),
        }
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        self.send(self.request("GET", path, key)).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        let mut request = self.request("POST", path, key);
        let kind = "application/json".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        *request.body_mut() = Body::from(body.to_string());
        self.send(request).await
    }
}
