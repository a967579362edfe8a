"""Orders from end to end."""

import pytest
from conftest import wait_for
from ib_async import (
    Bag,
    ComboLeg,
    ExecutionFilter,
    LimitOrder,
    MarketOrder,
    Order,
    OrderComboLeg,
    PriceCondition,
    StopLimitOrder,
    StopOrder,
    TagValue,
    TimeCondition,
)

WORKING = {"PreSubmitted", "Submitted"}


@pytest.fixture
def price(ib, ko):
    return ib.reqTickers(ko)[0].marketPrice()


def far_below(price):
    return round(price * 0.8, 2)


def working(ib, trade):
    wait_for(ib, lambda: trade.orderStatus.status in WORKING, what=f"{trade.order} to work")


def cancel(ib, trade):
    ib.cancelOrder(trade.order)
    wait_for(ib, lambda: trade.orderStatus.status in {"Cancelled", "ApiCancelled"}, what="cancel")


def test_a_market_order_fills_with_its_commission(ib, ko):
    trade = ib.placeOrder(ko, MarketOrder("BUY", 100, account="DU1", orderRef="interop"))
    wait_for(ib, trade.isDone, what="a fill")
    assert trade.orderStatus.status == "Filled"
    assert trade.filled() == 100 and trade.remaining() == 0
    wait_for(ib, lambda: all(f.commissionReport.execId for f in trade.fills), what="commissions")
    assert sum(f.execution.shares for f in trade.fills) == 100
    assert all(f.execution.orderRef == "interop" for f in trade.fills)
    assert trade in ib.trades() and trade.order in ib.orders()
    assert set(f.execution.execId for f in trade.fills) <= {f.execution.execId for f in ib.fills()}
    assert ib.executions()


def test_a_limit_order_rests_changes_and_is_cancelled(ib, ko, price):
    trade = ib.placeOrder(ko, LimitOrder("BUY", 10, far_below(price), account="DU1"))
    working(ib, trade)
    assert trade in ib.openTrades() and trade.order in ib.openOrders()
    trade.order.lmtPrice = round(far_below(price) - 1, 2)
    trade.order.totalQuantity = 20
    assert ib.placeOrder(ko, trade.order) is trade
    wait_for(ib, lambda: any("Modif" in e.message for e in trade.log), what="a change")
    ib.reqOpenOrders()
    (mine,) = [t for t in ib.openTrades() if t.order.orderId == trade.order.orderId]
    assert (mine.order.lmtPrice, mine.order.totalQuantity) == (round(far_below(price) - 1, 2), 20)
    cancel(ib, trade)


def orders_of_every_class(price):
    low = far_below(price)
    account = {"account": "DU1"}
    return {
        "limit gtc": LimitOrder("BUY", 10, low, tif="GTC", **account),
        "limit outside hours": LimitOrder("BUY", 10, low, outsideRth=True, **account),
        "limit until": LimitOrder("BUY", 10, low, tif="GTD", goodTillDate="20220131 16:00:00 US/Eastern", **account),
        "stop": StopOrder("SELL", 10, low, **account),
        "stop limit": StopLimitOrder("SELL", 10, round(low - 0.1, 2), low, **account),
        "trail": Order(action="SELL", totalQuantity=10, orderType="TRAIL", auxPrice=5.0, **account),
        "trail percent": Order(action="SELL", totalQuantity=10, orderType="TRAIL", trailingPercent=10.0, **account),
        "trail limit": Order(
            action="SELL", totalQuantity=10, orderType="TRAIL LIMIT", auxPrice=5.0,
            trailStopPrice=low, lmtPriceOffset=0.1, **account,
        ),
        "market if touched": Order(action="BUY", totalQuantity=10, orderType="MIT", auxPrice=low, **account),
        "limit if touched": Order(action="BUY", totalQuantity=10, orderType="LIT", auxPrice=low, lmtPrice=low, **account),
        "market on close": Order(action="BUY", totalQuantity=10, orderType="MOC", **account),
        "limit on close": Order(action="BUY", totalQuantity=10, orderType="LOC", lmtPrice=low, **account),
        "algorithm": LimitOrder(
            "BUY", 1000, low, algoStrategy="Twap", algoParams=[TagValue("strategyType", "Marketable")], **account
        ),
    }


