"""Live prices of every kind, and the option calculators."""

import math

import pytest
from conftest import wait_for


def is_price(value):
    return value is not None and not math.isnan(value) and value > 0


def test_streaming_quotes(ib, aapl):
    ticker = ib.reqMktData(aapl, "233,236", False, False)
    wait_for(ib, lambda: is_price(ticker.bid) and is_price(ticker.ask), what="a quote")
    assert ticker.bid <= ticker.ask
    assert ib.ticker(aapl) is ticker
    assert ticker in ib.tickers()
    assert isinstance(ib.pendingTickers(), list)
    assert ib.cancelMktData(aapl)


def test_a_snapshot_ends(ib, ko):
    ticker = ib.reqMktData(ko, "", True, False)
    wait_for(ib, lambda: is_price(ticker.bid) or is_price(ticker.last), what="a snapshot")


def test_tickers_of_many(ib, aapl, ko, eurusd):
    tickers = ib.reqTickers(aapl, ko, eurusd)
    assert [t.contract.conId for t in tickers] == [aapl.conId, ko.conId, eurusd.conId]
    assert all(is_price(t.marketPrice()) for t in tickers)


@pytest.mark.parametrize("name", ["spx", "btc", "es"])
def test_other_classes_have_prices(ib, name, request):
    contract = request.getfixturevalue(name)
    ticker = ib.reqMktData(contract)
    wait_for(ib, lambda: is_price(ticker.marketPrice()), what=f"a price of {name}")
    ib.cancelMktData(contract)


def test_delayed_data(ib, aapl):
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(aapl)
    wait_for(ib, lambda: is_price(ticker.marketPrice()), what="delayed data")
    # This user has live data, and who has gets them whatever he asks for.
    assert ticker.marketDataType == 1
    ib.cancelMktData(aapl)
    ib.reqMarketDataType(1)


def test_option_greeks(ib, call):
    ticker = ib.reqMktData(call)
    wait_for(ib, lambda: ticker.modelGreeks is not None and ticker.modelGreeks.delta is not None, what="greeks")
    assert 0 < ticker.modelGreeks.delta < 1
    assert ticker.modelGreeks.impliedVol > 0
    ib.cancelMktData(call)


def test_calculators_are_each_others_inverse(ib, call, aapl):
    under = ib.reqTickers(aapl)[0].marketPrice()
    price = ib.calculateOptionPrice(call, 0.3, under)
    assert price.optPrice > 0
    volatility = ib.calculateImpliedVolatility(call, price.optPrice, under)
    assert volatility.impliedVol == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("smart", [False, True])
def test_depth(ib, aapl, smart):
    ticker = ib.reqMktDepth(aapl, numRows=5, isSmartDepth=smart)
    wait_for(ib, lambda: ticker.domBids and ticker.domAsks, what="depth")
    assert ticker.domBids[0].price <= ticker.domAsks[0].price
    assert [b.price for b in ticker.domBids] == sorted((b.price for b in ticker.domBids), reverse=True)
    ib.cancelMktDepth(aapl, isSmartDepth=smart)


def test_real_time_bars(ib, aapl):
    bars = ib.reqRealTimeBars(aapl, 5, "TRADES", False)
    wait_for(ib, lambda: bars, timeout=30, what="a five-second bar")
    assert bars[0].low <= bars[0].open_ <= bars[0].high
    assert bars in ib.realtimeBars()
    ib.cancelRealTimeBars(bars)


@pytest.mark.parametrize("kind", ["Last", "AllLast", "BidAsk", "MidPoint"])
def test_tick_by_tick(ib, eurusd, aapl, kind):
    contract = aapl if "Last" in kind else eurusd
    ticker = ib.reqTickByTickData(contract, kind)
    wait_for(ib, lambda: ticker.tickByTicks, timeout=40, what=f"{kind} ticks")
    assert ib.cancelTickByTickData(contract, kind)


def test_fundamentals(ib, aapl):
    assert ib.reqFundamentalData(aapl, "ReportSnapshot").startswith("<?xml")


@pytest.mark.says(430)
def test_a_report_that_there_is_not(ib, aapl):
    assert ib.reqFundamentalData(aapl, "RESC") == []
