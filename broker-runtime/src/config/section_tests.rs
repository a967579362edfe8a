use serde::Deserialize;

use super::{
    config_tests::{GOOD, variables},
    *,
};

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    port: u16,
    names: Vec<String>,
}

fn load(more: &str) -> Result<Config, ConfigError> {
    let loader = Config::loader().section("server");
    loader.text(format!("{GOOD}{more}")).load()
}

#[test]
fn a_declared_table_is_read_as_the_program_likes_with_the_environment_over_it() {
    let config = Config::loader()
        .section("server")
        .text(format!("{GOOD}[server]\nport = 1\nnames = [\"a\"]\n"))
        .variables(variables(&[("BROKER__SERVER__PORT", "2")]))
        .load()
        .unwrap();
    let own: Own = config.section("server").unwrap();
    assert_eq!(own.port, 2);
    assert_eq!(own.names, ["a"]);
    assert!(config.is_from_file("server.names"));
    assert!(!config.is_from_file("server.port"));
}

#[test]
fn a_declared_table_that_is_not_there_is_empty() {
    let own: Own = load("").unwrap().section("server").unwrap();
    assert_eq!(own, Own::default());
}

#[test]
fn what_is_wrong_in_a_declared_table_is_named_with_its_line() {
    let config = load("[server]\nprot = 1\n").unwrap();
    let error = config.section::<Own>("server").unwrap_err();
    let problem = &error.problems()[0];
    let line = GOOD.lines().count() + 2;
    assert_eq!(problem.path, "server.prot");
    assert_eq!(problem.origin.as_deref(), Some(&*format!("text:{line}")));
    assert_eq!(problem.suggestion.as_deref(), Some("`port`"));
    let own = config.problem("server.prot", "a word");
    assert_eq!(own.origin, problem.origin);
}

#[test]
fn a_table_that_nobody_declared_is_an_error_and_one_that_was_is_what_was_meant() {
    let problem = load("[sever]\nport = 1\n").unwrap_err();
    assert_eq!(problem.problems()[0].path, "sever");
    assert_eq!(
        problem.problems()[0].suggestion.as_deref(),
        Some("`server`")
    );
    let undeclared = Config::loader().text(format!("{GOOD}[server]\n")).load();
    assert_eq!(undeclared.unwrap_err().problems()[0].path, "server");
    let problem = load("").and_then(|_| {
        let loader = Config::loader().section("server").text("server = 1");
        loader.load()
    });
    assert!(problem.unwrap_err().to_string().contains("a table"));
}
