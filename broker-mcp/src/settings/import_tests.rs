use std::path::Path;

use broker_core::ExposeSecret as _;
use broker_runtime::{config::Config, registry::Permission};
use serde_json::{Value, json};

use super::{Imported, import};

/// As the text of the former server has it.
const SEED: &str = r#"
primary_account:
  account_id: "20240101123456789"
  client_id: "20150001"
  private_key: "keys/primary.pem"
  permissions: ["read", "trade"]
additional_accounts:
  - account_id: "51230321"
    client_id: "20150001"
    private_key: "keys/primary.pem"
    permissions: ["read", "trade"]
  - account_id: 20240101987654321
    client_id: 20150002
    private_key: "${SECOND_KEY}"
    permissions: ["read"]
settings:
  default_account: "20240101123456789"
  trading_accounts: ["20240101123456789", "51230321"]
  max_accounts: 10
  account_validation: true
"#;

fn seed() -> Value {
    serde_norway::from_str(SEED).unwrap()
}

fn taken(value: &Value) -> (Imported, Config) {
    let imported =
        import(value, Path::new("/etc/tiger")).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let loader = Config::loader().section("server");
    let config = loader.text(&imported.text).load().unwrap();
    (imported, config)
}

fn refused(value: &Value) -> String {
    import(value, Path::new("")).unwrap_err().join("\n")
}

#[test]
fn accounts_keys_and_permissions_of_the_former_server_become_ours() {
    let (imported, config) = taken(&seed());
    assert_eq!(config.default_account.as_deref(), Some("primary"));
    let accounts: Vec<_> = config
        .accounts
        .iter()
        .map(|(name, one)| {
            let (money, may) = (one.environment.to_string(), one.permission);
            (
                name.as_str(),
                one.broker.as_str(),
                money,
                may,
                one.allow_live,
            )
        })
        .collect();
    let (paper, live) = ("paper".to_owned(), "live".to_owned());
    // Paper and real money of one developer are connections of their own: each proves what it is.
    assert_eq!(
        accounts,
        [
            ("additional-1", "tiger-2", live, Permission::Read, true),
            (
                "additional-2",
                "tiger-3",
                paper.clone(),
                Permission::Read,
                false
            ),
            ("primary", "tiger", paper, Permission::Trade, false),
        ]
    );
    let settings = |broker: &str| config.settings_of::<Value>(broker).unwrap();
    let key = json!({ "file": "/etc/tiger/keys/primary.pem" });
    assert_eq!(settings("tiger")["tiger_id"], "20150001");
    assert_eq!(settings("tiger")["private_key"], key);
    assert_eq!(settings("tiger-2")["push"], false);
    assert_eq!(
        settings("tiger-3")["private_key"],
        json!({ "env": "SECOND_KEY" })
    );
    assert!(imported.keys.is_empty());
    let notes = imported.notes.join("\n");
    assert!(notes.contains("51230321 moves real money"), "{notes}");
}

#[test]
fn only_accounts_that_the_settings_list_trade() {
    let mut value = seed();
    value["settings"]["trading_accounts"] = json!(["51230321"]);
    value["settings"]["default_account"] = json!("51230321");
    let (_, config) = taken(&value);
    assert_eq!(config.accounts["primary"].permission, Permission::Read);
    // Real money is not moved before a person has said so here.
    assert_eq!(config.accounts["additional-1"].permission, Permission::Read);
    assert_eq!(config.default_account.as_deref(), Some("additional-1"));
    // Without settings the first one is that of all calls that name none, and permissions count as they are.
    value.as_object_mut().unwrap().remove("settings");
    let (_, config) = taken(&value);
    assert_eq!(config.accounts["primary"].permission, Permission::Trade);
    assert_eq!(config.default_account.as_deref(), Some("primary"));
}

