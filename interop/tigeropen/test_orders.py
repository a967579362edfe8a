"""Orders of every kind that the SDK builds, from end to end."""

import time

import pytest
from conftest import GLOBAL, PAPER, STANDARD, config, wait_for
from tigeropen.common.consts import ComboType, Market, OrderSortBy, OrderStatus, OrderType, SecurityType
from tigeropen.common.consts import TradingSessionType
from tigeropen.common.exceptions import ApiException
from tigeropen.common.util.contract_utils import (
    cc_contract,
    future_contract,
    option_contract,
    option_contract_by_symbol,
    stock_contract,
)
from tigeropen.common.util.order_utils import (
    algo_order,
    algo_order_params,
    auction_limit_order,
    auction_market_order,
    combo_order,
    contract_leg,
    iceberg_order,
    limit_order,
    limit_order_by_amount,
    limit_order_with_legs,
    market_order,
    market_order_by_amount,
    oca_order,
    order_leg,
    stop_limit_order,
    stop_order,
    trail_order,
)
from tigeropen.trade.trade_client import TradeClient

KO = stock_contract("KO", "USD")


@pytest.fixture
def ko(price):
    return price("KO")


def working(trade, order):
    """The order as the broker has it, open."""
    found = trade.get_order(id=order.id)
    assert found.status == OrderStatus.HELD, found
    return found


def cancelled(trade, id):
    trade.cancel_order(id=id)
    return wait_for(lambda: trade.get_order(id=id).status == OrderStatus.CANCELLED, what="the cancel")


def code_of(call):
    with pytest.raises(ApiException) as refusal:
        call()
    return refusal.value.code


def test_a_market_order_fills_and_its_transactions_add_up(trade):
    order = market_order(PAPER, KO, "BUY", 100)
    order.user_mark = "interop"
    id = trade.place_order(order)
    assert order.id == id and order.orders[0]["id"] == id
    found = trade.get_order(id=id)
    assert (found.status, found.filled, found.remaining) == (OrderStatus.FILLED, 100, 0)
    assert found.user_mark == "interop" and found.commission > 0
    transactions = trade.get_transactions(order_id=id)
    assert sum(one.filled_quantity for one in transactions) == 100
    worth = sum(one.filled_price * one.filled_quantity for one in transactions)
    assert worth == pytest.approx(100 * found.avg_fill_price)
    by_symbol = trade.get_transactions(symbol="KO", sec_type=SecurityType.STK, limit=50)
    assert {one.id for one in transactions} <= {one.id for one in by_symbol}
    by_day = trade.get_transactions(symbol="KO", sec_type=SecurityType.STK, since_date="20220103", to_date="20220104")
    assert len(by_day) == len(by_symbol)


def test_a_limit_order_rests_changes_and_is_cancelled(trade, ko):
    order = limit_order(PAPER, KO, "BUY", 10, round(ko * 0.8, 2))
    trade.place_order(order)
    found = working(trade, order)
    assert found.limit_price == round(ko * 0.8, 2) and found.quantity == 10
    assert order.id in [one.id for one in trade.get_open_orders(symbol="KO", sec_type=SecurityType.STK)]
    assert trade.modify_order(order, quantity=20, limit_price=round(ko * 0.7, 2)) == order.id
    changed = working(trade, order)
    assert (changed.quantity, changed.limit_price) == (20, round(ko * 0.7, 2))
    cancelled(trade, order.id)
    assert order.id in [one.id for one in trade.get_cancelled_orders(symbol="KO")]
    assert order.id not in [one.id for one in trade.get_open_orders()]


def test_a_number_of_the_account_names_an_order(trade, ko):
    order = trade.create_order(PAPER, KO, "BUY", "LMT", 10, limit_price=round(ko * 0.8, 2))
    assert order.order_id > 0
    trade.place_order(order)
    assert trade.get_order(order_id=order.order_id).id == order.id
    again = limit_order(PAPER, KO, "BUY", 10, round(ko * 0.8, 2))
    again.order_id = order.order_id
    assert code_of(lambda: trade.place_order(again)) == 1300
    trade.cancel_order(order_id=order.order_id)
    assert trade.get_order(id=order.id).status == OrderStatus.CANCELLED


def test_a_preview_costs_nothing(trade, ko):
    before = len(trade.get_orders())
    preview = trade.preview_order(limit_order(PAPER, KO, "BUY", 100, round(ko, 2)))
    assert preview["is_pass"] and preview["commission"] > 0
    assert preview["init_margin"] > preview["init_margin_before"]
    too_much = trade.preview_order(limit_order(PAPER, KO, "BUY", 1_000_000, round(ko, 2)))
    assert not too_much["is_pass"] and too_much["message"]
    assert len(trade.get_orders()) == before


