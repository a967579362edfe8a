use core::time::Duration;
use std::{fs, path::Path};

use broker_core::{Error, ErrorKind, ExposeSecret as _, SecretString};
use tempfile::TempDir;

use super::{
    CONFIG_FILE, ConfigError, License, Stage, TOKEN_FILE, TigerConfig, TigerConfigBuilder,
};
use crate::vectors;

fn bare_key() -> String {
    vectors::CLIENT_KEY
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

/// Settings in a folder, as the vendor's users have them.
struct Folder(TempDir);

impl Folder {
    fn new(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CONFIG_FILE), lines).unwrap();
        Self(folder)
    }

    fn usual(more: &str) -> Self {
        Self::new(&format!(
            "tiger_id=20150001\nprivate_key_pk1={}\n{more}\n",
            bare_key()
        ))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn token(self, text: &str) -> Self {
        fs::write(self.path().join(TOKEN_FILE), text).unwrap();
        self
    }

    fn builder(&self) -> TigerConfigBuilder {
        TigerConfig::builder().environment([]).file(self.path())
    }

    fn read(&self) -> Result<TigerConfig, ConfigError> {
        self.builder().build()
    }
}

fn variable(name: &str, value: &str) -> (String, SecretString) {
    (name.to_owned(), SecretString::from(value))
}

#[test]
fn a_folder_of_the_vendor_s_is_all_that_is_needed() {
    let config = Folder::usual(
        "# comment\naccount=12345678\nlicense=TBSG\nenv=PROD\nlanguage=zh_CN\ntimeout=7\ntimezone=Asia/Hong_Kong\nuse_full_tick=true",
    )
    .read()
    .unwrap();
    assert_eq!(config.tiger_id, "20150001");
    assert_eq!(config.account().unwrap().as_str(), "12345678");
    assert_eq!(config.license(), Some(License::Tbsg));
    assert_eq!(
        config.server_url(),
        "https://openapi.tigerfintech.com/gateway"
    );
    assert_eq!(config.quote_server_url(), config.server_url());
    assert_eq!(
        config.push_address().to_string(),
        "ssl,openapi.tigerfintech.com,9883"
    );
    assert_eq!(config.deadlines().request, Duration::from_secs(7));
    assert_eq!(config.language().word(), "zh_CN");
    assert!(config.full_ticks());
    assert_eq!(config.signer.sign("text").unwrap().len(), 172);
}

#[test]
fn the_file_itself_may_be_named() {
    let folder = Folder::usual("");
    let named = TigerConfig::builder()
        .environment([])
        .file(folder.path().join(CONFIG_FILE));
    assert!(named.build().is_ok());
    let path = folder.path().to_str().unwrap();
    let by_variable = TigerConfig::builder().environment([variable("TIGEROPEN_PROPS_PATH", path)]);
    assert!(by_variable.build().is_ok());
}

#[test]
fn the_program_beats_the_environment_which_beats_the_file() {
    let folder = Folder::usual("account=11111111\nserver_url=https://file.example/gateway");
    let account = |config: TigerConfig| config.account().unwrap().as_str().to_owned();
    assert_eq!(account(folder.read().unwrap()), "11111111");
    let environment = [
        variable("TIGEROPEN_ACCOUNT", "22222222"),
        variable("TIGEROPEN_SERVER_URL", ""),
    ];
    let builder = folder.builder().environment(environment);
    let config = builder.build().unwrap();
    assert_eq!(
        config.server_url(),
        "https://file.example/gateway",
        "an empty variable says nothing"
    );
    assert_eq!(account(config), "22222222");
    let said = broker_core::model::AccountId::new("33333333").unwrap();
    let builder = folder
        .builder()
        .environment([variable("TIGEROPEN_ACCOUNT", "22222222")]);
    assert_eq!(account(builder.account(&said).build().unwrap()), "33333333");
}

#[test]
fn a_key_of_higher_precedence_hides_every_name_of_lower() {
    let folder = Folder::usual("private_key=nonsense");
    assert_eq!(folder.read().unwrap_err().key(), "private_key");
    let key = SecretString::from(vectors::CLIENT_KEY_PKCS8);
    assert!(folder.builder().private_key(key).build().is_ok());
}

#[test]
fn the_variable_of_the_key_may_hold_a_path() {
    let folder = Folder::new("tiger_id=20150001");
    let path = folder.path().join("key.pem");
    fs::write(&path, vectors::CLIENT_KEY_PKCS8).unwrap();
    for value in [path.to_str().unwrap(), vectors::CLIENT_KEY, &bare_key()] {
        let builder = folder
            .builder()
            .environment([variable("TIGEROPEN_PRIVATE_KEY", value)]);
        assert!(builder.build().is_ok());
    }
}

