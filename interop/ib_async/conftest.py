"""A connected client, the contracts of the simulated world, and a record of what was called."""

import functools
import inspect
import itertools
import os

import pytest
from ib_async import IB, ContFuture, Crypto, Forex, Future, Index, Option, Stock

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ["PORT"])

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

    def refusals(self, since):
        """What came since then, without the notices that change nothing."""
        notices = {399, 10349, *range(2100, 2200)}
        return [error for error in self[since:] if error[1] not in notices]


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
    client = IB()
    client.RequestTimeout = 20
    client.errors = Errors()
    client.errorEvent += lambda req, code, text, contract: client.errors.append((req, code, text))
    client.connect(HOST, PORT, clientId=next(_client_ids), timeout=20)
    yield client
    client.reqGlobalCancel()
    client.sleep(0.5)
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


@pytest.fixture(scope="module")
def call(ib, aapl):
    """A call on AAPL near the money, in the nearest month that has one."""
    chains = ib.reqSecDefOptParams(aapl.symbol, "", aapl.secType, aapl.conId)
    chain = next(c for c in chains if c.exchange == "SMART")
    price = ib.reqTickers(aapl)[0].marketPrice()
    strike = min(chain.strikes, key=lambda s: abs(s - price))
    expiry = sorted(chain.expirations)[min(2, len(chain.expirations) - 1)]
    return _qualified(ib, Option("AAPL", expiry, strike, "C", "SMART", currency="USD"))
