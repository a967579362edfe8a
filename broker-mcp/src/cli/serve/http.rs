use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_util::sync::CancellationToken;

use super::{alarm::Told, house::House, keys::Keys, people::People};
use crate::{
    auth::Gate,
    cli::Failure,
    http::{Anonymous, App, HttpSettings, TlsFiles},
    machine::Machine,
    page,
    rest::{Compat, Gauges, Rest},
    settings::{ProfileName, ServerSettings, TlsVersion, Whole},
};

/// The faces of a service on a port.
pub(super) async fn app(
    whole: &Whole,
    house: &House,
    keys: &Keys,
    stop: &CancellationToken,
) -> Result<App, Failure> {
    let alarm = Arc::new(Told::new(&whole.server.alerts.command));
    let gate = Gate::new(Arc::clone(&keys.store))?;
    let gate = Arc::new(gate.with_alarm(alarm).with_cost(keys.cost));
    let people = Arc::new(People::of(Arc::clone(&house.service)));
    let gauges = Gauges::install()?;
    let machine = Machine::at(folder(whole));
    upkeep(gauges.clone(), machine.clone(), stop.clone());
    let mut rest = Rest::new(Arc::clone(&house.service))
        .with_approvals(people.clone())
        .with_halt(people)
        .with_gauges(gauges)
        .with_machine(machine);
    let metrics = &whole.server.metrics;
    if metrics.business {
        rest = rest.with_business(metrics.every.get());
    }
    let app = App::new(settings(whole)).with_keys(gate).with_rest(rest);
    let app = if whole.server.page {
        page::served_by(app)
    } else {
        app
    };
    #[cfg(feature = "mcp")]
    let app = {
        let tools = super::mcp::tools(whole, house).await?;
        app.with_mcp(super::mcp::over_http(&tools, stop, true))
            .with_bare_mcp(super::mcp::over_http(&tools, stop, false))
    };
    Ok(app)
}

fn settings(whole: &Whole) -> HttpSettings {
    let server = &whole.server;
    let tls = server.tls.as_ref().map(|tls| TlsFiles {
        certificate: whole.at(&tls.certificate),
        private_key: whole.at(&tls.key),
        only_1_3: tls.min_version == TlsVersion::V13,
    });
    let origins: Vec<String> = server.origins.iter().cloned().collect();
    HttpSettings {
        listen: server.address(),
        tls,
        behind_proxy: server.behind_proxy,
        public_address: server.public_url.clone(),
        hosts: server.hosts.iter().cloned().collect(),
        cors: origins.clone(),
        origins,
        body_limit: server.requests.body_bytes,
        request_timeout: seconds(server.requests.within.get()),
        drain: seconds(server.shutdown_within.get() / 3),
        anonymous: if server.anonymous_read {
            Anonymous::Read
        } else {
            Anonymous::Refused
        },
        compat: compat(server),
        ..HttpSettings::default()
    }
}

fn compat(server: &ServerSettings) -> Compat {
    let has = |profile| server.profiles.contains(&profile);
    Compat {
        tiger: has(ProfileName::Tiger),
        ib_paper: has(ProfileName::IbPaper),
        tws: has(ProfileName::Tws),
        always_200: server.always_200,
    }
}

/// A part of a second is a whole one.
fn seconds(span: core::time::Duration) -> u32 {
    let whole = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    u32::try_from(whole.max(1)).unwrap_or(u32::MAX)
}

/// Where the server's file is: the disk that must not be full.
fn folder(whole: &Whole) -> PathBuf {
    let store = whole.at(&whole.server.store);
    let folder = store.parent().filter(|it| !it.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn upkeep(gauges: Gauges, machine: Machine, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(Gauges::UPKEEP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = beat.tick() => {
                    machine.look().await;
                    gauges.settle();
                }
            }
        }
    });
}
