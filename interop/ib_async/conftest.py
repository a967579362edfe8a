"""A connected client, the contracts of the simulated world, and a record of what was called."""

import functools
import inspect
import itertools
import logging
import os
import re

import pytest
from ib_async import IB, ContFuture, Crypto, Forex, Future, Index, Option, Stock, util

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ["PORT"])
MASTER_CLIENT_ID = 999  # as in ../habits.json

_client_ids = itertools.count(int(os.environ.get("CLIENT_ID", "10")))
called: set[str] = set()


def public_methods() -> set[str]:
    return {name for name, _ in inspect.getmembers(IB, inspect.isfunction) if name[0] != "_"}


def _recorded(name, method):
    @functools.wraps(method)
    def call(*args, **kwargs):
        called.add(name)
        return method(*args, **kwargs)

    return call


for _name in public_methods():
    _wrapped = _recorded(_name, getattr(IB, _name))
    if isinstance(inspect.getattr_static(IB, _name), staticmethod):
        _wrapped = staticmethod(_wrapped)
    setattr(IB, _name, _wrapped)


class Errors(list):
    """(request, code, text) of each error and notice, as they come."""

    def codes(self):
        return [code for _, code, _ in self]


class _Log(logging.Handler):
    """What the client says about the server's messages."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.records = []

    def emit(self, record):
        self.records.append((record.levelno, record.getMessage()))


def pytest_configure(config):
    config.addinivalue_line("markers", "says(*what): TWS's error codes, and words of the client, that the test provokes")


@pytest.fixture(autouse=True)
def log(request):
    """Fails a test whose client complains of more, or of less, than the test says.

    A decoder that cannot read a message logs an error and goes on: without this nobody would see it.
    """
    marker = request.node.get_closest_marker("says")
    expected = set(marker.args) if marker else set()
    logger = logging.getLogger("ib_async")
    handler = _Log()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    codes, words = set(), []
    for level, text in handler.records:
        found = re.findall(r"(?:Error|Warning) (\d+), reqId", text)
        codes |= {int(code) for code in found}
        if level >= logging.ERROR and not set(map(int, found)) & (expected | {CANCELLED}):
            if not any(isinstance(word, str) and word in text for word in expected):
                words.append(text)
    assert not words, "the client complains: " + "; ".join(words)
    missing = {code for code in expected if isinstance(code, int)} - codes
    assert not missing, f"TWS did not say {missing}"


CANCELLED = 202  # How TWS confirms a cancel: not worth a word.


def wait_for(ib, condition, timeout=20.0, what="the condition"):
    waited = 0.0
    while not condition():
        assert waited < timeout, f"waited {timeout} s in vain for {what}"
        ib.sleep(0.05)
        waited += 0.05


@pytest.fixture
def next_client_id():
    return lambda: next(_client_ids)


@pytest.fixture(scope="module")
def ib():
    # TWS counts the messages of all clients in a second together; each throttles only itself.
    util.sleep(1)
    client = IB()
    client.RequestTimeout = 20
    client.errors = Errors()
    client.errorEvent += lambda req, code, text, contract: client.errors.append((req, code, text))
    client.connect(HOST, PORT, clientId=next(_client_ids), timeout=20)
    yield client
    client.reqGlobalCancel()
    wait_for(client, lambda: not client.openTrades(), what="the end of every order")
    client.disconnect()


def _qualified(ib, contract):
    (qualified,) = ib.qualifyContracts(contract)
    assert qualified is not None and qualified.conId, contract
    return qualified


@pytest.fixture(scope="module")
def aapl(ib):
    return _qualified(ib, Stock("AAPL", "SMART", "USD"))


@pytest.fixture(scope="module")
def ko(ib):
    return _qualified(ib, Stock("KO", "SMART", "USD", primaryExchange="NYSE"))


@pytest.fixture(scope="module")
def hong_kong(ib):
    return _qualified(ib, Stock("700", "SEHK", "HKD"))


@pytest.fixture(scope="module")
def eurusd(ib):
    return _qualified(ib, Forex("EURUSD"))


@pytest.fixture(scope="module")
def spx(ib):
    return _qualified(ib, Index("SPX", "CBOE", "USD"))


@pytest.fixture(scope="module")
def btc(ib):
    return _qualified(ib, Crypto("BTC", "PAXOS", "USD"))


@pytest.fixture(scope="module")
def es(ib):
    details = ib.reqContractDetails(Future("ES", exchange="CME", currency="USD"))
    assert details, "no ES future"
    return min((d.contract for d in details), key=lambda c: c.lastTradeDateOrContractMonth)


@pytest.fixture(scope="module")
def continuous_es(ib):
    return ContFuture("ES", "CME", currency="USD")


def _call(ib, aapl, strikes_below):
    """A call on AAPL so many strikes below the price, in the third month."""
    chains = ib.reqSecDefOptParams(aapl.symbol, "", aapl.secType, aapl.conId)
    chain = next(c for c in chains if c.exchange == "SMART")
    price = ib.reqTickers(aapl)[0].marketPrice()
    strikes = sorted(chain.strikes)
    at = next(place for place, strike in enumerate(strikes) if strike > price)
    expiry = sorted(chain.expirations)[2]
    return _qualified(ib, Option("AAPL", expiry, strikes[at - strikes_below], "C", "SMART", currency="USD"))


@pytest.fixture(scope="module")
def call(ib, aapl):
    return _call(ib, aapl, 0)


@pytest.fixture(scope="module")
def deep_call(ib, aapl):
    return _call(ib, aapl, 5)