# TWS itself watches for the price or the hour of these, and says so.
HELD = {
    "stop", "stop limit", "trail", "trail percent", "trail limit",
    "market if touched", "limit if touched", "market on close", "limit on close",
}


@pytest.mark.parametrize("name", list(orders_of_every_class(50.0)))
def test_every_class_of_order_works(ib, ko, price, name):
    trade = ib.placeOrder(ko, orders_of_every_class(price)[name])
    expected = "PreSubmitted" if name in HELD else "Submitted"
    wait_for(ib, lambda: trade.orderStatus.status == expected, what=f"{name} to be {expected}")
    cancel(ib, trade)
    assert trade.filled() == 0


@pytest.mark.parametrize(
    "condition",
    [TimeCondition(isMore=True, time="20300101 00:00:00 US/Eastern"), PriceCondition(isMore=False, price=1, exch="SMART")],
    ids=["time", "price"],
)
def test_an_order_waits_for_its_condition(ib, ko, condition):
    if isinstance(condition, PriceCondition):
        condition.conId = ko.conId
    trade = ib.placeOrder(ko, MarketOrder("BUY", 1, account="DU1", conditions=[condition]))
    wait_for(ib, lambda: trade.orderStatus.status == "PreSubmitted", what="the order to be held")
    ib.reqOpenOrders()
    (mine,) = [t for t in ib.openTrades() if t.order.orderId == trade.order.orderId]
    assert [type(c) for c in mine.order.conditions] == [type(condition)]
    cancel(ib, trade)
    assert trade.filled() == 0


def test_a_condition_that_holds_lets_the_order_trade(ib, ko):
    condition = PriceCondition(isMore=True, price=1, conId=ko.conId, exch="SMART", conjunction="o")
    never = TimeCondition(isMore=True, time="20300101 00:00:00 US/Eastern")
    trade = ib.placeOrder(ko, MarketOrder("BUY", 1, account="DU1", conditions=[condition, never]))
    wait_for(ib, trade.isDone, what="a fill")
    assert trade.orderStatus.status == "Filled"


def test_a_condition_may_cancel_the_order(ib, ko, price):
    order = LimitOrder("BUY", 1, far_below(price), account="DU1", conditionsCancelOrder=True)
    order.conditions = [PriceCondition(isMore=True, price=1, conId=ko.conId, exch="SMART")]
    trade = ib.placeOrder(ko, order)
    wait_for(ib, trade.isDone, what="the cancel")
    assert trade.orderStatus.status == "Cancelled"


def test_a_hidden_order_and_one_for_all_or_none_work(ib, ko, price):
    for attribute in ({"hidden": True}, {"allOrNone": True}, {"minQty": 5}):
        trade = ib.placeOrder(ko, LimitOrder("BUY", 10, far_below(price), account="DU1", **attribute))
        working(ib, trade)
        cancel(ib, trade)


@pytest.mark.says(387)
def test_an_order_type_that_does_not_exist_is_refused(ib, ko):
    trade = ib.placeOrder(ko, Order(action="BUY", totalQuantity=1, orderType="NOSUCH", account="DU1"))
    wait_for(ib, trade.isDone, what="387")


def test_bracket(ib, ko, price):
    bracket = ib.bracketOrder("BUY", 10, far_below(price), round(price * 1.2, 2), round(price * 0.7, 2), account="DU1")
    trades = [ib.placeOrder(ko, order) for order in bracket]
    for trade in trades:
        working(ib, trade)
    assert {t.order.parentId for t in trades[1:]} == {trades[0].order.orderId}
    ib.cancelOrder(trades[0].order)
    wait_for(ib, lambda: all(t.isDone() for t in trades), what="children to go with their parent")


