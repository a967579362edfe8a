"""News, scanners, calendars."""

import json

import pytest
from conftest import wait_for
from ib_async import ScannerSubscription, TagValue, WshEventData


def test_news_of_a_company(ib, aapl):
    providers = ib.reqNewsProviders()
    assert providers
    codes = "+".join(p.code for p in providers)
    headlines = ib.reqHistoricalNews(aapl.conId, codes, "", "", 10)
    if headlines:
        headlines = headlines if isinstance(headlines, list) else [headlines]
        article = ib.reqNewsArticle(headlines[0].providerCode, headlines[0].articleId)
        assert article.articleText


def test_an_unknown_article_is_an_error(ib):
    before = len(ib.errors)
    ib.reqNewsArticle("XX", "XX$0")
    assert ib.errors[before:]


def test_bulletins_and_news_ticks(ib):
    ib.reqNewsBulletins(True)
    ib.sleep(0.2)
    assert isinstance(ib.newsBulletins(), list)
    ib.cancelNewsBulletins()
    assert isinstance(ib.newsTicks(), list)


def test_scanner_parameters_are_xml(ib):
    assert ib.reqScannerParameters().lstrip().startswith("<")


def test_scanner(ib):
    wanted = ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN", numberOfRows=5)
    rows = ib.reqScannerData(wanted, [], [TagValue("priceAbove", "1")])
    assert [r.rank for r in rows] == list(range(len(rows)))
    running = ib.reqScannerSubscription(wanted)
    wait_for(ib, lambda: len(running) or 165 in ib.errors.codes(), what="a scan")
    ib.cancelScannerSubscription(running)


@pytest.mark.parametrize("ask", ["get", "req"])
def test_calendar(ib, aapl, ask):
    event = WshEventData(conId=aapl.conId)
    if ask == "get":
        text = ib.getWshMetaData()
        assert not text or json.loads(text)
        events = ib.getWshEventData(event)
        assert not events or json.loads(events) is not None
    else:
        ib.reqWshMetaData()
        ib.sleep(0.3)
        ib.cancelWshMetaData()
        ib.reqWshMetaData()
        ib.sleep(0.3)
        ib.reqWshEventData(event)
        ib.sleep(0.3)
        ib.cancelWshEventData()
