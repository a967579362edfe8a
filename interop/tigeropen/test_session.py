"""Logins, signatures, tokens, limits, and the forms of answers."""

import base64
import json
import time

import pytest
from conftest import PAPER, config
from tigeropen.common.consts import License, Market
from tigeropen.common.exceptions import ApiException, ResponseException
from tigeropen.common.util.contract_utils import stock_contract
from tigeropen.common.util.order_utils import limit_order
from tigeropen.quote.quote_client import QuoteClient
from tigeropen.trade.trade_client import TradeClient


def code_of(call):
    with pytest.raises(ApiException) as refusal:
        call()
    return refusal.value.code


def test_the_folder_is_all_that_a_client_needs():
    settings = config()
    assert settings.tiger_id and settings.private_key and settings.account == PAPER
    assert settings.is_paper and settings.server_url.startswith("http://127.0.0.1:")
    assert settings.socket_host_port[0] == "ssl"


def test_a_signature_of_another_key_is_refused(server):
    other = config(server())
    settings = config()
    settings.private_key = other.private_key
    assert code_of(TradeClient(settings).get_managed_accounts) == 1000


def test_an_unknown_developer_is_refused():
    settings = config()
    settings.tiger_id = "1"
    assert code_of(TradeClient(settings).get_managed_accounts) == 1000


@pytest.mark.says("sign verify failed")
def test_signed_answers_are_checked_against_the_key_of_the_folder(server):
    folder = server("--sign-responses")
    settings = config(folder)
    lines = (folder / "tiger_openapi_config.properties").read_text().splitlines()
    (key,) = [line.split("=", 1)[1] for line in lines if line.startswith("tiger_public_key=")]
    settings.tiger_public_key = key.replace("\\", "")
    settings.retry_max_tries = 0
    assert TradeClient(settings).get_managed_accounts()
    live = config(folder)
    live.retry_max_tries = 0
    with pytest.raises(ResponseException):
        TradeClient(live).get_managed_accounts()


def test_data_may_come_as_text(server, tmp_path):
    habits = tmp_path / "habits.json"
    habits.write_text(json.dumps({"form": {"data_as_text": True}}))
    client = TradeClient(config(server("--habits", habits)))
    assert PAPER in [one.account for one in client.get_managed_accounts()]


def test_the_licence_is_told_to_whoever_asks(trade):
    assert trade.query_license() == License.TBSG.value


def test_a_token_is_needed_in_hong_kong_and_refreshed(server):
    folder = server("--license", "TBHK")
    settings = config(folder)
    assert settings.license == License.TBHK.value and settings.token
    client = TradeClient(settings)
    assert client.get_managed_accounts()
    begins, ends = base64.b64decode(settings.token)[:27].decode().split(",")
    assert int(ends) - int(begins) == 30 * 86_400_000
    before = settings.token
    time.sleep(0.01)
    client.refresh_token()
    assert settings.token != before and settings.load_token() == settings.token
    assert client.get_managed_accounts()
    assert QuoteClient(settings).get_market_status(Market.US)


def test_without_a_token_hong_kong_answers_nothing(server):
    settings = config(server("--license", "TBHK"))
    for token in ["", base64.b64encode(b"1600000000000,1600000000001nonsense").decode()]:
        settings.token = token
        assert code_of(TradeClient(settings).get_managed_accounts) == 2400


def test_the_sdk_refreshes_a_token_that_is_old_by_its_own_clock(server):
    settings = config(server("--license", "TBHK"))
    settings.token_refresh_duration = 30
    assert not settings.should_token_refresh()
    settings._token_refresh_duration = -1
    assert settings.should_token_refresh()


@pytest.mark.says("429", "give up", "Giving up", "rate limit")
def test_the_sixth_order_of_a_second_and_the_eleventh_question_of_a_minute_are_refused(server):
    settings = config(server())
    settings.retry_max_tries = 0
    trade = TradeClient(settings)
    placed = []
    with pytest.raises(ResponseException) as refusal:
        for _ in range(12):
            placed.append(trade.place_order(limit_order(PAPER, stock_contract("KO", "USD"), "BUY", 1, 40.0)))
    assert len(placed) >= 5 and "http status 429" in str(refusal.value) and '"code":5' in str(refusal.value)
    assert len(trade.get_open_orders()) == len(placed)
    quote = QuoteClient(settings, is_grab_permission=False)
    for _ in range(10):
        quote.get_market_status(Market.US)
    with pytest.raises(ResponseException) as refusal:
        quote.get_market_status(Market.US)
    assert "up to 10 times per minute" in str(refusal.value)


def test_the_older_way_to_say_too_fast(server, tmp_path):
    habits = tmp_path / "habits.json"
    habits.write_text(json.dumps({"rate_limit_style": "forbidden"}))
    settings = config(server("--habits", habits))
    quote = QuoteClient(settings, is_grab_permission=False)
    for _ in range(10):
        quote.get_market_status(Market.US)
    assert code_of(lambda: quote.get_market_status(Market.US)) == 4


def test_another_device_takes_the_quotes_away(server):
    folder = server()
    first = QuoteClient(config(folder))
    assert len(first.get_stock_briefs(["KO"])) == 1
    settings = config(folder)
    settings._device_id = "02:00:5e:00:00:02"
    second = QuoteClient(settings)
    assert len(second.get_stock_briefs(["KO"])) == 1
    with pytest.raises(ApiException) as refusal:
        first.get_stock_briefs(["KO"])
    assert refusal.value.code == 4 and "4000:permission denied" in refusal.value.msg
    first.grab_quote_permission()
    assert len(first.get_stock_briefs(["KO"])) == 1


def faulty(tmp_path, *faults):
    """A script of faults, each with the next command."""
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([{"when": {"command": at + 1}, "fault": fault} for at, fault in enumerate(faults)]))
    return "--script", script


@pytest.mark.says("request failed", "http status 502")
def test_an_order_whose_answer_is_lost_is_there_and_was_sent_once(server, tmp_path):
    client = TradeClient(config(server(*faulty(tmp_path, {"type": "drop_after_write"}, {"type": "http_status", "status": 502}))))
    for _ in range(2):
        order = client.create_order(PAPER, stock_contract("KO", "USD"), "BUY", "LMT", 5, limit_price=40.0)
        with pytest.raises(Exception) as lost:
            client.place_order(order)
        assert not isinstance(lost.value, ApiException)
        assert client.get_order(order_id=order.order_id).active
    assert len(client.get_orders()) == 2


def test_a_refusal_may_be_told_inside_the_data(server, tmp_path):
    habits = tmp_path / "habits.json"
    habits.write_text(json.dumps({"form": {"inner_codes": True}}))
    client = TradeClient(config(server("--habits", habits)))
    order = limit_order(PAPER, stock_contract("KO", "USD"), "BUY", 10_000_000, 50.0)
    with pytest.raises(ApiException) as refusal:
        client.place_order(order)
    assert str(refusal.value.code) == "1300" and "bad_request" in refusal.value.msg