def test_one_cancels_all(ib, ko, price):
    resting = LimitOrder("BUY", 10, far_below(price), account="DU1")
    taking = MarketOrder("BUY", 10, account="DU1")
    ib.oneCancelsAll([resting, taking], f"oca {ib.client.getReqId()}", 1)
    first = ib.placeOrder(ko, resting)
    working(ib, first)
    second = ib.placeOrder(ko, taking)
    wait_for(ib, lambda: first.isDone() and second.isDone(), what="the group to end")
    assert (first.orderStatus.status, second.orderStatus.status) == ("Cancelled", "Filled")


def test_what_if_changes_nothing(ib, ko):
    before = len(ib.trades())
    state = ib.whatIfOrder(ko, MarketOrder("BUY", 100, account="DU1"))
    assert float(state.initMarginChange) > 0
    assert len(ib.trades()) == before


def test_an_order_that_is_not_transmitted_waits(ib, ko, price):
    order = LimitOrder("BUY", 1, far_below(price), account="DU1", transmit=False)
    trade = ib.placeOrder(ko, order)
    ib.sleep(1)
    assert trade.orderStatus.status not in {"Submitted", "Filled"}
    order.transmit = True
    ib.placeOrder(ko, order)
    working(ib, trade)
    cancel(ib, trade)


def errors_of(ib, trade):
    return [code for req, code, _ in ib.errors if req == trade.order.orderId]


@pytest.mark.says(110)
@pytest.mark.parametrize("off", [0.0037, 1e-13], ids=["a part of a tick", "what float arithmetic leaves"])
def test_a_price_off_the_tick_is_error_110(ib, ko, price, off):
    trade = ib.placeOrder(ko, LimitOrder("BUY", 1, far_below(price) + off, account="DU1"))
    wait_for(ib, trade.isDone, what="the end of the order")
    assert errors_of(ib, trade) == [110]


@pytest.mark.says(201)
def test_an_order_beyond_the_cash_is_rejected_with_201(ib, ko):
    trade = ib.placeOrder(ko, MarketOrder("BUY", 1_000_000, account="DU1"))
    wait_for(ib, trade.isDone, what="the end of the order")
    assert errors_of(ib, trade) == [201] and trade.filled() == 0


@pytest.mark.says(383)
def test_an_order_beyond_the_size_limit_is_error_383(ib, ko):
    trade = ib.placeOrder(ko, MarketOrder("BUY", 100_000_000, account="DU1"))
    wait_for(ib, trade.isDone, what="the end of the order")
    assert errors_of(ib, trade) == [383] and trade.filled() == 0


@pytest.mark.says(10147)
def test_cancelling_an_unknown_order_is_an_error(ib):
    ib.client.cancelOrder(999_999, "")
    wait_for(ib, lambda: (999_999, 10147) in [error[:2] for error in ib.errors], what="10147")


@pytest.mark.says(322)
def test_an_option_that_is_out_of_the_money_is_not_exercised(ib, call):
    trade = ib.placeOrder(call, MarketOrder("BUY", 1, account="DU1"))
    wait_for(ib, trade.isDone, what="an option fill")
    assert trade.orderStatus.status == "Filled"
    before = len(ib.errors)
    ib.exerciseOptions(call, 1, 1, "DU1", 0)
    wait_for(ib, lambda: ib.errors.codes()[before:] == [322], what="322")
    assert [p.position for p in ib.reqPositions() if p.contract.conId == call.conId] == [1]


def test_an_option_in_the_money_is_exercised_into_its_shares(ib, deep_call, aapl):
    trade = ib.placeOrder(deep_call, MarketOrder("BUY", 1, account="DU1"))
    wait_for(ib, trade.isDone, what="an option fill")

    def held(contract):
        return sum(p.position for p in ib.positions("DU1") if p.contract.conId == contract.conId)

    wait_for(ib, lambda: held(deep_call) == 1, what="the position")
    shares = held(aapl)
    ib.exerciseOptions(deep_call, 1, 1, "DU1", 0)
    wait_for(ib, lambda: (held(deep_call), held(aapl)) == (0, shares + 100), what="the exercise")


