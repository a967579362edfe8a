use std::{collections::BTreeMap, ffi::OsString};

use broker_runtime::config::{BrokerConfig, Config};

use super::{Aliased, aliased};

fn variables(of: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    of.iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// One connection of each kind.
fn connections() -> BTreeMap<String, BrokerConfig> {
    let text = "[brokers.gateway]\nkind = \"ibkr\"\n[brokers.tiger]\nkind = \"tiger\"\n";
    Config::loader().text(text).load().unwrap().brokers
}

fn found(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    let Aliased { settings, .. } = aliased(&variables(of), &connections(), false);
    let text = |text: OsString| text.into_string().unwrap();
    settings
        .into_iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn one(of: &[(&str, &str)], name: &str) -> String {
    found(of)
        .remove(name)
        .unwrap_or_else(|| panic!("{name} is not set by {of:?}"))
}

#[test]
fn host_and_port_of_another_server_are_one_address() {
    let address = "BROKER__BROKERS__GATEWAY__SETTINGS__ADDRESS";
    let said = [("TWS_HOST", "host.docker.internal"), ("TWS_PORT", "7497")];
    assert_eq!(one(&said, address), "host.docker.internal:7497");
    assert_eq!(one(&[("IB_HOST", "gateway")], address), "gateway:4002");
    let own = [
        ("TIGER_MCP_SERVER_HOST", "localhost"),
        ("TIGER_MCP_SERVER_PORT", "9000"),
    ];
    assert_eq!(one(&own, "BROKER__SERVER__LISTEN"), "127.0.0.1:9000");
}

#[test]
fn numbers_get_their_units_and_client_ids_their_connection() {
    let said = [
        ("TWS_CLIENT_ID", "7"),
        ("OPTIONS_CLIENT_ID", "99"),
        ("TIGER_REQUEST_TIMEOUT", "20"),
        ("TIGER_RETRY_COUNT", "3"),
    ];
    let found = found(&said);
    assert_eq!(found["BROKER__BROKERS__GATEWAY__SETTINGS__CLIENT_ID"], "7");
    assert_eq!(
        found["BROKER__BROKERS__GATEWAY__SETTINGS__OPTIONS_CLIENT_ID"],
        "99"
    );
    assert_eq!(found["BROKER__LAYERS__TIMEOUT__READS"], "20s");
    assert_eq!(found["BROKER__LAYERS__RETRY__ATTEMPTS"], "3");
}

#[test]
fn an_own_name_counts_more_and_every_old_one_is_answered() {
    let said = [
        ("IB_READONLY", "true"),
        ("BROKER__SERVER__READ_ONLY", "false"),
    ];
    assert!(found(&said).is_empty());
    let Aliased { notes, .. } = aliased(
        &variables(&[("IB_READONLY", "true")]),
        &connections(),
        false,
    );
    assert!(
        notes[0].contains("IB_READONLY") && notes[0].contains("server.read_only"),
        "{notes:?}"
    );
}

#[test]
fn a_variable_never_lets_orders_pass() {
    let Aliased { settings, notes } = aliased(
        &variables(&[("IB_READONLY", "false"), ("READ_ONLY_API", "no")]),
        &connections(),
        false,
    );
    assert!(settings.is_empty());
    assert_eq!(notes.len(), 2);
}

#[test]
fn short_names_count_only_beside_one_that_nobody_else_has() {
    assert!(found(&[("PORT", "80"), ("SERVER_HOST", "0.0.0.0")]).is_empty());
    let said = [("PORT", "8000"), ("TWS_HOST", "gateway")];
    assert_eq!(one(&said, "BROKER__SERVER__LISTEN"), "127.0.0.1:8000");
}

#[test]
fn a_database_is_a_file_or_a_note() {
    let store = "BROKER__SERVER__STORE";
    assert_eq!(
        one(&[("DATABASE_URL", "sqlite:///data/store.sqlite")], store),
        "data/store.sqlite"
    );
    assert_eq!(
        one(&[("DATABASE_URL", "sqlite:////var/store.sqlite")], store),
        "/var/store.sqlite"
    );
    let said = variables(&[("DATABASE_URL", "postgresql://u:secret@db/x")]);
    let Aliased { settings, notes } = aliased(&said, &connections(), false);
    assert!(settings.is_empty());
    assert!(
        notes[0].contains("DATABASE_URL") && !notes[0].contains("secret"),
        "{notes:?}"
    );
}

#[test]
fn secrets_of_a_gateway_are_never_taken_over() {
    let said = variables(&[
        ("TWS_USERID", "me"),
        ("TWS_PASSWORD", "hush"),
        ("VNC_PASSWORD", "hush"),
    ]);
    let Aliased { settings, notes } = aliased(&said, &connections(), false);
    assert!(settings.is_empty());
    assert!(notes.iter().all(|note| !note.contains("hush")), "{notes:?}");
}

#[test]
fn every_origin_is_no_origin() {
    let star = variables(&[("TIGER_MCP_SERVER_CORS_ORIGINS", "*")]);
    assert!(aliased(&star, &connections(), false).settings.is_empty());
    let listed = [(
        "TIGER_MCP_SERVER_CORS_ORIGINS",
        "https://a.example,https://b.example",
    )];
    let set = one(&listed, "BROKER__SERVER__ORIGINS");
    assert_eq!(set, "[\"https://a.example\", \"https://b.example\"]");
}

#[test]
fn the_key_of_a_store_that_is_there_is_found_in_its_old_name() {
    let said = variables(&[("ENCRYPTION_KEY", "hush")]);
    assert_eq!(aliased(&said, &connections(), false), Aliased::default());
    let Aliased { settings, .. } = aliased(&said, &connections(), true);
    let key = settings
        .iter()
        .find(|(name, _)| name == "BROKER__SECRETS__KEY")
        .unwrap();
    assert_eq!(key.1, "{ env = \"ENCRYPTION_KEY\" }");
}
