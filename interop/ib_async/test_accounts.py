"""Accounts, positions, profit and loss, advisors."""

import math

import pytest
from conftest import wait_for
from ib_async import MarketOrder


def test_account_values(ib):
    ib.reqAccountUpdates("DU1")
    values = {v.tag: v for v in ib.accountValues("DU1")}
    assert float(values["NetLiquidation"].value) > 0
    assert values["NetLiquidation"].account == "DU1"


def test_summary_of_all_accounts(ib):
    ib.reqAccountSummary()
    summary = ib.accountSummary()
    assert {"DU1", "DU2"} <= {v.account for v in summary}
    tags = {v.tag for v in summary if v.account == "DU1"}
    assert {"AccountType", "NetLiquidation", "BuyingPower", "DayTradesRemainingT+4", "Leverage"} <= tags
    # The ledger of $LEDGER:ALL.
    assert {"CashBalance", "ExchangeRate"} <= tags


def test_updates_of_many_accounts(ib):
    ib.reqAccountUpdatesMulti("DU2")
    assert ib.accountValues("DU2")


def test_a_position_follows_its_fill(ib, ko):
    before = sum(p.position for p in ib.positions("DU2") if p.contract.conId == ko.conId)
    trade = ib.placeOrder(ko, MarketOrder("BUY", 5, account="DU2"))
    wait_for(ib, trade.isDone, what="a fill")
    wait_for(
        ib,
        lambda: sum(p.position for p in ib.positions("DU2") if p.contract.conId == ko.conId) == before + 5,
        what="the position",
    )
    assert any(p.contract.conId == ko.conId for p in ib.reqPositions())


def test_portfolio(ib, ko):
    trade = ib.placeOrder(ko, MarketOrder("BUY", 5, account="DU1"))
    wait_for(ib, trade.isDone, what="a fill")
    wait_for(ib, lambda: any(i.contract.conId == ko.conId for i in ib.portfolio("DU1")), what="the portfolio")
    item = next(i for i in ib.portfolio("DU1") if i.contract.conId == ko.conId)
    assert item.averageCost > 0 and item.marketPrice > 0


def test_profit_and_loss(ib):
    pnl = ib.reqPnL("DU1")
    wait_for(ib, lambda: not math.isnan(pnl.unrealizedPnL), what="profit and loss")
    assert pnl in ib.pnl("DU1")
    ib.cancelPnL("DU1")


def test_profit_and_loss_of_one_position(ib, ko):
    single = ib.reqPnLSingle("DU1", "", ko.conId)
    wait_for(ib, lambda: not math.isnan(single.value), what="a position's profit and loss")
    assert single in ib.pnlSingle("DU1", "", ko.conId)
    ib.cancelPnLSingle("DU1", "", ko.conId)


@pytest.mark.says(321, "requestFAAsync: Timeout")
def test_who_is_no_advisor_has_no_advisors_data(ib):
    # The error names no request, so the client gives up by its own clock.
    assert ib.requestFA(1) is None
    before = len(ib.errors)
    ib.replaceFA(1, "<ListOfGroups/>")
    wait_for(ib, lambda: ib.errors.codes()[before:] == [321], what="321")
