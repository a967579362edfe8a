"""Prices of shares, indices and coins."""

import pytest
from tigeropen.common.consts import BarPeriod, CapitalPeriod, Market, QuoteRight, SecurityType, TradingSession
from tigeropen.common.exceptions import ApiException

MINUTE, DAY = 60_000, 86_400_000


def test_the_state_of_a_market(quote):
    states = {one.market: one for one in quote.get_market_status(Market.ALL)}
    assert states["US"].trading_status == "TRADING" and states["US"].open_time is not None
    assert states["HK"].trading_status == "CLOSING"  # eleven in the evening
    (one,) = quote.get_market_status(Market.US)
    assert one.market == "US"


def test_the_calendar(quote):
    days = quote.get_trading_calendar(Market.US, "2022-01-01", "2022-02-01")
    dates = [day["date"] for day in days]
    assert dates[0] == "2022-01-03" and "2022-01-17" not in dates  # Martin Luther King's day
    assert {day["type"] for day in days} == {"TRADING"}


def test_symbols_and_names(quote):
    symbols = quote.get_symbols(Market.US)
    assert {"AAPL", "KO", ".SPX"} <= set(symbols)
    names = dict(quote.get_symbol_names(Market.US))
    assert names["AAPL"] == "Apple Inc."
    assert set(quote.get_symbols(Market.HK)) == {"00005", "00700"}
    assert quote.get_symbols(sec_type=SecurityType.CC) == ["BTC.USD"]


def test_lots_and_ticks(quote):
    metas = quote.get_trade_metas(["AAPL", "00700"])
    assert list(metas["symbol"]) == ["AAPL", "00700"]
    assert metas["min_tick"][0] == 0.01 and metas["lot_size"][0] == 1


def test_briefs(quote):
    briefs = quote.get_stock_briefs(["AAPL", "KO"], include_hour_trading=True)
    assert list(briefs["symbol"]) == ["AAPL", "KO"]
    row = briefs.iloc[0]
    assert row["low"] <= row["latest_price"] <= row["high"]
    assert row["bid_price"] < row["ask_price"] and row["bid_size"] > 0
    assert row["status"] == "NORMAL"
    (old,) = quote.get_briefs(["AAPL"], include_ask_bid=True, right=QuoteRight.BR)
    assert old.latest_price == pytest.approx(row["latest_price"], rel=0.01)
    (coin,) = quote.get_stock_briefs(["BTC.USD"], sec_type=SecurityType.CC)["symbol"]
    assert coin == quote.get_cc_briefs(["BTC.USD"], sec_type=SecurityType.CC)["symbol"][0]
    assert coin == "BTC.USD"


def test_delayed_prices_and_details(quote):
    delayed = quote.get_stock_delay_briefs(["AAPL"])
    assert delayed["symbol"][0] == "AAPL" and delayed["close"][0] > 0
    details = quote.get_stock_details(["AAPL"])
    assert details["symbol"][0] == "AAPL" and details["name"][0] == "Apple Inc."


def test_bars(quote):
    daily = quote.get_bars(["AAPL"], BarPeriod.DAY, limit=20)
    assert len(daily) == 20 and daily["time"].is_monotonic_increasing
    assert (daily["high"] >= daily["low"]).all() and daily["volume"].iloc[-1] > 0
    weekly = quote.get_bars(["AAPL", "KO"], BarPeriod.WEEK, limit=3)
    assert list(weekly["symbol"].unique()) == ["AAPL", "KO"]
    minutes = quote.get_bars(["AAPL"], BarPeriod.ONE_MINUTE, limit=10, trade_session=TradingSession.Regular)
    assert 0 < len(minutes) <= 10
    span = {"begin_time": "2021-12-20", "end_time": "2021-12-24"}
    adjusted, plain = (quote.get_bars(["AAPL"], right=right, **span) for right in (QuoteRight.BR, QuoteRight.NR))
    assert len(adjusted) == 4 and list(plain["close"]) == list(adjusted["close"])


def test_bars_page_by_page(quote):
    pages = quote.get_bars_by_page("AAPL", BarPeriod.DAY, end_time="2022-01-01", total=25, page_size=10, time_interval=0)
    whole = quote.get_bars(["AAPL"], BarPeriod.DAY, end_time="2022-01-01", limit=25)
    assert list(pages["time"]) == list(whole["time"])


def test_timelines(quote):
    today = quote.get_timeline(["AAPL"], include_hour_trading=True)
    assert len(today) and set(today["symbol"]) == {"AAPL"}
    then = quote.get_timeline_history(["AAPL"], "2022-01-03")
    assert len(then) and (then["price"] > 0).all()


def test_ticks(quote):
    ticks = quote.get_trade_ticks(["KO"], limit=5)
    assert 0 < len(ticks) <= 5 and set(ticks["direction"]) <= {"+", "-", "*"}
    first = quote.get_trade_ticks(["KO"], begin_index=0, end_index=2)
    assert list(first["index"]) == [0, 1]


def test_depth(quote):
    book = quote.get_depth_quote(["KO"], Market.US)
    (best_bid, *bids), (best_ask, *_) = book["bids"], book["asks"]
    assert best_bid[0] < best_ask[0] and best_bid[1] > 0
    assert all(bid[0] < best_bid[0] for bid in bids)
    several = quote.get_depth_quote(["KO", "AAPL"], Market.US)
    assert set(several) == {"KO", "AAPL"}


def test_flows(quote):
    flow = quote.get_capital_flow("KO", Market.US, CapitalPeriod.INTRADAY)
    assert set(flow["symbol"]) == {"KO"} and set(flow["period"]) == {"intraday"}
    parts = quote.get_capital_distribution("KO", Market.US)
    assert parts.net_inflow == pytest.approx(parts.in_all - parts.out_all)


def test_ranks_and_fundamentals(quote):
    ranked = quote.get_trade_rank(Market.US)
    assert len(ranked)
    found = quote.get_stock_fundamental(["AAPL"], Market.US)
    assert found["symbol"][0] == "AAPL"


def test_what_the_exchange_does_not_have_is_empty(quote):
    assert len(quote.get_short_interest(["AAPL"])) == 0
    assert len(quote.get_quote_overnight(["AAPL"])) == 0
    brokers = quote.get_stock_broker("00700", limit=10)
    assert not brokers.bid_broker and not brokers.ask_broker
    assert len(quote.get_broker_hold(Market.HK, limit=10)) == 0


def test_permissions_and_quotas(quote):
    granted = {one["name"] for one in quote.grab_quote_permission()}
    assert "usStockQuote" in granted
    assert {one["name"] for one in quote.get_quote_permission()} == granted
    before = {one["method"]: one["used"] for one in quote.get_kline_quota()}
    quote.get_bars(["MSFT"], limit=1)
    (kline,) = [one for one in quote.get_kline_quota(with_details=True) if one["method"] == "kline"]
    assert kline["used"] >= before["kline"] and "MSFT" in [one["code"] for one in kline["symbol_details"]]
    plan = quote.get_addon_entitlement()
    assert plan.effective_entitlement.subscribe_limit > 0


def test_what_does_not_exist_and_what_is_asked_wrongly(quote):
    for call, code in [
        (lambda: quote.get_stock_briefs(["NOSUCH"]), 2100),
        (lambda: quote.get_bars(["AAPL"], "7min"), 1010),
        (lambda: quote.get_stock_briefs([f"S{number}" for number in range(51)]), 1010),
        (lambda: quote.get_market_status("XX"), 1010),
    ]:
        with pytest.raises(ApiException) as refusal:
            call()
        assert refusal.value.code == code
