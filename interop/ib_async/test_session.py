"""Connecting, and what is known about the session."""

import datetime

import pytest
from conftest import HOST, PORT, wait_for
from ib_async import IB, util


def test_connects_and_knows_its_accounts(ib):
    assert ib.isConnected()
    assert ib.client.serverVersion() == 178
    assert {"DU1", "DU2"} <= set(ib.managedAccounts())


def test_time_is_the_worlds(ib):
    now = ib.reqCurrentTime()
    assert isinstance(now, datetime.datetime)
    assert now.year >= 2022


def test_farms_are_reported_to_be_up(ib):
    assert {2104, 2106, 2158} <= set(ib.errors.codes())


def test_user_info(ib):
    # The client waits for the answer and drops what is in it.
    before = len(ib.errors)
    ib.reqUserInfo()
    assert not ib.errors.refusals(before)


def test_a_client_id_in_use_is_refused(ib):
    second = IB()
    errors = []
    second.errorEvent += lambda req, code, text, contract: errors.append(code)
    with pytest.raises(Exception):
        second.connect(HOST, PORT, clientId=ib.client.clientId, timeout=3)
    assert 326 in errors
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
