"""Connecting, and what is known about the session."""

import datetime

import pytest
from conftest import HOST, MASTER_CLIENT_ID, PORT, wait_for
from ib_async import IB, MarketOrder, StartupFetchNONE, Stock, util


def test_connects_and_knows_its_accounts(ib):
    assert ib.isConnected()
    assert ib.client.serverVersion() == 178
    assert {"DU1", "DU2"} <= set(ib.managedAccounts())


def test_time_is_the_worlds(ib):
    now = ib.reqCurrentTime()
    assert isinstance(now, datetime.datetime)
    assert (now.year, now.month, now.day, now.hour) == (2022, 1, 3, 15)


def test_farms_are_reported_to_be_up(ib):
    assert {2104, 2106, 2158} <= set(ib.errors.codes())


def test_user_info(ib):
    # The client waits for the answer and drops what is in it.
    before = len(ib.errors)
    ib.reqUserInfo()
    assert ib.errors[before:] == []


@pytest.mark.says(326, "Peer closed connection", "API connection failed")
def test_a_client_id_in_use_is_refused(ib):
    with pytest.raises((TimeoutError, ConnectionError)):
        IB().connect(HOST, PORT, clientId=ib.client.clientId, timeout=3)
    assert ib.isConnected()


def test_two_clients_at_once_and_connect_again(ib, next_client_id):
    second = IB()
    client_id = next_client_id()
    second.connect(HOST, PORT, clientId=client_id, timeout=20)
    assert second.managedAccounts() == ib.managedAccounts()
    second.disconnect()
    assert not second.isConnected()
    second.connect(HOST, PORT, clientId=client_id, timeout=20)
    second.disconnect()


def test_connects_asynchronously_without_positions(next_client_id):
    client = IB()
    client.run(client.connectAsync(HOST, PORT, clientId=next_client_id(), timeout=20, readonly=True))
    assert client.isConnected()
    client.disconnect()


def test_all_that_a_client_asks_on_connecting_is_answered(next_client_id):
    # The client logs an error for each of its requests that it has waited for in vain.
    util.sleep(1)
    client = IB()
    client.connect(HOST, PORT, clientId=next_client_id())
    assert client.positions() is not None and client.isConnected()
    client.disconnect()


@pytest.mark.says("Peer closed connection", "API connection failed", "Disconnected")
def test_thirty_two_clients_are_let_in_and_no_more(ib, next_client_id):
    util.sleep(1)
    others = [IB() for _ in range(31)]
    for other in others:
        other.connect(HOST, PORT, clientId=next_client_id(), fetchFields=StartupFetchNONE)
        assert other.isConnected()
    with pytest.raises((TimeoutError, ConnectionError)):
        IB().connect(HOST, PORT, clientId=next_client_id(), timeout=2, fetchFields=StartupFetchNONE)
    others.pop().disconnect()
    ib.sleep(0.2)
    last = IB()
    last.connect(HOST, PORT, clientId=next_client_id(), fetchFields=StartupFetchNONE)
    assert last.isConnected()
    for other in [*others, last]:
        other.disconnect()


@pytest.mark.says(100)
def test_the_fifty_first_message_of_a_second_is_not_answered(next_client_id):
    util.sleep(1)
    client = IB()
    errors = []
    client.errorEvent += lambda req, code, text, contract: errors.append(code)
    client.connect(HOST, PORT, clientId=next_client_id(), fetchFields=StartupFetchNONE)
    client.client.MaxRequests = 0  # the client's own throttle
    util.sleep(1)
    answers = []
    client.wrapper.currentTime = answers.append
    for _ in range(52):
        client.client.reqCurrentTime()
    wait_for(client, lambda: errors.count(100) == 2, what="two violations")
    assert len(answers) == 50
    assert client.isConnected()
    util.sleep(1)
    client.client.reqCurrentTime()
    wait_for(client, lambda: len(answers) == 51, what="an answer in the next second")
    client.disconnect()
    util.sleep(1)


@pytest.mark.says(100, "Peer closed connection", "API connection failed")
def test_who_goes_on_too_fast_is_thrown_out(next_client_id):
    client = IB()
    client.connect(HOST, PORT, clientId=next_client_id(), fetchFields=StartupFetchNONE)
    client.client.MaxRequests = 0
    ended = []
    client.disconnectedEvent += lambda: ended.append(True)
    for _ in range(60):
        client.client.reqCurrentTime()
    with pytest.raises(ConnectionError):
        wait_for(client, lambda: ended, what="the end of the connection")
    assert not client.isConnected()
    util.sleep(1)


@pytest.mark.says(321)
def test_only_client_0_binds_the_orders_of_tws(ib):
    zero = IB()
    errors = []
    zero.errorEvent += lambda req, code, text, contract: errors.append(code)
    zero.connect(HOST, PORT, clientId=0, timeout=20)  # asks for them by itself
    assert zero.isConnected() and 321 not in errors
    zero.disconnect()
    before = len(ib.errors)
    ib.reqAutoOpenOrders(True)
    wait_for(ib, lambda: ib.errors.codes()[before:] == [321], what="321")


def test_the_master_hears_of_every_clients_orders_and_another_does_not(ib, next_client_id):
    util.sleep(1)
    master, other = IB(), IB()
    master.connect(HOST, PORT, clientId=MASTER_CLIENT_ID, timeout=20)
    other.connect(HOST, PORT, clientId=next_client_id(), timeout=20)
    (ko,) = ib.qualifyContracts(Stock("KO", "SMART", "USD"))
    trade = ib.placeOrder(ko, MarketOrder("BUY", 1, account="DU1", orderRef="heard"))
    wait_for(ib, trade.isDone, what="a fill")

    def heard(client):
        return [f for f in client.fills() if f.execution.orderRef == "heard"]

    wait_for(master, lambda: heard(master), what="the fill at the master's")
    (fill,) = heard(master)
    assert (fill.execution.clientId, fill.contract.symbol) == (ib.client.clientId, "KO")
    assert heard(other) == []
    master.disconnect()
    other.disconnect()


def test_the_loops_own_tools(ib):
    ib.sleep(0.01)
    now = datetime.datetime.now()
    assert ib.waitUntil(now + datetime.timedelta(milliseconds=20))
    now = datetime.datetime.now()
    assert list(ib.timeRange(now, now + datetime.timedelta(milliseconds=50), 0.01))
    assert ib.loopUntil(lambda: True, timeout=1).__next__()
    fired = []
    ib.schedule(datetime.datetime.now() + datetime.timedelta(milliseconds=10), fired.append, 1)
    wait_for(ib, lambda: fired)
    ib.setTimeout(0.05)
    ib.waitOnUpdate(timeout=0.1)

    async def walk():
        start = datetime.datetime.now()
        return [t async for t in ib.timeRangeAsync(start, start + datetime.timedelta(milliseconds=50), 0.01)]

    assert util.run(walk())