def test_stops_and_stop_limits(trade, ko):
    for order in [
        stop_order(PAPER, KO, "SELL", 10, round(ko * 0.8, 2), time_in_force="GTC"),
        stop_limit_order(PAPER, KO, "SELL", 10, round(ko * 0.79, 2), round(ko * 0.8, 2)),
    ]:
        trade.place_order(order)
        found = working(trade, order)
        assert found.aux_price == round(ko * 0.8, 2)
        assert found.time_in_force == order.time_in_force
        trade.modify_order(order, aux_price=round(ko * 0.75, 2))
        assert trade.get_order(id=order.id).aux_price == round(ko * 0.75, 2)
        cancelled(trade, order.id)


def test_trailing_stops(trade):
    for order in [
        trail_order(PAPER, KO, "SELL", 10, trailing_percent=5),
        trail_order(PAPER, KO, "SELL", 10, aux_price=1.5),
    ]:
        trade.place_order(order)
        found = working(trade, order)
        assert (found.trailing_percent or 0, found.aux_price or 0) == (order.trailing_percent or 0, order.aux_price or 0)
        cancelled(trade, order.id)


def test_an_amount_of_money(trade, ko):
    order = market_order_by_amount(PAPER, KO, "BUY", 500)
    trade.place_order(order)
    found = trade.get_order(id=order.id)
    assert found.status == OrderStatus.FILLED and found.total_cash_amount == 500
    assert 0 < found.filled_cash_amount <= 500
    resting = limit_order_by_amount(PAPER, KO, "BUY", 500, round(ko * 0.8, 2))
    trade.place_order(resting)
    working(trade, resting)
    cancelled(trade, resting.id)


def test_a_part_of_a_share(trade):
    order = market_order(PAPER, KO, "BUY", 25)
    order.quantity_scale = 1
    trade.place_order(order)
    found = trade.get_order(id=order.id)
    assert (found.filled, found.filled_scale) == (25, 1)


def test_attached_orders_work_once_the_entry_is_filled(trade, ko):
    legs = [order_leg("PROFIT", round(ko * 1.2, 2), "GTC"), order_leg("LOSS", round(ko * 0.8, 2), "GTC")]
    order = limit_order_with_legs(PAPER, KO, "BUY", 10, round(ko * 1.01, 2), order_legs=legs)
    trade.place_order(order)
    assert trade.get_order(id=order.id).status == OrderStatus.FILLED
    profit, loss = (trade.get_order(id=id) for id in order.sub_ids)
    assert (profit.order_type, loss.order_type) == ("LMT", "STP")
    assert {profit.parent_id, loss.parent_id} == {order.id}
    assert {one.status for one in (profit, loss)} == {OrderStatus.HELD}
    assert len(trade.get_open_orders(parent_id=order.id)) == 2
    cancelled(trade, profit.id)
    assert working(trade, loss)
    cancelled(trade, loss.id)


def test_an_attached_trailing_stop_and_a_stop_limit(trade, ko):
    for leg in [
        order_leg("LOSS", None, "GTC", trailing_percent=10),
        order_leg("LOSS", round(ko * 0.7, 2), "GTC", limit_price=round(ko * 0.69, 2)),
    ]:
        order = limit_order_with_legs(PAPER, KO, "BUY", 10, round(ko * 0.8, 2), order_legs=[leg])
        trade.place_order(order)
        (loss,) = (trade.get_order(id=id) for id in order.sub_ids)
        assert loss.order_type == ("TRAIL" if leg.trailing_percent else "STP_LMT")
        cancelled(trade, order.id)
        assert not trade.get_order(id=loss.id).active


def test_one_cancels_the_other(trade, ko):
    trade.place_order(market_order(PAPER, KO, "BUY", 10))
    legs = [
        order_leg("LMT", round(ko * 0.99, 2), "DAY", quantity=10),
        order_leg("STP", round(ko * 0.8, 2), "DAY", quantity=10),
    ]
    order = oca_order(PAPER, KO, "SELL", legs, 10)
    trade.place_order(order)
    (other,) = order.sub_ids
    assert trade.get_order(id=order.id).status == OrderStatus.FILLED
    assert trade.get_order(id=other).status == OrderStatus.CANCELLED


