"""What the push service says."""

import contextlib
import json
from decimal import Decimal

import pytest
from conftest import GLOBAL, PAPER, STANDARD, Listener, config, wait_for
from tigeropen.common.consts import StockRankingIndicator
from tigeropen.common.util.contract_utils import option_contract, stock_contract
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
    # A part of a share goes first, so that the order is filled at several prices, in parts of a share.
    part = market_order(PAPER, KO, "BUY", 3)
    part.quantity_scale = 1
    trade.place_order(part)
    order = market_order(PAPER, KO, "BUY", 900)
    trade.place_order(order)
    filled = one.of("order_changed", lambda frame: frame.id == order.id and frame.status == "FILLED")
    assert filled.filledQuantity == 900 and filled.avgFillPrice > 0
    executions = trade.get_transactions(order_id=order.id)
    assert sum(Decimal(e.filled_quantity).scaleb(-e.filled_quantity_scale) for e in executions) == 900
    # What is pushed of an execution has whole units only.
    whole = sorted((str(e.id), e.filled_quantity // 10**e.filled_quantity_scale) for e in executions)
    heard = one.heard["transaction_changed"]
    wait_for(lambda: len([f for f in heard if f.orderId == order.id]) >= len(whole), what="the executions")
    assert sorted((str(f.id), f.filledQuantity) for f in heard if f.orderId == order.id) == whole
    (held,) = trade.get_positions(symbol="KO")
    is_held = (held.quantity, held.position_scale)
    position = one.of("position_changed", lambda frame: (frame.position, frame.positionScale) == is_held)
    assert (position.symbol, position.segType) == ("KO", "S")
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


# ---- prices --------------------------------------------------------------------------------------


def ask(one, kind, symbols):
    """Subscribes; not every method of the SDK tells the number of its request."""
    answers = one.heard["subscribe_callback"]
    before = len(answers)
    getattr(one.client, f"subscribe_{kind}")(symbols)
    return wait_for(lambda: answers[before:], what="the answer")[0]


def test_quotes_come_by_sides(listener, quote):
    one = listener()
    assert json.loads(ask(one, "quote", ["AAPL", "KO"]).msg) == {"success": "AAPL,KO"}
    basic = one.of("quote_changed", lambda frame: frame.symbol == "AAPL")
    best = one.of("quote_bbo_changed", lambda frame: frame.symbol == "AAPL")
    now = quote.get_stock_briefs(["AAPL"]).iloc[0]
    assert basic.latestPrice == pytest.approx(now["latest_price"], rel=0.01)
    assert basic.low <= basic.latestPrice <= basic.high and basic.marketStatus == "Trading"
    assert 0 < best.bidPrice < best.askPrice and best.bidSize > 0
    assert basic.latestTime.endswith("EST")
    one.of("quote_bbo_changed", lambda frame: frame.symbol == "KO")


def test_books(listener):
    one = listener()
    ask(one, "depth_quote", ["AAPL"])
    book = one.of("quote_depth_changed", lambda frame: frame.symbol == "AAPL")
    assert book.bid.price[0] < book.ask.price[0]
    assert list(book.bid.price) == sorted(book.bid.price, reverse=True)
    assert len(book.ask.price) == len(book.ask.volume) == len(book.ask.orderCount)


def test_trades_compressed_and_one_by_one(listener, trade, price):
    one = listener()
    ask(one, "tick", ["KO"])
    trade.place_order(market_order(PAPER, KO, "BUY", 7))
    found = one.of("tick_changed", lambda frame: frame.symbol == "KO" and any(t.volume == 7 for t in frame.ticks))
    tick = next(tick for tick in found.ticks if tick.volume == 7)
    assert tick.price == pytest.approx(price("KO"), rel=0.01) and tick.tick_type in "+-*"
    assert found.sec_type == "STK" and tick.time > 1641222000000
    full = listener(full_tick=True)
    ask(full, "tick", ["KO"])
    trade.place_order(market_order(PAPER, KO, "BUY", 8))
    full.of("full_tick_changed", lambda frame: any(tick.volume == 8 for tick in frame.ticks))
    assert not full.heard["tick_changed"]
    full.client.unsubscribe_tick(["KO"])
    wait_for(lambda: full.heard["unsubscribe_callback"], what="the answer")


def test_the_bar_of_the_minute(listener, trade):
    one = listener()
    ask(one, "kline", ["KO"])
    trade.place_order(market_order(PAPER, KO, "BUY", 5))
    bar = one.of("kline_changed", lambda frame: frame.symbol == "KO")
    assert bar.low <= bar.open <= bar.high and bar.time % 60_000 == 0 and bar.count > 0
    one.client.unsubscribe_kline(["KO"])
    wait_for(lambda: one.heard["unsubscribe_callback"], what="the answer")


def test_options_futures_and_coins(listener, quote):
    one = listener()
    expiry = quote.get_option_expirations(["AAPL"])["date"][1]
    chain = quote.get_option_chain("AAPL", expiry)
    row = chain[chain["put_call"] == "CALL"].iloc[len(chain) // 4]
    ask(one, "option", [f"AAPL {expiry.replace('-', '')} {row['strike']} CALL"])
    option = one.of("quote_bbo_changed", lambda frame: frame.symbol == "AAPL")
    assert option.askPrice > 0
    ask(one, "future", ["ESmain"])
    future = one.of("quote_bbo_changed", lambda frame: frame.symbol == "ESmain")
    assert future.askPrice - future.bidPrice >= 0.25
    ask(one, "cc", ["BTC.USD"])
    assert one.of("cc_changed", lambda frame: frame.symbol == "BTC.USD").latestPrice > 0
    assert one.of("cc_bbo_changed", lambda frame: frame.symbol == "BTC.USD").bidPrice > 0
    one.client.unsubscribe_cc(["BTC.USD"])
    wait_for(lambda: one.heard["unsubscribe_callback"], what="the answer")


def test_subscriptions_are_listed_and_let_go(listener):
    one = listener()
    one.client.unsubscribe_quote()
    ask(one, "quote", ["AAPL", "KO"])
    ask(one, "depth_quote", ["AAPL"])
    one.client.query_subscribed_quote()
    listed = wait_for(lambda: one.heard["query_subscribed_callback"], what="the list")[0]
    listed = json.loads(listed) if isinstance(listed, str) else listed
    assert listed["subscribedSymbols"] == ["AAPL", "KO"] and listed["askBidUsed"] >= 1
    before = len(one.heard["unsubscribe_callback"])
    one.client.unsubscribe_quote(["KO"])
    one.client.unsubscribe_depth_quote()
    wait_for(lambda: len(one.heard["unsubscribe_callback"]) == before + 2, what="two answers")
    one.client.query_subscribed_quote()
    again = wait_for(lambda: one.heard["query_subscribed_callback"][1:], what="the list")[0]
    again = json.loads(again) if isinstance(again, str) else again
    assert again["subscribedSymbols"] == ["AAPL"] and again["subscribedAskBidSymbols"] == []


def test_the_most_traded(listener, trade, quote):
    one = listener()
    one.client.subscribe_stock_top("US", [StockRankingIndicator.Volume, StockRankingIndicator.ChangeRate])
    one.client.subscribe_option_top("US")
    wait_for(lambda: len(one.heard["subscribe_callback"]) == 2, what="two answers")
    expiry = quote.get_option_expirations(["KO"])["date"][1]
    identifier = quote.get_option_chain("KO", expiry)["identifier"][0]
    trade.place_order(market_order(PAPER, option_contract(identifier), "BUY", 1))
    shares = one.of("stock_top_changed", lambda frame: frame.market == "US")
    assert [top.targetName for top in shares.topData] == ["changeRate", "volume"]
    volumes = [row.targetValue for row in shares.topData[1].item]
    assert volumes == sorted(volumes, reverse=True) and volumes
    options = one.of("option_top_changed", lambda frame: frame.market == "US")
    (traded,) = (top for top in options.topData if top.targetName == "volume")
    assert "KO" in {row.symbol for row in traded.item}
    one.client.unsubscribe_stock_top("US")
    one.client.unsubscribe_option_top("US")
    wait_for(lambda: len(one.heard["unsubscribe_callback"]) == 2, what="two answers")


def test_what_is_not_pushed_is_refused(listener):
    one = listener()
    one.client.subscribe_quote(["NOSUCH"])
    one.client.subscribe_market("US")
    one.client.unsubscribe_market("US")
    wait_for(lambda: len(one.heard["error_callback"]) == 3, what="three refusals")
    assert {frame.code for frame in one.heard["error_callback"]} == {200}
