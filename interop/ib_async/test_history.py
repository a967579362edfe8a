"""Recorded prices."""

import datetime

import pytest
from conftest import wait_for

SIZES = [("1 D", "1 min"), ("1 D", "5 mins"), ("2 D", "30 mins"), ("1 W", "1 hour"), ("1 M", "1 day"), ("1 Y", "1 week")]


@pytest.mark.parametrize("duration,size", SIZES)
def test_bars(ib, aapl, duration, size):
    bars = ib.reqHistoricalData(aapl, "", duration, size, "TRADES", True)
    assert bars, (duration, size)
    assert [b.date for b in bars] == sorted(b.date for b in bars)
    assert all(b.low <= min(b.open, b.close) and max(b.open, b.close) <= b.high for b in bars)
    assert isinstance(bars[0].date, datetime.datetime) == ("min" in size or "hour" in size)


@pytest.mark.parametrize("what", ["MIDPOINT", "BID", "ASK"])
def test_quotes_as_bars(ib, eurusd, what):
    assert ib.reqHistoricalData(eurusd, "", "1 D", "1 hour", what, False, formatDate=2)


def test_bars_up_to_a_time(ib, ko):
    end = datetime.datetime(2021, 12, 31, 21, 0, tzinfo=datetime.timezone.utc)
    bars = ib.reqHistoricalData(ko, end, "5 D", "1 day", "TRADES", True)
    assert [b.date.isoformat() for b in bars] == [f"2021-12-{day}" for day in (27, 28, 29, 30, 31)]


@pytest.mark.says(162)
def test_bars_that_are_kept_up_to_date(ib, aapl):
    bars = ib.reqHistoricalData(aapl, "", "1 D", "1 min", "TRADES", False, keepUpToDate=True)
    assert bars
    updates = []
    bars.updateEvent += lambda b, new: updates.append(new)
    wait_for(ib, lambda: updates, timeout=40, what="an update of the last bar")
    before = len(ib.errors)
    ib.cancelHistoricalData(bars)
    wait_for(ib, lambda: ib.errors.codes()[before:] == [162], what="the cancel")


@pytest.mark.says(321, 366)
def test_a_bar_size_that_does_not_exist_is_refused(ib, aapl):
    # To this client 321 is a warning: it waits, gives up and cancels what TWS does not know.
    before = len(ib.errors)
    assert not ib.reqHistoricalData(aapl, "", "1 D", "7 mins", "TRADES", True, timeout=0.5)
    wait_for(ib, lambda: ib.errors.codes()[before:] == [321, 366], what="both errors")


@pytest.mark.parametrize("what", ["TRADES", "BID_ASK", "MIDPOINT"])
def test_ticks(ib, aapl, what):
    start = datetime.datetime(2022, 1, 3, 14, 30, tzinfo=datetime.timezone.utc)
    ticks = ib.reqHistoricalTicks(aapl, start, "", 100, what, False)
    assert ticks and all(t.time >= start for t in ticks)


def test_first_time_on_record(ib, aapl):
    head = ib.reqHeadTimeStamp(aapl, "TRADES", True, 1)
    assert isinstance(head, datetime.datetime) and head.year < 2022


def test_histogram(ib, aapl):
    histogram = ib.reqHistogramData(aapl, True, "1 day")
    assert histogram and all(h.count > 0 for h in histogram)


def test_schedule(ib, aapl):
    schedule = ib.reqHistoricalSchedule(aapl, 5)
    assert schedule.timeZone == "US/Eastern"
    assert [s.refDate for s in schedule.sessions] == ["20211228", "20211229", "20211230", "20211231", "20220103"]