def test_algorithms(trade, quote):
    end = int(quote_time(quote) + 3_600_000)
    for strategy, params in [
        (OrderType.TWAP, algo_order_params(end_time=end, allow_past_end_time=False)),
        (OrderType.VWAP, algo_order_params(end_time=end, no_take_liq=True, participation_rate=0.1)),
    ]:
        order = algo_order(PAPER, KO, "BUY", 1000, strategy.value, algo_params=params)
        trade.place_order(order)
        found = trade.get_order(id=order.id)
        assert found.order_type == strategy.value and found.active
        assert found.algo_params.end_time == end
        cancelled(trade, order.id)


def quote_time(quote):
    """The time of the market in milliseconds."""
    return quote.get_stock_briefs(["KO"])["latest_time"][0]


def test_an_iceberg(trade, ko):
    order = iceberg_order(PAPER, KO, "BUY", 100, round(ko * 0.8, 2), 10)
    trade.place_order(order)
    found = working(trade, order)
    assert (found.order_type, found.display_size) == ("ICEBERG", 10)
    cancelled(trade, order.id)


def test_auctions_of_hong_kong(trade):
    tencent = stock_contract("00700", "HKD")
    for order in [
        auction_limit_order(PAPER, tencent, "BUY", 100, 300.0, time_in_force="OPG"),
        auction_market_order(PAPER, tencent, "BUY", 100, time_in_force="OPG"),
    ]:
        trade.place_order(order)
        found = trade.get_order(id=order.id)
        assert found.order_type == order.order_type and found.active
        cancelled(trade, order.id)


def test_a_market_order_is_refused_while_its_market_is_closed(trade):
    # Ten in the morning in New York is night in Hong Kong.
    assert code_of(lambda: trade.place_order(market_order(PAPER, stock_contract("00700", "HKD"), "BUY", 100))) == 1300


def an_option(quote, trade, right="CALL", steps=0):
    expiry = quote.get_option_expirations(["KO"])["date"][1]
    chain = quote.get_option_chain("KO", expiry)
    calls = chain[chain["put_call"] == right].reset_index(drop=True)
    at = quote.get_stock_briefs(["KO"])["latest_price"][0]
    place = min(range(len(calls)), key=lambda row: abs(float(calls["strike"][row]) - at)) + steps
    return calls["identifier"][place], expiry.replace("-", ""), float(calls["strike"][place])


def test_an_option_by_identifier_and_by_parts(trade, quote):
    identifier, expiry, strike = an_option(quote, trade)
    for contract in [
        option_contract(identifier),
        option_contract_by_symbol("KO", expiry, strike, "CALL", "USD"),
    ]:
        order = market_order(PAPER, contract, "BUY", 1)
        trade.place_order(order)
        found = trade.get_order(id=order.id)
        assert found.status == OrderStatus.FILLED
        assert (found.contract.sec_type, found.contract.put_call, float(found.contract.strike)) == ("OPT", "CALL", strike)
    positions = trade.get_positions(sec_type=SecurityType.OPT, symbol="KO", expiry=expiry, strike=strike, put_call="CALL")
    assert [one.quantity for one in positions] == [2]


def test_a_vertical_spread(trade, quote):
    low, expiry, low_strike = an_option(quote, trade)
    _, _, high_strike = an_option(quote, trade, steps=1)
    legs = [
        contract_leg("KO", "OPT", expiry, low_strike, "CALL", "BUY", 1),
        contract_leg("KO", "OPT", expiry, high_strike, "CALL", "SELL", 1),
    ]
    order = combo_order(PAPER, legs, ComboType.VERTICAL, "BUY", 1, limit_price=0.01)
    trade.place_order(order)
    found = trade.get_order(id=order.id)
    assert found.combo_type == "VERTICAL" and len(found.contract_legs) == 2
    cancelled(trade, order.id)


def test_a_future_and_a_coin(trade, price):
    future = future_contract("ES2203", "USD")
    order = limit_order(PAPER, future, "BUY", 1, 2000.0)
    trade.place_order(order)
    assert working(trade, order).contract.symbol == "ES2203"
    cancelled(trade, order.id)
    coin = market_order(PAPER, cc_contract("BTC.USD"), "BUY", 1)
    coin.quantity_scale = 2
    trade.place_order(coin)
    assert trade.get_order(id=coin.id).status == OrderStatus.FILLED


def test_lives_and_sessions(trade, ko, quote):
    order = limit_order(PAPER, KO, "BUY", 10, round(ko * 0.8, 2), time_in_force="GTD")
    order.expire_time = int(quote_time(quote)) + 3 * 86_400_000
    trade.place_order(order)
    assert trade.get_order(id=order.id).expire_time == order.expire_time
    cancelled(trade, order.id)
    early = limit_order(PAPER, KO, "BUY", 10, round(ko * 0.8, 2))
    early.trading_session_type = TradingSessionType.PRE_RTH_POST
    early.outside_rth = True
    trade.place_order(early)
    assert trade.get_order(id=early.id).outside_rth
    cancelled(trade, early.id)


