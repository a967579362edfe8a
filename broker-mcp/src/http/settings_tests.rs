use super::{Anonymous, HttpSettings, SettingsError, TlsFiles, settings::origin};

fn open() -> HttpSettings {
    HttpSettings {
        listen: "0.0.0.0:8000".parse().unwrap(),
        ..HttpSettings::default()
    }
}

fn tls() -> Option<TlsFiles> {
    Some(TlsFiles {
        certificate: "certificate.pem".into(),
        private_key: "key.pem".into(),
        only_1_3: false,
    })
}

#[test]
fn this_machine_alone_needs_nothing() {
    assert_eq!(HttpSettings::default().check(false), Ok(()));
    assert!(HttpSettings::default().is_local());
}

#[test]
fn a_port_that_others_reach_needs_keys_and_tls_or_a_proxy() {
    let settings = open();
    let at = settings.listen;
    assert_eq!(
        settings.check(false),
        Err(SettingsError::OpenWithoutKeys(at))
    );
    assert_eq!(settings.check(true), Err(SettingsError::OpenWithoutTls(at)));
    let mut encrypted = open();
    encrypted.tls = tls();
    assert_eq!(encrypted.check(true), Ok(()));
    assert_eq!(
        encrypted.check(false),
        Err(SettingsError::OpenWithoutKeys(at))
    );
    let mut proxied = open();
    proxied.behind_proxy = true;
    assert_eq!(proxied.check(true), Ok(()));
}

#[test]
fn a_proxy_on_this_machine_lets_others_in() {
    let mut settings = HttpSettings::local(8000);
    settings.behind_proxy = true;
    let at = settings.listen;
    assert_eq!(
        settings.check(false),
        Err(SettingsError::OpenWithoutKeys(at))
    );
    settings.anonymous = Anonymous::Read;
    assert_eq!(settings.check(true), Err(SettingsError::OpenToAnybody(at)));
}

#[test]
fn origins_are_named_one_by_one() {
    let mut settings = HttpSettings::local(0);
    settings.cors = vec!["*".to_owned()];
    assert_eq!(settings.check(true), Err(SettingsError::AnyOrigin));
    settings.cors = vec!["desk.example".to_owned()];
    assert!(matches!(
        settings.check(true),
        Err(SettingsError::NoAddress(_))
    ));
}

#[test]
fn origins_are_compared_without_what_does_not_matter() {
    for (text, expected) in [
        ("https://Desk.Example:443/", Some("https://desk.example")),
        ("http://desk.example:80", Some("http://desk.example")),
        ("http://desk.example:8080", Some("http://desk.example:8080")),
        ("https://desk.example/path", None),
        ("ftp://desk.example", None),
        ("https://a@desk.example", None),
        ("null", None),
        ("", None),
    ] {
        assert_eq!(origin(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn settings_are_read_from_a_table_and_wrong_words_are_named() {
    let read: HttpSettings = serde_json::from_str(r#"{"listen":"127.0.0.1:9000"}"#).unwrap();
    assert_eq!(read.listen.port(), 9000);
    let wrong = serde_json::from_str::<HttpSettings>(r#"{"lisen":"127.0.0.1:9000"}"#);
    assert!(wrong.unwrap_err().to_string().contains("lisen"));
}
