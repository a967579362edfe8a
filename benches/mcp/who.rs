use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Outcome, echo};

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Ours,
    /// Ours without a configuration, as a newcomer starts it.
    OursAsItComes,
    Mcp2,
    Mcp1,
    FastMcp,
    Echo,
}

/// How it is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Stdio,
    /// On this port.
    Http(u16),
}

impl Who {
    /// Who answers the same call.
    pub(super) const CALLED: [Self; 5] = [
        Self::Ours,
        Self::Mcp2,
        Self::Mcp1,
        Self::FastMcp,
        Self::Echo,
    ];

    /// Whose start is measured.
    pub(super) const STARTED: [Self; 5] = [
        Self::Ours,
        Self::OursAsItComes,
        Self::Mcp2,
        Self::Mcp1,
        Self::FastMcp,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "broker-mcp",
            Self::OursAsItComes => "broker-mcp, no configuration",
            Self::Mcp2 => "Python mcp 2.3.0",
            Self::Mcp1 => "Python mcp 1.18.0",
            Self::FastMcp => "Python fastmcp 2.11.2",
            Self::Echo => "the client alone (an echo)",
        }
    }

    /// Where MCP is.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::FastMcp => "/mcp/",
            _ => "/mcp",
        }
    }

    /// How it is started in a folder; `None` when it is not here.
    pub(super) fn command(self, over: Over, home: &Home) -> Outcome<Option<Command>> {
        let mut command = match self {
            Self::Ours | Self::OursAsItComes => {
                let mut command = ours(home);
                command.arg("serve");
                match over {
                    Over::Stdio => command.arg("--stdio"),
                    Over::Http(port) => command.args(["--http", &format!("127.0.0.1:{port}")]),
                };
                let place = if self == Self::Ours { "set-up" } else { "bare" };
                command.current_dir(home.folder.path().join(place));
                command
            }
            Self::Mcp2 | Self::Mcp1 | Self::FastMcp => {
                let (place, stack) = match self {
                    Self::Mcp2 => ("mcp-2.3.0", "mcp-2"),
                    Self::Mcp1 => ("mcp-1.18.0", "mcp-1"),
                    _ => ("fastmcp-2.11.2", "fastmcp"),
                };
                let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("mcp/peers");
                let place = here.join(".venv").join(place);
                if !place.join("ready").exists() {
                    return Ok(None);
                }
                let mut command = Command::new(place.join("bin/python"));
                command.arg(here.join("quote_server.py")).arg(stack);
                match over {
                    Over::Stdio => command.arg("stdio"),
                    Over::Http(port) => command.args(["http", &port.to_string()]),
                };
                command
            }
            Self::Echo => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(echo::MARK);
                match over {
                    Over::Stdio => command.arg("stdio"),
                    Over::Http(port) => command.args(["http", &port.to_string()]),
                };
                command
            }
        };
        command.stderr(Stdio::null());
        Ok(Some(command))
    }
}

/// The server's program: what `BROKER_MCP` says, otherwise the one that was built beside this program.
fn program() -> Outcome<PathBuf> {
    if let Some(said) = std::env::var_os("BROKER_MCP") {
        return Ok(said.into());
    }
    let this = std::env::current_exe()?;
    let built = this.parent().and_then(Path::parent);
    let built = built
        .ok_or("a program without a folder")?
        .join("broker-mcp");
    if built.exists() {
        return Ok(built);
    }
    Err("first: cargo build --release -p broker-mcp".into())
}

fn ours(home: &Home) -> Command {
    let mut command = Command::new(&home.program);
    command.env_clear().env("HOME", home.folder.path());
    command
}

/// The server's program with two folders: one with a configuration as `init` writes it and a key, one with
/// nothing.
pub(super) struct Home {
    program: PathBuf,
    folder: tempfile::TempDir,
    /// A key that may read.
    pub(super) key: String,
}

impl Home {
    pub(super) fn new() -> Outcome<Self> {
        let program = program()?;
        let folder = tempfile::tempdir()?;
        let mut home = Self {
            program,
            folder,
            key: String::new(),
        };
        for place in ["set-up", "bare"] {
            std::fs::create_dir(home.folder.path().join(place))?;
        }
        home.told(&["init"])?;
        home.key = home.told(&["key", "new", "bench", "--role", "read"])?;
        Ok(home)
    }

    fn told(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = ours(self);
        command.args(arguments);
        command.current_dir(self.folder.path().join("set-up"));
        let ended = command.output()?;
        if !ended.status.success() {
            return Err(String::from_utf8_lossy(&ended.stderr).into());
        }
        Ok(String::from_utf8(ended.stdout)?.trim().to_owned())
    }
}