def test_a_price_between_two_ticks_is_moved_if_that_is_allowed(trade, ko):
    off = round(ko * 0.8, 2) + 0.004
    refused = limit_order(PAPER, KO, "BUY", 10, off)
    assert code_of(lambda: trade.place_order(refused)) == 1300
    moved = limit_order(PAPER, KO, "BUY", 10, off)
    moved.adjust_limit = 0.01
    trade.place_order(moved)
    assert working(trade, moved).limit_price == round(off + 0.006, 2)
    cancelled(trade, moved.id)


def test_lists_by_state_time_and_page(trade):
    everything = trade.get_orders(limit=300)
    assert len(everything) > 5
    filled = trade.get_orders(states=[OrderStatus.FILLED], limit=300)
    assert {one.status for one in filled} == {OrderStatus.FILLED}
    assert len(filled) < len(everything)
    begin, end = 1641186000000, 1641272400000  # 3 January 2022 in New York
    in_time = trade.get_filled_orders(start_time=begin, end_time=end, market=Market.US, sec_type=SecurityType.STK)
    assert {one.contract.sec_type for one in in_time} == {"STK"}
    first = trade.get_orders(limit=2, sort_by=OrderSortBy.LATEST_CREATED, page_token="")
    assert [one.id for one in first.result] == [one.id for one in everything[:2]]
    second = trade.get_orders(limit=2, sort_by=OrderSortBy.LATEST_CREATED, page_token=first.next_page_token)
    assert [one.id for one in second.result] == [one.id for one in everything[2:4]]
    assert code_of(lambda: trade.get_orders(limit=3, page_token=first.next_page_token)) == 1010


def test_charges_of_an_order(trade):
    (newest, *_) = trade.get_orders(states=[OrderStatus.FILLED], limit=1)
    order = trade.get_order(id=newest.id, show_charges=True)
    assert sum(charge.total for charge in order.charges) == pytest.approx(order.commission)


def test_refusals_have_the_code_of_the_kind_of_account(trade, ko):
    for account, code in [(PAPER, 1300), (STANDARD, 1200), (GLOBAL, 1100)]:
        client = TradeClient(config(account=account))
        order = limit_order(account, KO, "BUY", 10_000_000, round(ko, 2))
        assert code_of(lambda: client.place_order(order)) == code
        assert code_of(lambda: client.cancel_order(id=1)) == code
    assert code_of(lambda: trade.place_order(market_order(PAPER, stock_contract("NOSUCH", "USD"), "BUY", 1))) == 1300


def test_an_unknown_order_does_not_exist(trade):
    with pytest.raises(ApiException) as refusal:
        trade.get_order(id=1)
    assert refusal.value.code == 1300 and "does not exist" in refusal.value.msg


def test_a_pair_of_currencies(trade_standard):
    order = trade_standard.place_forex_order("SEC", "USD", "HKD", 1000)
    assert order.contract.sec_type == "FOREX" and order.id
    assets = trade_standard.get_prime_assets().segments["S"].currency_assets
    assert assets["HKD"].cash_balance > 7000


def test_an_option_is_exercised(trade, quote):
    identifier, expiry, strike = an_option(quote, trade, "CALL", -3)
    trade.place_order(market_order(PAPER, option_contract(identifier), "BUY", 2))
    contract = trade.get_contract("KO", SecurityType.OPT, expiry=expiry, strike=strike, put_call="CALL")
    held = trade.get_option_exercise_positions("Exercise")
    assert contract.contract_id in [one.contract_id for one in held.items]
    check = trade.check_option_exercise(contract.contract_id, "Exercise", quantity=1)
    assert check.stk_position_change == 100
    later = time.strftime("%Y-%m-%d", time.strptime(expiry, "%Y%m%d"))
    trade.submit_option_exercise(contract.contract_id, "Exercise", 1, executing_date=later)
    waiting = trade.get_option_exercise_records(symbol="KO").items[0]
    trade.cancel_option_exercise(waiting.id)
    before = [one.quantity for one in trade.get_positions(symbol="KO")]
    trade.submit_option_exercise(contract.contract_id, "Exercise", 1)
    after = [one.quantity for one in trade.get_positions(symbol="KO")]
    assert sum(after) != sum(before)
