"""Figures of companies, events, the scanner."""

import pytest
from tigeropen.common.consts import (
    FinancialReportPeriodType,
    Income,
    IndustryLevel,
    Market,
    SortDirection,
    Valuation,
)
from tigeropen.common.consts.filter_fields import StockField
from tigeropen.common.exceptions import ApiException
from tigeropen.quote.domain.filter import SortFilterData, StockFilter


def code_of(call):
    with pytest.raises(ApiException) as refusal:
        call()
    return refusal.value.code


def test_daily_figures(quote):
    figures = quote.get_financial_daily(["AAPL"], Market.US, [Valuation.shares_outstanding], "2022-01-03", "2022-01-03")
    assert set(figures["symbol"]) == {"AAPL"} and (figures["value"] > 0).all()


def test_yearly_reports(quote):
    report = quote.get_financial_report(["AAPL"], Market.US, [Income.total_revenue], FinancialReportPeriodType.ANNUAL)
    assert set(report["symbol"]) == {"AAPL"} and len(report)


def test_currencies(quote):
    assert quote.get_financial_currency(["AAPL"], Market.US)["currency"][0] == "USD"
    rates = quote.get_financial_exchange_rate(["HKD"], "2022-01-03", "2022-01-03")
    assert set(rates["currency"]) == {"HKD"}


def test_corporate_actions(quote):
    span = ("2022-01-03", "2022-06-30")
    splits = quote.get_corporate_split(["ZVZZT"], Market.US, *span)
    assert list(splits["symbol"]) == ["ZVZZT"] and (splits["to_factor"] > splits["from_factor"]).all()
    dividends = quote.get_corporate_dividend(["ZVZZT", "AAPL"], Market.US, *span)
    assert set(dividends["symbol"]) == {"ZVZZT"} and dividends["amount"][0] == 0.35
    earnings = quote.get_corporate_earnings_calendar(Market.HK, *span)
    assert "00700" in set(earnings["symbol"])
    for method in (quote.get_corporate_symbol_change, quote.get_corporate_delisting, quote.get_corporate_ipo):
        found = method(["AAPL"], Market.US, *span)
        assert found is None or len(found) == 0


def test_industries(quote):
    assert not quote.get_industry_list(IndustryLevel.GGROUP)
    assert code_of(lambda: quote.get_industry_stocks(10)) == 2000
    assert not quote.get_stock_industry("AAPL")


def test_the_scanner(quote):
    filters = [StockFilter(StockField.CurPrice, filter_min=10, filter_max=1000)]
    order = SortFilterData(StockField.CurPrice, SortDirection.DESC)
    first = quote.market_scanner(Market.US, filters, order, page=0, page_size=5)
    assert first.page_size == 5 and len(first.items) == 5
    prices = [item[StockField.CurPrice] for item in first.items]
    assert prices == sorted(prices, reverse=True) and all(10 <= price <= 1000 for price in prices)
    second = quote.market_scanner(Market.US, filters, order, page=1, page_size=5, cursor_id=first.cursor_id)
    assert not set(second.symbols) & set(first.symbols)
    tags = quote.get_market_scanner_tags(Market.US, [])
    assert not tags


def test_funds_and_warrants_are_not_listed(quote):
    assert not quote.get_fund_symbols()
    assert code_of(lambda: quote.get_fund_contracts(["IE00B11XZ988.USD"])) == 2000
    assert code_of(lambda: quote.get_fund_quote(["IE00B11XZ988.USD"])) == 2000
    assert code_of(lambda: quote.get_fund_history_quote(["IE00B11XZ988.USD"], 1640995200000, 1641340800000)) == 2000
    assert code_of(lambda: quote.get_warrant_briefs(["12345"])) == 2100
    filtered = quote.get_warrant_filter("00700", page=0, page_size=10)
    assert len(filtered.items) == 0
