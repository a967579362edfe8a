"""Options and futures."""

import pytest
from conftest import PAPER
from tigeropen.common.consts import BarPeriod, Market, SecurityType
from tigeropen.common.exceptions import ApiException
from tigeropen.common.util.contract_utils import future_contract, option_contract
from tigeropen.common.util.order_utils import market_order
from tigeropen.quote.domain.filter import OptionFilter


@pytest.fixture(scope="module")
def expiry(quote):
    found = quote.get_option_expirations(["AAPL"], market=Market.US)
    assert set(found["symbol"]) == {"AAPL"} and set(found["period_tag"]) <= {"m", "w"}
    return found["date"][1]


@pytest.fixture(scope="module")
def call(quote, expiry):
    chain = quote.get_option_chain("AAPL", expiry)
    calls = chain[chain["put_call"] == "CALL"].reset_index(drop=True)
    return calls["identifier"][len(calls) // 2]


def test_a_chain_with_greeks_and_filters(quote, expiry):
    chain = quote.get_option_chain("AAPL", expiry, return_greek_value=True, market=Market.US)
    assert set(chain["put_call"]) == {"CALL", "PUT"}
    bid_for = chain[chain["bid_price"].notna()]
    assert (bid_for["bid_price"] < bid_for["ask_price"]).all()
    calls = chain[chain["put_call"] == "CALL"]
    assert calls["delta"].between(0, 1).all() and (calls["vega"] >= 0).all()
    narrow = quote.get_option_chain("AAPL", expiry, OptionFilter(delta_min=0.4, delta_max=0.6, in_the_money=False))
    assert 0 < len(narrow) < len(chain)
    (begin,) = set(chain["expiry"])
    assert len(quote.get_option_chain("AAPL", int(begin))) == len(chain)


def test_briefs_bars_ticks_and_depth_of_an_option(quote, trade, call):
    brief = quote.get_option_briefs([call]).iloc[0]
    assert brief["identifier"].replace(" ", "") == call.replace(" ", "")
    assert 0 < brief["bid_price"] <= brief["ask_price"] and brief["multiplier"] == 100
    bars = quote.get_option_bars([call], period=BarPeriod.ONE_MINUTE)
    assert len(bars) and (bars["low"] <= bars["high"]).all()
    trade.place_order(market_order(PAPER, option_contract(call), "BUY", 1))
    ticks = quote.get_option_trade_ticks([call])
    assert ticks["volume"].iloc[-1] == 1 and ticks["price"].iloc[-1] > 0
    depth = quote.get_option_depth([call], Market.US)
    assert depth["bids"][0][0] < depth["asks"][0][0]


def test_the_volatility_of_an_underlying(quote):
    (analysis,) = quote.get_option_analysis(["AAPL"], market=Market.US, require_volatility_list=True)
    assert analysis.symbol == "AAPL" and analysis.implied_vol_30_days > 0


def test_options_of_hong_kong_are_not_listed(quote):
    assert len(quote.get_option_symbols(Market.HK)) == 0
    with pytest.raises(ApiException) as refusal:
        quote.get_option_timeline(["TCH.HK220128C00400000"], market=Market.HK)
    assert refusal.value.code == 2200


def test_an_option_that_does_not_exist(quote):
    with pytest.raises(ApiException) as refusal:
        quote.get_option_briefs(["NOSUCH 220121C00100000"])
    assert refusal.value.code == 2200


def test_contracts_of_futures(quote):
    exchanges = quote.get_future_exchanges(SecurityType.FUT)
    assert list(exchanges["code"]) == ["CME"]
    listed = quote.get_future_contracts("CME")
    front = quote.get_current_future_contract("ES")
    assert list(front["contract_code"]) == ["ES2203"] and "ES2203" in set(listed["contract_code"])
    assert len(quote.get_all_future_contracts("ES")) == 3
    assert quote.get_future_contract("ES2203")["multiplier"][0] == 50
    assert list(quote.get_future_continuous_contracts("ES")["contract_code"]) == ["ESmain"]
    main = quote.get_future_history_main_contract(["ESmain"], 1640995200000, 1641340800000)
    assert set(main["refer_contract_code"]) == {"ES2203"}


def test_prices_of_futures(quote, trade):
    brief = quote.get_future_brief(["ES2203"]).iloc[0]
    assert brief["bid_price"] < brief["ask_price"] and brief["latest_price"] > 0
    depth = quote.get_future_depth(["ES2203"])
    assert depth["bids"][0][0] < depth["asks"][0][0]
    assert len(quote.get_future_bars(["ES2203"], BarPeriod.DAY)) == 1
    minutes = quote.get_future_bars(["ES2203"], BarPeriod.ONE_MINUTE, limit=5)
    assert 0 < len(minutes) <= 5
    paged = quote.get_future_bars_by_page("ES2203", BarPeriod.ONE_MINUTE, total=5, page_size=2, time_interval=0)
    assert 0 < len(paged) <= 5
    trade.place_order(market_order(PAPER, future_contract("ES2203", "USD"), "BUY", 2))
    assert quote.get_future_trade_ticks("ES2203")["volume"].sum() >= 2
    hours = quote.get_future_trading_times("ES2203", "2022-01-04")
    assert (hours["start"] < hours["end"]).all() and hours["trading"].any()
