"""What the push service says."""

import contextlib
import json

import pytest
from conftest import GLOBAL, PAPER, STANDARD, Listener, config, wait_for
from tigeropen.common.util.contract_utils import stock_contract
from tigeropen.common.util.order_utils import limit_order, market_order
from tigeropen.push.network.exception import ConnectFailedException
from tigeropen.trade.trade_client import TradeClient

KO = stock_contract("KO", "USD")


def test_connects_over_tls_and_is_told_how_the_heart_beats(listener):
    one = listener()
    (connected,) = one.heard["connect_callback"]
    assert json.loads(connected.msg) == {"version": "3", "heart-beat": "10000,10000"}


def test_an_order_is_pushed_from_its_entry_to_its_end(listener, trade, price):
    one = listener()
    one.subscribed(one.client.subscribe_order(account=PAPER))
    order = limit_order(PAPER, KO, "BUY", 10, round(price("KO") * 0.8, 2))
    order.user_mark = "pushed"
    trade.place_order(order)
    first = one.of("order_changed", lambda frame: frame.id == order.id and frame.status == "HELD")
    assert (first.account, first.symbol, first.action, first.orderType) == (PAPER, "KO", "BUY", "LMT")
    assert (first.totalQuantity, first.filledQuantity, first.userMark) == (10, 0, "pushed")
    assert first.limitPrice == round(price("KO") * 0.8, 2) and first.segType == "S"
    trade.modify_order(order, quantity=11)
    one.of("order_changed", lambda frame: frame.id == order.id and frame.totalQuantity == 11)
    trade.cancel_order(id=order.id)
    one.of("order_changed", lambda frame: frame.id == order.id and frame.status == "CANCELLED")


def test_a_fill_moves_orders_transactions_positions_and_assets(listener, trade):
    one = listener()
    for subscribe in ("order", "transaction", "position", "asset"):
        one.subscribed(getattr(one.client, f"subscribe_{subscribe}")(account=PAPER))
    order = market_order(PAPER, KO, "BUY", 100)
    trade.place_order(order)
    filled = one.of("order_changed", lambda frame: frame.id == order.id and frame.status == "FILLED")
    assert filled.filledQuantity == 100 and filled.avgFillPrice > 0
    wait_for(lambda: sum(f.filledQuantity for f in one.heard["transaction_changed"] if f.orderId == order.id) == 100)
    numbers = {transaction.id for transaction in trade.get_transactions(order_id=order.id)}
    assert {str(frame.id) for frame in one.heard["transaction_changed"]} == {str(number) for number in numbers}
    position = one.of("position_changed", lambda frame: frame.symbol == "KO")
    (held,) = trade.get_positions(symbol="KO")
    assert one.heard["position_changed"][-1].position == held.quantity and position.segType == "S"
    assets = one.of("asset_changed", lambda frame: frame.account == PAPER)
    assert assets.netLiquidation == pytest.approx(trade.get_prime_assets().segments["S"].net_liquidation, rel=0.01)


def test_without_an_account_every_account_is_heard_of(listener, trade, trade_standard):
    one = listener()
    one.subscribed(one.client.subscribe_order())
    trade.place_order(market_order(PAPER, KO, "BUY", 1))
    trade_standard.place_order(market_order(STANDARD, KO, "BUY", 1))
    TradeClient(config(account=GLOBAL)).place_order(market_order(GLOBAL, KO, "BUY", 1))
    wait_for(lambda: {frame.account for frame in one.heard["order_changed"]} == {PAPER, STANDARD, GLOBAL})


def test_whoever_leaves_off_hears_nothing(listener, trade):
    one = listener()
    for kind in ("order", "transaction", "position", "asset"):
        one.subscribed(getattr(one.client, f"subscribe_{kind}")(account=PAPER))
    for kind in ("order", "transaction", "position", "asset"):
        getattr(one.client, f"unsubscribe_{kind}")()
    wait_for(lambda: len(one.heard["unsubscribe_callback"]) == 4, what="four answers")
    trade.place_order(market_order(PAPER, KO, "BUY", 1))
    one.subscribed(one.client.subscribe_order(account=PAPER))
    assert not any(one.heard[f"{kind}_changed"] for kind in ("order", "transaction", "position", "asset"))


def test_an_account_of_someone_else_is_refused(listener):
    one = listener()
    request = one.client.subscribe_order(account="99999999")
    refusal = one.answered("error_callback", request)
    assert refusal.code == 200 and "99999999" in refusal.msg


def test_a_newer_connection_kicks_the_older_one_out(listener):
    older = listener()
    newer = listener()
    kicked = wait_for(lambda: older.heard["kickout_callback"], what="4001")[0]
    assert kicked.code == 4001
    wait_for(lambda: older.heard["disconnect_callback"], what="the end of the older connection")
    assert not newer.heard["kickout_callback"]
    newer.subscribed(newer.client.subscribe_order(account=PAPER))


def test_subscriptions_outlive_a_connection_that_breaks(listener, trade):
    first = listener()
    first.subscribed(first.client.subscribe_order(account=PAPER))
    second = listener()
    trade.place_order(market_order(PAPER, KO, "BUY", 1))
    wait_for(lambda: second.heard["order_changed"], what="an order that was subscribed by the older connection")


def test_a_wrong_signature_is_sent_away(server):
    other = config(server())
    one = Listener()
    one.settings.private_key = other.private_key
    # Whether the SDK sees the end of the connection before it stops waiting is a race of its own.
    with contextlib.suppress(ConnectFailedException):
        one.client.connect(one.settings.tiger_id, one.settings.private_key)
    refusal = wait_for(lambda: one.heard["error_callback"], what="a refusal")[0]
    assert refusal.code == 4
    one.client.disconnect()


def test_hearts_beat_while_nothing_happens(server, tmp_path):
    habits = tmp_path / "habits.json"
    habits.write_text(json.dumps({"heartbeat_send_ms": 300, "heartbeat_receive_ms": 300}))
    one = Listener(folder=server("--habits", habits), heartbeats=(300, 300)).connect()
    wait_for(lambda: len(one.heard["heartbeat_callback"]) >= 3, what="three heartbeats")
    assert not one.heard["disconnect_callback"]
    one.client.disconnect()
