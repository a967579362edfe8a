use std::fs;

use serde::Deserialize;

use super::{
    config_tests::{GOOD, load, variables, wrong},
    *,
};

#[test]
fn real_money_takes_a_second_word_in_the_file_and_a_journal() {
    let live = |more: &str| {
        format!(
            "[accounts.real]\nbroker = \"paper\"\naccount = \"U1\"\nenvironment = \"live\"\npermission = \"trade\"\n{more}"
        )
    };
    let journal = "[layers.journal]\nfolder = \"j\"\n";
    assert!(wrong(&live(journal)).what.contains("allow_live = true"));
    assert!(wrong(&live("allow_live = true\n")).what.contains("journal"));
    let elsewhere = Config::loader()
        .text(format!("{GOOD}{}", live(journal)))
        .variables(variables(&[("BROKER__ACCOUNTS__REAL__ALLOW_LIVE", "true")]))
        .load();
    assert!(
        elsewhere
            .unwrap_err()
            .to_string()
            .contains("in the file only")
    );
    // A table over the file's own word is not the file's word.
    let text = format!("{GOOD}{}", live(&format!("allow_live = false\n{journal}")));
    let table = ("BROKER__ACCOUNTS__REAL", "{ allow_live = true }");
    let tabled = Config::loader()
        .text(text)
        .variables(variables(&[table]))
        .load();
    assert!(tabled.unwrap_err().to_string().contains("in the file only"));
    let overridden = Config::loader()
        .text(format!("{GOOD}{}", live(journal)))
        .set("accounts.real.allow_live", "true")
        .load();
    assert!(
        overridden
            .unwrap_err()
            .to_string()
            .contains("in the file only")
    );
    let allowed = load(&live(&format!("allow_live = true\n{journal}")));
    assert_eq!(allowed.is_ok(), cfg!(feature = "sqlite"));
}

#[test]
fn an_account_that_is_only_read_disabled_or_not_configured_refuses_every_command() {
    let text = GOOD.replace("\"trade\"", "\"read\"");
    let config = Config::loader().text(text).load().unwrap();
    assert!(
        config
            .risk_limits()
            .accounts
            .values()
            .all(|limits| limits.read_only)
    );
    let disabled = Config::loader()
        .text(GOOD)
        .set("accounts.main.enabled", "false");
    let limits = disabled.load().unwrap().risk_limits();
    assert!(limits.accounts.values().all(|limits| limits.read_only));
    assert!(
        limits.each.read_only,
        "an account that nobody has configured"
    );
    let config = load("[layers.risk.each]\nmax_open_orders = 7").unwrap();
    let limits = config.risk_limits();
    assert!(
        limits
            .accounts
            .values()
            .all(|limits| !limits.read_only && limits.max_open_orders == Some(7))
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_refused_and_never_repeated() {
    const WORD: &str = "hunter2hunter2";
    for more in [
        format!("[secrets]\nstore = \"s\"\nkey = \"{WORD}\""),
        format!("[secrets]\nstore = \"s\"\nkey = {{ file = [\"{WORD}\"] }}"),
        format!("[secrets]\nstore = [\"{WORD}\"]\nkey = {{ file = \"k\" }}"),
        format!("[layers.timeout]\nreads = \"{WORD}\""),
        format!("[layers.breaker]\nfailures = \"{WORD}\""),
        format!("[layers.journal]\nfolder = {{ x = \"{WORD}\" }}"),
        format!("[layers.timeout]\nreads = \"{WORD}"),
    ] {
        let error = load(&more).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(!said.contains(WORD), "{said}");
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Own {
        #[expect(dead_code, reason = "only its form is tested")]
        host: String,
        password: SecretRef,
    }
    let config = load("").unwrap();
    let settings = &config.brokers["paper"].settings;
    let own: Own = settings
        .read("brokers.paper.settings", &config.origins)
        .unwrap();
    assert_eq!(own.password, SecretRef::Env("PAPER_PASSWORD".into()));
    for plain in [
        format!("\"{WORD}\""),
        format!("[\"{WORD}\"]"),
        "{}".into(),
        "7".into(),
        "{ env = \"A\", file = \"b\" }".into(),
    ] {
        let text = GOOD.replace("{ env = \"PAPER_PASSWORD\" }", &plain);
        let config = Config::loader().text(text).load().unwrap();
        let settings = &config.brokers["paper"].settings;
        let error = settings
            .read::<Own>("brokers.paper.settings", &config.origins)
            .unwrap_err();
        assert_eq!(error.problems()[0].path, "brokers.paper.settings.password");
        assert_eq!(error.problems()[0].origin.as_deref(), Some("text:6"));
        let json = serde_json::to_string(&config).unwrap();
        let said = format!("{error} {error:?} {config:?} {json}");
        assert!(!said.contains(WORD), "{said}");
    }
}

#[test]
fn secrets_are_found_where_they_are_said_to_be() {
    use crate::secrets::{KeyDerivation, MasterKey, SecretError, SecretStore};
    use broker_core::{ExposeSecret as _, SecretString};
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    MasterKey::generate_file(&key).unwrap();
    let cheap = KeyDerivation {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let path = folder.path().join("broker.secrets");
    let store = SecretStore::create_with(path, MasterKey::file(&key), cheap).unwrap();
    store
        .put("entry", &SecretString::from("from the store"))
        .unwrap();
    let file = folder.path().join("broker.toml");
    let text =
        format!("{GOOD}[secrets]\nstore = \"broker.secrets\"\nkey = {{ file = \"master.key\" }}\n");
    fs::write(&file, text).unwrap();
    let secrets = Config::loader()
        .file(&file)
        .load()
        .unwrap()
        .secrets()
        .unwrap();
    let found = secrets.resolve(&SecretRef::Secret("entry".into())).unwrap();
    assert_eq!(found.expose_secret(), "from the store");
    let found = secrets
        .resolve(&SecretRef::File("master.key".into()))
        .unwrap();
    assert_eq!(found.expose_secret().len(), 64);
    let missing = secrets.resolve(&SecretRef::Env("BROKER_TEST_NOT_SET".into()));
    assert!(matches!(missing, Err(SecretError::NoKey { .. })));
    let without = Config::loader()
        .text(GOOD)
        .load()
        .unwrap()
        .secrets()
        .unwrap();
    assert!(without.resolve(&SecretRef::Secret("entry".into())).is_err());
}
