"""Clients of the official SDK, as its users make them, and a record of what was called."""

import functools
import inspect
import logging
import os
import pathlib
import re
import subprocess
import time

import pytest
from tigeropen.push.protobuf_push_client import ProtobufPushClient
from tigeropen.push.push_client import PushClient
from tigeropen.quote.quote_client import QuoteClient
from tigeropen.tiger_open_client import TigerOpenClient
from tigeropen.tiger_open_config import TigerOpenClientConfig
from tigeropen.trade.trade_client import TradeClient

FOLDER = os.environ["FOLDER"]
BROKER_SIM = os.environ["BROKER_SIM"]
PAPER, STANDARD, GLOBAL = "21000000000000001", "12345678", "U1234567"

# PushClient hands everything on to the last one.
CLIENTS = (TigerOpenClient, TradeClient, QuoteClient, ProtobufPushClient)
called: set[tuple[str, str]] = set()


def _own(client):
    """A client's methods but what it is called back with (`on_…`)."""
    for name, method in list(vars(client).items()):
        if inspect.isfunction(method) and not name.startswith(("_", "on_")):
            yield name, method


def public_methods() -> set[tuple[str, str]]:
    return {(client.__name__, name) for client in CLIENTS for name, _ in _own(client)}


def _recorded(client, name, method):
    @functools.wraps(method)
    def call(*args, **kwargs):
        called.add((client, name))
        return method(*args, **kwargs)

    return call


for _client in CLIENTS:
    for _name, _method in _own(_client):
        setattr(_client, _name, _recorded(_client.__name__, _name, _method))


def config(folder=FOLDER, account=None):
    made = TigerOpenClientConfig(enable_dynamic_domain=False, props_path=str(folder))
    if account:
        made.account = account
    return made


def wait_for(condition, timeout=60.0, what="the condition"):
    until = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < until, f"waited {timeout} s in vain for {what}"
        time.sleep(0.02)
    return found


def pytest_configure(config):
    config.addinivalue_line("markers", "says(*words): what the SDK logs as errors because the test provokes it")


class _Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.texts.append(f"{record.getMessage()} {trace}")


@pytest.fixture(autouse=True)
def log(request):
    """Fails a test whose SDK logs an error that the test does not provoke.

    A push that cannot be read is logged and dropped: without this nobody would see it.
    """
    marker = request.node.get_closest_marker("says")
    expected = marker.args if marker else ()
    handler = _Log()
    loggers = [logging.getLogger(), logging.getLogger("tiger_openapi")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)
    complaints = [text for text in handler.texts if not any(word in text for word in expected)]
    assert not complaints, "the SDK complains: " + "; ".join(complaints)


@pytest.fixture(scope="session")
def trade():
    return TradeClient(config())


@pytest.fixture(scope="session")
def trade_standard():
    return TradeClient(config(account=STANDARD))


@pytest.fixture(scope="session")
def quote():
    return QuoteClient(config())


@pytest.fixture(scope="session")
def price(quote):
    def latest(symbol):
        return quote.get_stock_briefs([symbol])["latest_price"][0]

    return latest


class Listener:
    """A push client and everything that it was told."""

    KINDS = ("quote_changed quote_bbo_changed quote_depth_changed tick_changed full_tick_changed kline_changed "
             "cc_changed cc_bbo_changed stock_top_changed option_top_changed order_changed transaction_changed "
             "position_changed asset_changed query_subscribed_callback subscribe_callback unsubscribe_callback "
             "error_callback kickout_callback connect_callback disconnect_callback heartbeat_callback").split()

    def __init__(self, folder=FOLDER, full_tick=False, heartbeats=(10_000, 10_000)):
        settings = config(folder)
        settings.use_full_tick = full_tick
        self.settings = settings
        protocol, host, port = settings.socket_host_port
        self.client = PushClient(host, port, use_ssl=protocol == "ssl", heartbeats=heartbeats, client_config=settings)
        self.heard = {kind: [] for kind in self.KINDS}
        for kind in self.KINDS:
            setattr(self.client, kind, self._keep(kind))

    def _keep(self, kind):
        return lambda frame=None: self.heard[kind].append(frame)

    def connect(self):
        self.client.connect(self.settings.tiger_id, self.settings.private_key)
        wait_for(lambda: self.heard["connect_callback"], what="CONNECTED")
        return self

    def answered(self, kind, request):
        """The answer of the push service to a request."""
        frames = self.heard[kind]
        return wait_for(lambda: next((frame for frame in frames if frame.id == request), None), what=f"{kind}")

    def subscribed(self, request):
        return self.answered("subscribe_callback", request)

    def unsubscribed(self, request):
        return self.answered("unsubscribe_callback", request)

    def of(self, kind, test, timeout=60.0):
        """The first frame of a kind that fits."""
        frames = self.heard[kind]
        return wait_for(lambda: next((frame for frame in list(frames) if test(frame)), None), timeout, kind)


@pytest.fixture
def listener():
    made = []

    def listen(**kwargs):
        made.append(Listener(**kwargs).connect())
        return made[-1]

    yield listen
    for one in made:
        one.client.disconnect()


@pytest.fixture
def server(tmp_path):
    """Starts servers of the test's own; gives back their folders."""
    running = []

    def start(*arguments):
        folder = tmp_path / f"server{len(running)}"
        command = [BROKER_SIM, "tiger", "--http", "127.0.0.1:0", "--push", "127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, "--config-dir", folder, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        running.append(process)
        line = process.stdout.readline()
        assert re.match(r"listening on http://", line), line
        wait_for(lambda: (folder / "tiger_openapi_config.properties").exists())
        return pathlib.Path(folder)

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
