use clap::{CommandFactory as _, Parser as _};

use super::arguments::{Arguments, Client, Command, KillCommand, McpCommand};

fn read(words: &[&str]) -> Result<Command, clap::Error> {
    let words = core::iter::once("broker-mcp").chain(words.iter().copied());
    Arguments::try_parse_from(words).map(|arguments| arguments.command)
}

#[test]
fn the_arguments_are_in_order() {
    Arguments::command().debug_assert();
}

#[test]
fn a_configuration_may_stand_before_or_behind_the_command() {
    for words in [
        ["--config", "x.toml", "check"],
        ["check", "--config", "x.toml"],
    ] {
        let words = core::iter::once("broker-mcp").chain(words);
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert_eq!(arguments.config.unwrap().to_str(), Some("x.toml"));
    }
}

#[test]
fn the_names_of_the_server_before_are_understood() {
    assert!(matches!(
        read(&["validate-config", "--show-config"]),
        Ok(Command::Check { show: true })
    ));
    assert!(matches!(
        read(&["health"]),
        Ok(Command::Doctor { only: None })
    ));
}

#[test]
fn a_switch_is_released_only_by_name() {
    let command = read(&["kill", "release"]).unwrap();
    assert!(matches!(
        command,
        Command::Kill {
            command: KillCommand::Release
        }
    ));
    assert!(read(&["kill"]).is_err());
}

#[test]
fn clients_have_the_names_that_people_type() {
    for (word, meant) in [
        ("claude-desktop", Client::ClaudeDesktop),
        ("claude-code", Client::ClaudeCode),
        ("cursor", Client::Cursor),
        ("vscode", Client::Vscode),
        ("gemini", Client::Gemini),
    ] {
        let Ok(Command::Mcp {
            command: McpCommand::Install { client, .. },
        }) = read(&["mcp", "install", word])
        else {
            panic!("{word}");
        };
        assert_eq!(client, Some(meant));
    }
}