#[test]
fn accounts_may_be_in_a_table_of_their_own() {
    let mut value = seed();
    let primary = value["primary_account"].take();
    let wrapped = json!({ "accounts": { "primary_account": primary } });
    let (_, config) = taken(&wrapped);
    assert_eq!(config.accounts.len(), 1);
    let mut twice = wrapped;
    twice["primary_account"] = seed()["primary_account"].clone();
    assert!(refused(&twice).contains("twice"));
}

#[test]
fn a_key_that_stands_in_the_file_goes_into_one_of_its_own_and_nowhere_else() {
    let secret = format!("-----BEGIN RSA PRIVATE KEY-----\n{}", "MIIB".repeat(90));
    let bare = "MIIB".repeat(90);
    for key in [secret, bare] {
        let mut value = seed();
        value["additional_accounts"] = json!([]);
        value["settings"] = json!({});
        value["primary_account"]["private_key"] = json!(key);
        let (imported, config) = taken(&value);
        assert_eq!(imported.keys[0].0, Path::new("tiger.key"));
        assert_eq!(imported.keys[0].1.expose_secret(), key);
        let settings: Value = config.settings_of("tiger").unwrap();
        assert_eq!(settings["private_key"], json!({ "file": "tiger.key" }));
        let shown = format!("{imported:?}");
        assert!(!shown.contains("MIIB"), "{shown}");
        // Nor does what is wrong with the file tell it.
        value["primary_account"]["permissions"] = json!(["admin"]);
        let wrong = refused(&value);
        assert!(wrong.contains("primary_account.permissions"), "{wrong}");
        assert!(!wrong.contains("MIIB"), "{wrong}");
    }
}

/// What is said, and what was done to the file.
type Case = (&'static str, fn(&mut Value));

#[test]
fn what_is_wrong_with_the_accounts_is_said_all_at_once_and_without_keys() {
    let cases: [Case; 9] = [
        ("max_accounts: there are 3 accounts, and 2", |it| {
            it["settings"]["max_accounts"] = json!(2);
        }),
        ("default_account: there is no account 7", |it| {
            it["settings"]["default_account"] = json!("7");
        }),
        (
            "trading_accounts: 20240101987654321 has no permission",
            |it| {
                it["settings"]["trading_accounts"] = json!(["20240101987654321"]);
            },
        ),
        (
            "additional_accounts[0].account_id: 20240101123456789",
            |it| {
                it["additional_accounts"][0]["account_id"] = json!("20240101123456789");
            },
        ),
        (
            "additional_accounts[0].private_key: 20150001 has another",
            |it| {
                it["additional_accounts"][0]["private_key"] = json!("env:ANOTHER");
            },
        ),
        ("primary_account.permissions: name `read`", |it| {
            it["primary_account"]["permissions"] = json!([]);
        }),
        ("primary_account.private_key: it should be where", |it| {
            it["primary_account"]["private_key"] = json!("hunter2");
        }),
        ("unknown field `secret_key`", |it| {
            it["primary_account"]["secret_key"] = json!("hunter2");
        }),
        ("primary_account.account_id: it should be", |it| {
            it["primary_account"]["account_id"] = json!("a\"\n[server]");
        }),
    ];
    for (expected, change) in cases {
        let mut value = seed();
        change(&mut value);
        let wrong = refused(&value);
        assert!(wrong.contains(expected), "{expected}: {wrong}");
        assert!(!wrong.contains("hunter2"), "{wrong}");
    }
    assert!(refused(&json!({})).contains("primary_account: it is not there"));
    let mut value = seed();
    value["settings"]["max_accounts"] = json!(1);
    value["settings"]["default_account"] = json!("7");
    assert_eq!(refused(&value).lines().count(), 2);
}

#[test]
fn a_validation_that_was_switched_off_is_on_and_said() {
    let mut value = seed();
    value["settings"]["account_validation"] = json!(false);
    let (imported, _) = taken(&value);
    let notes = imported.notes.join("\n");
    assert!(notes.contains("account_validation"), "{notes}");
}
