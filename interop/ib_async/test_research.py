"""News, scanners, calendars."""

import json

import pytest
from conftest import wait_for
from ib_async import ScannerSubscription, TagValue, WshEventData


def test_news_of_a_company(ib, aapl):
    codes = [p.code for p in ib.reqNewsProviders()]
    assert codes == ["SIM"]
    (headline,) = ib.reqHistoricalNews(aapl.conId, "+".join(codes), "", "", 10)
    assert "AAPL" in headline.headline
    assert "AAPL" in ib.reqNewsArticle(headline.providerCode, headline.articleId).articleText


@pytest.mark.says(10172)
def test_an_unknown_article_is_an_error(ib):
    assert ib.reqNewsArticle("XX", "XX$0") == []


@pytest.mark.says(10276)
def test_news_of_an_unknown_provider_are_refused(ib, aapl):
    assert ib.reqHistoricalNews(aapl.conId, "XX", "", "", 10) == []


def test_bulletins_and_news_ticks(ib):
    ib.reqNewsBulletins(True)
    ib.sleep(0.2)
    assert isinstance(ib.newsBulletins(), list)
    ib.cancelNewsBulletins()
    assert isinstance(ib.newsTicks(), list)


def test_scanner_parameters_are_xml(ib):
    assert ib.reqScannerParameters().lstrip().startswith("<")


@pytest.mark.says(162)
def test_scanner(ib):
    wanted = ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN", numberOfRows=5)
    rows = ib.reqScannerData(wanted, [], [TagValue("priceAbove", "1")])
    assert [r.rank for r in rows] == [0, 1, 2, 3, 4]
    assert all(r.contractDetails.contract.conId for r in rows)
    running = ib.reqScannerSubscription(wanted)
    wait_for(ib, lambda: len(running) == 5, what="a scan")
    before = len(ib.errors)
    ib.cancelScannerSubscription(running)
    wait_for(ib, lambda: 162 in ib.errors.codes()[before:], what="the cancel")


@pytest.mark.says(162, 365)
def test_a_scan_that_there_is_not(ib):
    # The client cancels what has been refused.
    assert not ib.reqScannerData(ScannerSubscription(instrument="STK", locationCode="STK.US", scanCode="NO_SUCH"))
    wait_for(ib, lambda: 365 in ib.errors.codes(), what="365")


@pytest.mark.says(10280, 10282, 10284)
def test_calendar(ib, aapl):
    before = len(ib.errors)
    event = WshEventData(conId=aapl.conId)
    assert ib.getWshEventData(event) == ""  # 10282: the kinds of event come first
    kinds = json.loads(ib.getWshMetaData())["meta_data"]["event_types"]
    assert "wshe_ed" in {kind["tag"] for kind in kinds}
    events = json.loads(ib.getWshEventData(event))
    assert {e["conids"][0] for e in events} == {str(aapl.conId)}
    ib.cancelWshMetaData()  # the client has cancelled the events by itself, twice
    # All have been answered, so none can be cancelled.
    wait_for(ib, lambda: ib.errors.codes()[before:] == [10282, 10284, 10284, 10280], what="the cancels")
    # The same, not waited for.
    told = []
    ib.wshMetaEvent += told.append
    ib.wshEvent += told.append
    ib.reqWshMetaData()
    ib.reqWshEventData(event)
    wait_for(ib, lambda: len(told) == 2, what="kinds and events")
    assert json.loads(told[1]) == events
    before = len(ib.errors)
    ib.cancelWshEventData()
    wait_for(ib, lambda: ib.errors.codes()[before:] == [10284], what="the cancel")