#[test]
fn mistakes_name_the_setting_and_the_line_and_never_the_value() {
    let table = [
        ("license=XXSECRET", "license"),
        ("env=XXSECRET", "env"),
        ("timeout=XXSECRET", "timeout"),
        ("timeout=-1", "timeout"),
        ("token_refresh_duration=XXSECRET", "token_refresh_duration"),
        ("language=XXSECRET", "language"),
        ("timezone=XXSECRET", "timezone"),
        ("use_full_tick=XXSECRET", "use_full_tick"),
        ("server_url=http://XXSECRET.example/gateway", "server_url"),
        ("server_url=https://u:XXSECRET@tiger.example/", "server_url"),
        ("quote_server_url=XXSECRET", "quote_server_url"),
        ("socket_host_port=tcp,XXSECRET,1", "socket_host_port"),
        ("socket_host_port=ssl,host,99999", "socket_host_port"),
        ("tiger_public_key=XXSECRET", "tiger_public_key"),
        ("private_key=XXSECRET", "private_key"),
        ("private_key_pk8=XXSECRET", "private_key_pk8"),
    ];
    for (line, key) in table {
        let error = Folder::usual(&format!("\n# a comment\n{line}"))
            .read()
            .unwrap_err();
        assert_eq!(
            (error.key(), error.line()),
            (key, Some(5)),
            "{line}: {error}"
        );
        let shown = format!("{error} {error:?} {:?}", Error::from(error.clone()));
        assert!(!shown.contains("XXSECRET"), "{shown}");
        assert!(
            shown.contains("line 5") && shown.contains(CONFIG_FILE),
            "{shown}"
        );
        assert_eq!(Error::from(error).kind(), ErrorKind::InvalidRequest);
    }
}

#[test]
fn a_line_that_is_none_is_named() {
    let error = Folder::usual("a=\\uXYZ").read().unwrap_err();
    assert_eq!(error.line(), Some(3));
}

#[test]
fn what_is_missing_is_named() {
    let no_id = Folder::new(&format!("private_key={}", bare_key())).read();
    assert_eq!(no_id.unwrap_err().key(), "tiger_id");
    let no_key = Folder::new("tiger_id=20150001").read();
    assert_eq!(no_key.unwrap_err().key(), "private_key");
    let no_file = TigerConfig::builder()
        .environment([])
        .file("/nowhere/at/all")
        .build();
    assert_eq!(no_file.unwrap_err().key(), CONFIG_FILE);
    let test_stage = Folder::usual("env=TEST").read();
    assert_eq!(test_stage.unwrap_err().key(), "server_url");
}

#[test]
fn hong_kong_needs_a_token_and_takes_it_from_beside() {
    let error = Folder::usual("license=TBHK").read().unwrap_err();
    assert_eq!(error.key(), "token");
    let secret = |config: &TigerConfig| config.token.as_ref().unwrap().expose_secret().to_owned();
    let folder = Folder::usual("license=TBHK\ntoken=from_config").token("token=from\\=file\n");
    let config = folder.read().unwrap();
    assert_eq!(secret(&config), "from=file");
    assert_eq!(config.token_file.unwrap(), folder.path().join(TOKEN_FILE));
    let config = folder
        .builder()
        .environment([variable("TIGEROPEN_TOKEN", "from_environment")])
        .build()
        .unwrap();
    assert_eq!(secret(&config), "from_environment");
    let only_config = Folder::usual("license=TBHK\ntoken=from_config")
        .read()
        .unwrap();
    assert_eq!(secret(&only_config), "from_config");
}

#[test]
fn the_rhythm_of_the_token_is_the_vendor_s_setting() {
    let every = |line: &str| Folder::usual(line).read().unwrap().rhythm.every;
    assert_eq!(every(""), Some(Duration::from_secs(12 * 3600)));
    assert_eq!(every("token_refresh_duration=0"), None);
    assert_eq!(
        every("token_refresh_duration=1"),
        Some(Duration::from_secs(30))
    );
    assert_eq!(
        every("token_refresh_duration=86400"),
        Some(Duration::from_secs(86_400))
    );
}

#[test]
fn other_stages_and_licences_have_other_servers() {
    let sandbox = Folder::usual("env=sandbox").read().unwrap();
    assert_eq!(sandbox.stage, Stage::Sandbox);
    assert_eq!(sandbox.push_address().port, 9885);
    let us = Folder::usual("license=TBUS").read().unwrap();
    assert_eq!(us.server_url(), "https://openapi.tradeup.com/gateway");
    assert_eq!(
        us.push_address().to_string(),
        "ssl,openapi.tradeup.com,9983"
    );
}

#[test]
fn plain_http_is_for_this_machine_unless_allowed() {
    for url in [
        "http://127.0.0.1:9/gateway",
        "http://localhost:9/gateway",
        "http://[::1]:9/gateway",
    ] {
        assert!(
            Folder::usual(&format!("server_url={url}")).read().is_ok(),
            "{url}"
        );
    }
    let far = Folder::usual("server_url=http://tiger-sim:9/gateway");
    assert!(far.read().is_err());
    assert!(far.builder().allow_plain_http().build().is_ok());
}

#[test]
fn nothing_secret_is_shown() {
    let folder = Folder::usual("account=12345678\nsecret_key=SECRET_ONE\nlicense=TBHK")
        .token("token=SECRETTWO");
    let builder = folder
        .builder()
        .secret_key(SecretString::from("SECRET_THREE"));
    let before = format!("{builder:?}");
    let shown = format!(
        "{before} {:?} {:?}",
        folder.read().unwrap(),
        builder.build()
    );
    for secret in ["SECRET", "12345678", &bare_key()[..40]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_key_over_several_lines_is_not_logged_and_the_error_says_what_to_do() {
    let log = vectors::Log::begin();
    let text = format!("tiger_id=20150001\nprivate_key_pk1={}", vectors::CLIENT_KEY);
    let error = Folder::new(&text).read().unwrap_err();
    let shown = format!("{}\n{error}\n{error:?}", log.text());
    assert!(shown.contains("line=4"), "{shown}");
    assert!(error.to_string().contains("one line"), "{error}");
    for line in vectors::CLIENT_KEY.lines() {
        let secret = !line.starts_with("-----") && !line.is_empty();
        assert!(
            !secret || !shown.contains(line.trim_end_matches('=')),
            "{shown}"
        );
    }
}
