//! The vendor's directory of servers, the "domain garden" (protocol notes, section 1.2).
//!
//! Its answer is not signed, so it is routing advice from a stranger: only hosts of domains that are
//! known to be the vendor's are taken, only over `https`, and everything else is left aside.

use serde::Deserialize;
use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::Value;

use super::{License, PushAddress, Stage};

/// Domains that are known to be the vendor's.
const DOMAINS: [&str; 2] = ["tigerfintech.com", "tradeup.com"];

/// The directory's answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Directory {
    #[serde(default)]
    items: Vec<BTreeMap<String, BTreeMap<String, Value>>>,
}

/// Addresses that the directory named and that may be used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Routes {
    pub(crate) trade: Option<String>,
    pub(crate) quote: Option<String>,
    pub(crate) push: Option<PushAddress>,
}

impl Directory {
    /// The addresses for a licence; `paper` for an account without real money.
    pub(crate) fn routes(&self, stage: Stage, license: Option<License>, paper: bool) -> Routes {
        let name = match stage {
            Stage::Production => "openapi",
            Stage::Sandbox => "openapi-sandbox",
            Stage::Test => return Routes::default(),
        };
        let Some(entries) = self.items.first().and_then(|item| item.get(name)) else {
            return Routes::default();
        };
        let origin = |key: &str| {
            let url = Url::parse(entries.get(key)?.as_str()?).ok()?;
            trusted(&url).then_some(url)
        };
        let of_license = |suffix: &str| origin(&format!("{}{suffix}", license?.word()));
        let common = origin("COMMON");
        let gateway = |url: Option<Url>| {
            let url = url.or_else(|| common.clone())?;
            Some(format!("{}/gateway", url.as_str().trim_end_matches('/')))
        };
        let port = entries.get("socket_port").and_then(Value::as_u64);
        let port = port.and_then(|port| u16::try_from(port).ok());
        let push = common.as_ref().zip(port).and_then(|(url, port)| {
            let host = url.host_str()?.to_owned();
            Some(PushAddress { host, port })
        });
        Routes {
            trade: gateway(of_license(if paper { "-PAPER" } else { "" })),
            quote: gateway(of_license("-QUOTE")),
            push: push.filter(|push| push.port != 0),
        }
    }
}

/// Whether requests may be sent there.
fn trusted(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let known = DOMAINS.into_iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    });
    let fine =
        known && url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    if !fine {
        tracing::warn!(
            host,
            "the directory of servers names a host that is not the vendor's"
        );
    }
    fine
}
