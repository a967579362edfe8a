"""Accounts, assets, positions, money on its way."""

import pytest
from conftest import GLOBAL, PAPER, STANDARD, config
from tigeropen.common.consts import Currency, Market, SecurityType, SegmentType
from tigeropen.common.exceptions import ApiException
from tigeropen.common.util.contract_utils import stock_contract
from tigeropen.common.util.order_utils import limit_order, market_order
from tigeropen.trade.domain.transfer import TransferItem
from tigeropen.trade.trade_client import TradeClient

TODAY, TOMORROW = "2022-01-03", "2022-01-04"


def test_the_accounts_with_their_kinds(trade):
    kinds = {profile.account: profile.account_type for profile in trade.get_managed_accounts()}
    assert kinds == {PAPER: "PAPER", STANDARD: "STANDARD", GLOBAL: "GLOBAL"}
    (one,) = trade.get_managed_accounts(account=STANDARD)
    assert (one.capability, one.status) == ("RegTMargin", "Funded")


def test_prime_assets_by_segment_and_currency(trade):
    assets = trade.get_prime_assets(base_currency=Currency.USD)
    assert assets.account == PAPER
    segment = assets.segments["S"]
    assert segment.currency == "USD"
    assert 900_000 < segment.net_liquidation < 1_100_000
    assert segment.buying_power > segment.net_liquidation
    assert segment.currency_assets["USD"].cash_balance > 0
    assert "C" in assets.segments


def test_assets_of_a_global_account(trade):
    (portfolio,) = trade.get_assets(account=GLOBAL, segment=True, market_value=True)
    assert portfolio.account == GLOBAL
    assert portfolio.summary.net_liquidation == pytest.approx(1_000_000)
    assert portfolio.segments["S"].net_liquidation == pytest.approx(1_000_000)
    assert portfolio.market_values["USD"].cash_balance == pytest.approx(1_000_000)


def test_each_question_about_assets_is_for_its_kind_of_account(trade):
    with pytest.raises(ApiException):
        trade.get_prime_assets(account=GLOBAL)


def test_aggregate_assets(trade_standard):
    assets = trade_standard.get_aggregate_assets(seg_type=SegmentType.SEC, base_currency="USD")
    assert assets.currency == "USD"
    assert assets.net_liquidation == pytest.approx(1_000_000, rel=0.01)


def test_equity_by_day(trade):
    equity = trade.get_analytics_asset(start_date=TODAY, end_date=TODAY, seg_type=SegmentType.SEC, currency="USD")
    assert set(equity["summary"]) >= {"pnl", "pnl_percentage"}
    assert equity["history"][-1]["asset"] == pytest.approx(1_000_000, rel=0.01)


def test_a_bought_share_is_a_position_until_it_is_sold(trade_standard, price):
    contract = stock_contract("MSFT", "USD")
    order = market_order(STANDARD, contract, "BUY", 30)
    trade_standard.place_order(order)
    (position,) = trade_standard.get_positions(symbol="MSFT")
    assert position.contract.symbol == "MSFT" and position.contract.sec_type == "STK"
    assert (position.quantity, position.position_scale, position.position_qty) == (30, 0, 30)
    assert position.average_cost == pytest.approx(price("MSFT"), rel=0.02)
    assert position.market_value == pytest.approx(30 * position.market_price)
    assert trade_standard.get_positions(sec_type=SecurityType.STK, market=Market.US, currency="USD")
    assert trade_standard.get_positions(market=Market.HK) == []
    assert trade_standard.get_positions(sec_type=SecurityType.OPT) == []
    trade_standard.place_order(market_order(STANDARD, contract, "SELL", 30))
    assert trade_standard.get_positions(symbol="MSFT") == []


def test_a_part_of_a_share_is_exact(trade_standard):
    order = market_order(STANDARD, stock_contract("AAPL", "USD"), "BUY", 125)
    order.quantity_scale = 2
    trade_standard.place_order(order)
    (position,) = trade_standard.get_positions(symbol="AAPL")
    assert (position.quantity, position.position_scale, position.position_qty) == (125, 2, 1.25)


def test_how_much_can_be_traded(trade):
    order = limit_order(PAPER, stock_contract("KO", "USD"), "BUY", 100, 50.0)
    item = trade.get_estimate_tradable_quantity(order, seg_type=SegmentType.SEC)
    assert item.tradable_quantity > 1_000
    assert item.financing_quantity >= 0


def test_money_moves_between_segments(trade_standard):
    (available,) = trade_standard.get_segment_fund_available(from_segment=SegmentType.SEC, currency="USD")
    assert (available.from_segment, available.currency) == ("SEC", "USD") and available.amount > 1000
    moved = trade_standard.transfer_segment_fund("SEC", "FUT", 1000, "USD")
    assert (moved.from_segment, moved.to_segment, moved.amount, moved.status) == ("SEC", "FUT", 1000, "NEW")
    (listed,) = [item for item in trade_standard.get_segment_fund_history(limit=10) if item.id == moved.id]
    assert (listed.currency, listed.status) == ("USD", "SUCC")
    assert trade_standard.get_prime_assets().segments["C"].cash_balance == 1000
    with pytest.raises(ApiException):
        trade_standard.cancel_segment_fund(id=moved.id)


def test_what_moved_the_cash_is_listed(trade_standard):
    trade_standard.place_order(market_order(STANDARD, stock_contract("KO", "USD"), "BUY", 10))
    details = trade_standard.get_fund_details([SegmentType.SEC], fund_type="ALL", currency="USD",
                                              start_date=TODAY, end_date=TODAY, start=0, limit=50)
    assert len(details) and set(details["currency"]) == {"USD"}
    # The SDK has no frame for an empty list: nobody has paid in or out.
    assert trade_standard.get_funding_history(seg_type=SegmentType.SEC) is None


def test_positions_do_not_change_accounts(trade):
    items = [TransferItem(symbol="KO", quantity=1)]
    with pytest.raises(ApiException):
        trade.transfer_position(PAPER, STANDARD, items, market="US")
    assert trade.get_position_transfer_records(TODAY, TOMORROW, account_id=PAPER) == []
    assert trade.get_position_transfer_external_records(TODAY, TOMORROW, account_id=PAPER) == []
    with pytest.raises(ApiException):
        trade.get_position_transfer_detail("1", account_id=PAPER)


def test_an_account_of_someone_else_is_refused(trade):
    with pytest.raises(ApiException) as refusal:
        TradeClient(config(account="99999999")).get_positions()
    assert refusal.value.code == 1010