def test_a_combination(ib, aapl, ko):
    bag = Bag(symbol="AAPL,KO", exchange="SMART", currency="USD")
    bag.comboLegs = [
        ComboLeg(conId=aapl.conId, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=ko.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    order = LimitOrder("BUY", 1, 1.0, account="DU1", smartComboRoutingParams=[TagValue("NonGuaranteed", "1")])
    order.orderComboLegs = [OrderComboLeg(), OrderComboLeg()]
    trade = ib.placeOrder(bag, order)
    wait_for(ib, lambda: trade.orderStatus.status == "Submitted", what="a resting combination")
    cancel(ib, trade)


@pytest.mark.parametrize("name,quantity", [("eurusd", 20_000), ("btc", 0.01), ("es", 1)])
def test_other_classes_trade(ib, name, quantity, request):
    contract = request.getfixturevalue(name)
    trade = ib.placeOrder(contract, MarketOrder("BUY", quantity, account="DU1", tif="IOC" if name == "btc" else "DAY"))
    wait_for(ib, trade.isDone, what="a fill")
    assert (trade.orderStatus.status, trade.filled()) == ("Filled", quantity)


@pytest.mark.parametrize("kind", ["limit", "market"])
def test_an_order_waits_for_a_market_that_is_closed(ib, hong_kong, kind):
    order = LimitOrder("BUY", 100, 300) if kind == "limit" else MarketOrder("BUY", 100)
    order.account = "DU1"
    trade = ib.placeOrder(hong_kong, order)
    wait_for(ib, lambda: 399 in errors_of(ib, trade), what="the warning")
    # The client notes the warning as the order's status; what TWS lists says that it is held.
    wait_for(ib, lambda: ib.reqAllOpenOrders() and trade.orderStatus.status == "PreSubmitted", what="a waiting order")
    assert trade.filled() == 0
    cancel(ib, trade)


def test_a_contract_of_the_portfolio_can_be_traded(ib, ko):
    bought = ib.placeOrder(ko, MarketOrder("BUY", 3, account="DU1"))
    wait_for(ib, bought.isDone, what="a fill")
    ib.reqAccountUpdates("DU1")
    wait_for(ib, lambda: any(i.contract.conId == ko.conId for i in ib.portfolio("DU1")), what="the portfolio")
    contract = next(i.contract for i in ib.portfolio("DU1") if i.contract.conId == ko.conId)
    assert contract.right == "0"  # TWS's word for "no option" here
    contract.exchange = "SMART"
    sold = ib.placeOrder(contract, MarketOrder("SELL", 3, account="DU1"))
    wait_for(ib, sold.isDone, what="a fill")
    assert sold.orderStatus.status == "Filled"


def test_open_orders_of_everyone(ib, ko, price):
    trade = ib.placeOrder(ko, LimitOrder("BUY", 10, far_below(price), account="DU1"))
    working(ib, trade)
    ids = {t.order.permId for t in ib.reqAllOpenOrders()}
    assert trade.order.permId in ids
    ib.reqAutoOpenOrders(False)
    cancel(ib, trade)


def test_completed_orders_and_executions(ib):
    completed = ib.reqCompletedOrders(False)
    assert any(t.orderStatus.status == "Filled" for t in completed)
    assert any(t.orderStatus.status == "Cancelled" for t in completed)
    fills = ib.reqExecutions(ExecutionFilter(symbol="KO", side="BUY"))
    assert fills and {f.contract.symbol for f in fills} == {"KO"}


def test_global_cancel_leaves_nothing_open(ib, ko, price):
    trades = [ib.placeOrder(ko, LimitOrder("BUY", 1, far_below(price), account="DU1")) for _ in range(3)]
    for trade in trades:
        working(ib, trade)
    ib.reqGlobalCancel()
    wait_for(ib, lambda: all(t.isDone() for t in trades), what="global cancel")
    assert ib.reqAllOpenOrders() == []
