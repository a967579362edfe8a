"""The program in a folder of its own: a paper broker whose market stands still, and keys."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import threading

PROGRAM = os.environ["BROKER_MCP"]

CONFIGURATION = """\
[brokers.paper]
kind = "paper"
[brokers.paper.settings]
cash = 100000
holdings = { AAPL = 120, JPM = 90 }
speed = 0

[accounts.paper]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"

[layers.journal]
folder = "journal"
[layers.audit]
folder = "audit"
[layers.risk]
kill_switch = "kill-switch.json"

[server]
read_only = false
toolsets = ["system", "market", "info", "portfolio", "trading", "admin", "ib_extra"]
[server.stdio]
roles = ["read", "trade", "admin"]
"""


class Place:
    """A folder with a configuration and what the program keeps beside it."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)
        (self.folder / "broker-mcp.toml").write_text(CONFIGURATION)
        # Nothing of the user's own.
        self.environment = {"HOME": folder, "XDG_CONFIG_HOME": folder, "PATH": os.environ["PATH"]}

    def run(self, *arguments: str) -> str:
        """A command of the program; what it says."""
        ended = subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, (arguments, ended.stdout, ended.stderr)
        return ended.stdout.strip()

    def key(self, name: str, *roles: str) -> str:
        said = [part for role in roles for part in ("--role", role)]
        return self.run("key", "new", name, *said)

    def approve(self, approval: str) -> None:
        """A person at this machine agrees."""
        assert "approved" in self.run("approve", approval)


@contextlib.contextmanager
def place():
    with tempfile.TemporaryDirectory() as folder:
        yield Place(folder)


@contextlib.contextmanager
def serving(here: Place):
    """The server on a port; its address."""
    server = subprocess.Popen(
        [PROGRAM, "serve", "--http", "127.0.0.1:0"],
        cwd=here.folder, env=here.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    try:
        said = []
        for line in server.stderr:
            said.append(line)
            if " listens on " in line:
                break
        else:
            raise AssertionError("".join(said))
        # What it says later must not make it wait.
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield said[-1].split(" listens on ")[1].strip()
    finally:
        server.terminate()
        assert server.wait() == 0, "it did not end in good order"
