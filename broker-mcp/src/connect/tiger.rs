//! Tiger Brokers, from its settings.

use std::{path::PathBuf, sync::Arc};

use broker_core::{Broker, Error, ErrorKind, Result, model::Environment};
use broker_runtime::config::{BrokerSetup, SecretRef, Span};
use broker_tiger::{
    AccountFilter, AnswerPolicy, FileOrderJournal, TigerBroker, TigerConfig, TokenRhythm, Trust,
};
use serde::Deserialize;

use super::{Handle, Handles, token_log};

/// What the configuration says of a developer at Tiger Brokers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TigerSettings {
    /// The folder with `tiger_openapi_config.properties`, or that file; the token is beside it.
    folder: Option<PathBuf>,
    /// The developer's number, where it is not in the folder.
    tiger_id: Option<String>,
    /// The private key, where it is not in the folder.
    private_key: Option<SecretRef>,
    /// The entry of the encrypted store in which the token is kept, instead of in the folder.
    token: Option<String>,
    /// How old a token gets before it is renewed.
    token_every: Option<Span>,
    /// Where orders are written down by the names that callers gave them, so that a new process knows
    /// them; in memory when not said.
    orders: Option<PathBuf>,
    /// Whether changes are pushed. A developer has one such connection only.
    push: Option<bool>,
    /// Whether answers without a signature are refused.
    signed_answers_only: bool,
    /// The certificate that is trusted instead of those of the system, such as a simulator's.
    trusted_root: Option<PathBuf>,
    /// Whether an address without TLS on another machine is allowed, such as a simulator's.
    plain_http: bool,
}

/// Connects. The developer has to have the accounts of the configuration, and their numbers have to
/// prove what it says they are.
pub(super) async fn connect(
    setup: BrokerSetup,
    handles: Handles,
    pushes: bool,
) -> Result<Arc<dyn Broker>> {
    let settings: TigerSettings = setup.settings()?;
    let mut config = TigerConfig::builder().clock(handles.clock());
    if let Some(folder) = &settings.folder {
        config = config.file(setup.at(folder));
    }
    if let Some(tiger_id) = &settings.tiger_id {
        config = config.tiger_id(tiger_id);
    }
    if let Some(reference) = &settings.private_key {
        config = config.private_key(setup.secret(reference).await?);
    }
    if let Some(entry) = &settings.token {
        config = config.token_store(Arc::new(setup.token(entry)?));
    }
    if let Some(every) = settings.token_every {
        config = config.token_rhythm(TokenRhythm::every(every.get()));
    }
    if let Some(path) = &settings.trusted_root {
        let pem = read(setup.at(path)).await?;
        config = config.trust(Trust::Only(pem.into()));
    }
    if settings.plain_http {
        config = config.allow_plain_http();
    }
    if settings.signed_answers_only {
        config = config.answer_policy(AnswerPolicy::Required);
    }
    let mut builder = TigerBroker::builder(config.build()?)
        .id(setup.id().as_str())
        .environment(environment(&setup)?);
    if !setup.accounts().is_empty() {
        builder = builder.accounts(AccountFilter::only(setup.accounts().iter().cloned()));
    }
    if !pushes || settings.push == Some(false) {
        builder = builder.without_push();
    }
    if let Some(path) = &settings.orders {
        builder = builder.journal(Arc::new(FileOrderJournal::new(setup.at(path))));
    }
    let broker = builder.connect().await?;
    let accounts = setup.accounts().iter();
    let accounts = accounts.map(|account| token_log::ending(account.as_str()));
    let every = token_log::every(settings.token_every.map(Span::get));
    tokio::spawn(token_log::tell(
        broker.token_state(),
        accounts.collect(),
        every,
    ));
    handles.keep(setup.id().clone(), Handle::Tiger(Arc::clone(&broker)));
    Ok(broker)
}

async fn read(path: PathBuf) -> Result<String> {
    let done = tokio::task::spawn_blocking(move || {
        std::fs::read_to_string(&path).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            Error::new(ErrorKind::Io, message).at_field("trusted_root")
        })
    });
    let broken = |error| Error::new(ErrorKind::Internal, "interrupted").with_source(error);
    done.await.map_err(broken)?
}

/// What the accounts are said to be; paper where there are none.
fn environment(setup: &BrokerSetup) -> Result<Environment> {
    match setup.environment() {
        None => Ok(Environment::Paper),
        Some(Environment::Simulated) => {
            let what = "only the paper broker is `simulated`: say `paper`, which a paper account or a \
                        simulator of the broker proves, or `live`";
            Err(Error::invalid("environment", what))
        }
        Some(said) => Ok(said),
    }
}
