"""Every tool, as a model calls it: what the paper broker can do has an answer, the rest says so."""

import csv
import pathlib
from decimal import Decimal

from clients import Tools

# What the exchange replays; its clock stands at the open of 2022-01-03.
RECORDED = pathlib.Path(__file__).parents[2] / "broker-sim/data/us_equities_daily_close.csv"


def closes(symbol: str) -> dict[str, Decimal]:
    """The recorded closes by day."""
    with RECORDED.open() as file:
        return {row["Date"]: Decimal(row[symbol]) for row in csv.DictReader(file)}


async def questions(tools: Tools) -> None:
    """What changes nothing."""
    status = await tools.call("get_status")
    assert status["connected"] and not status["server"]["kill_switch"]
    [account] = (await tools.call("list_accounts"))["accounts"]
    assert account["id"] == "PAPER-1"
    assert (await tools.call("get_account_status"))["abilities"]["orders"]

    recorded = closes("AAPL")
    quotes = await tools.call("get_quotes", symbols=["AAPL", "JPM", "NOSUCH"])
    assert [quote["symbol"] for quote in quotes["quotes"]] == ["AAPL", "JPM"]
    assert [one["symbol"] for one in quotes["missing"]] == ["NOSUCH"]
    assert Decimal(quotes["quotes"][0]["prev_close"]) == recorded["2021-12-31"]
    bars = await tools.call("get_bars", instrument="AAPL", bar="1d", start="2021-12-01", end="2021-12-31")
    assert len(bars["bars"]) == 22
    for bar in bars["bars"]:
        assert Decimal(bar["close"]) == recorded[bar["time"][:10]], bar
    streamed = await tools.call("stream_market_data", symbols=["AAPL"], seconds=1)
    assert streamed["latest"][0]["symbol"] == "AAPL"
    [contract] = (await tools.call("get_contracts", instruments=["AAPL"]))["contracts"]
    assert contract["currency"] == "USD"
    found = await tools.call("search_instruments", query="apple")
    assert found["matches"][0]["instrument"]["symbol"] == "AAPL"
    assert (await tools.call("get_market_status", market="US"))["status"] == "open"
    expirations = (await tools.call("get_option_expirations", instrument="AAPL"))["expirations"]
    chain = await tools.call("get_option_chain", instrument="AAPL", expiry=expirations[0], strikes=2)
    assert chain["expiry"] == expirations[0] and chain["calls"] and chain["puts"]

    # Research of the simulated exchange is invented, and says so.
    assert (await tools.call("get_corporate_actions", instruments=["AAPL"]))["actions"] == []
    [earnings] = (await tools.call("get_earnings", instruments=["AAPL"]))["events"]
    assert earnings["instrument"]["symbol"] == "AAPL" and earnings["date"] > "2022-01-03"
    assert "Invented" in (await tools.call("get_financials", instrument="AAPL"))["text"]
    news = (await tools.call("get_news", instrument="AAPL"))["headlines"][0]
    article = await tools.call("get_news_article", id=news["id"], provider=news["provider"])
    assert "nvented" in article["text"], article
    assert await tools.refused("get_news_article", id="1", provider="nobody") == "not_found"

    # The way from a volatility to a price, and back.
    option = {"instrument": chain["calls"][0]["instrument"], "underlying_price": "175"}
    priced = await tools.call("compute_option", **option, volatility="0.3")
    assert 0 < Decimal(priced["delta"]) < 1 and Decimal(priced["price"]) >= 175 - Decimal(chain["calls"][0]["strike"])
    back = await tools.call("compute_option", **option, price=priced["price"])
    assert abs(Decimal(back["iv"]) - Decimal("0.3")) < Decimal("0.0001"), back

    trades = (await tools.call("get_trades", instrument="AAPL"))["trades"]
    assert trades and [trade["time"] for trade in trades] == sorted(trade["time"] for trade in trades)
    rows = (await tools.call("scan_market", ranking="top_gainers"))["rows"]
    changes = [Decimal(row["change_pct"]) for row in rows]
    assert changes == sorted(changes, reverse=True) and [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


async def holdings(tools: Tools) -> dict[str, Decimal]:
    positions = (await tools.call("get_positions"))["positions"]
    return {row["instrument"]["symbol"]: Decimal(row["quantity"]) for row in positions}


async def cash(tools: Tools) -> Decimal:
    return Decimal((await tools.call("get_account_summary"))["cash"])


async def orders(tools: Tools) -> None:
    """The life of orders, held against what the account has before and after."""
    held, money = await holdings(tools), await cash(tools)
    assert held == {"AAPL": 120, "JPM": 90}
    assert "daily" in await tools.call("get_pnl")
    updates = await tools.call("stream_account_updates", seconds=1)
    assert Decimal(updates["latest"]["summary"]["cash"]) == money

    order = {"instrument": "AAPL", "side": "BUY", "quantity": "10", "type": "MARKET"}
    preview = await tools.call("preview_order", order=order)
    assert preview["accepted"] and preview["preview_id"]
    placed = await tools.agreed("place_order", order=order, client_order_id="bought")
    assert placed["order"]["status"] == "filled" and placed["confirmed_by"], placed
    # The same name again is the same order, and nobody is asked.
    again = await tools.call("place_order", order=order, client_order_id="bought")
    assert again["duplicate_of"] == "bought"
    fills = (await tools.call("get_executions"))["fills"]
    bought = [fill for fill in fills if fill["client_order_id"] == "bought"]
    paid = sum(Decimal(fill["quantity"]) * Decimal(fill["price"]) for fill in bought)
    fees = sum(Decimal(fill["commission"]) for fill in bought)
    assert sum(Decimal(fill["quantity"]) for fill in bought) == 10
    assert await holdings(tools) == {**held, "AAPL": Decimal(130)}
    assert await cash(tools) == money - paid - fees

    rests = {**order, "type": "LIMIT", "limit_price": "100"}
    resting = await tools.agreed("place_order", order=rests, client_order_id="rests")
    assert resting["order"]["status"] == "submitted", resting
    found = await tools.call("get_order", client_order_id="rests")
    assert Decimal(found["limit_price"]) == 100
    changed = await tools.agreed("modify_order", order_id="rests", limit_price="101")
    assert changed["modified_fields"] == ["limit_price"]
    [working] = (await tools.call("get_orders", open_only=True))["orders"]
    assert working["client_order_id"] == "rests" and Decimal(working["limit_price"]) == 101
    cancelled = await tools.call("cancel_order", order_id="rests")
    assert cancelled["order"]["status"] in ("cancelled", "pending_cancel")
    await tools.agreed("place_order", order=rests, client_order_id="rests-too")
    [cancelled] = (await tools.call("cancel_all_orders"))["cancelled"]
    assert cancelled["client_order_id"] == "rests-too"
    assert (await tools.call("get_orders", open_only=True))["orders"] == []


async def orders_of_nobody(tools: Tools) -> None:
    """The same tools where every call has an exchange of its own: what was placed is gone with it."""
    for tool in ["get_positions", "get_account_summary", "get_pnl", "get_executions", "get_orders"]:
        await tools.call(tool)
    await tools.call("stream_account_updates", seconds=1)
    order = {"instrument": "AAPL", "side": "BUY", "quantity": "10", "type": "MARKET"}
    assert (await tools.call("preview_order", order=order))["accepted"]
    placed = await tools.agreed("place_order", order=order)
    assert placed["order"]["status"] == "filled", placed
    assert await tools.refused("get_order", client_order_id="nobody") == "not_found"
    assert await tools.refused("modify_order", order_id="nobody", limit_price="101") == "not_found"
    assert await tools.refused("cancel_order", order_id="nobody") == "not_found"
    assert (await tools.call("cancel_all_orders"))["cancelled"] == []


async def administration(tools: Tools) -> None:
    """What an administrator asks for; the kill switch is engaged in the end."""
    assert (await tools.call("get_next_order_id"))["id"]
    default = await tools.agreed("set_default_account", account="paper", purpose="trading")
    assert default == {"account": "paper", "purpose": "trading"}
    assert (await tools.agreed("restart_workers"))["restarted"] == 1
    assert (await tools.agreed("disconnect"))["state"] == "closed"
    assert await tools.refused("get_quotes", symbols=["AAPL"]) == "not_connected"
    assert (await tools.agreed("connect"))["state"] == "ready"
    await accounts(tools)
    assert not (await tools.call("kill_switch", action="status"))["engaged"]
    assert (await tools.call("kill_switch", action="engage", reason="a test"))["engaged"]
    order = {"instrument": "AAPL", "side": "BUY", "quantity": "1", "type": "MARKET"}
    assert await tools.refused("place_order", order=order) == "kill_switch"


async def administration_of_nobody(tools: Tools) -> None:
    """The same where every call has a server of its own: what is on the disk lasts."""
    assert (await tools.call("get_next_order_id"))["id"]
    await tools.agreed("set_default_account", account="paper", purpose="data")
    assert (await tools.agreed("restart_workers"))["restarted"] == 1
    assert (await tools.agreed("disconnect"))["state"] == "closed"
    assert (await tools.call("connect"))["already"]
    await accounts(tools)
    assert (await tools.call("kill_switch", action="engage", reason="a test"))["engaged"]
    assert (await tools.call("kill_switch", action="status"))["engaged"]


async def accounts(tools: Tools) -> None:
    """An account goes and comes back; what an administrator cannot have of a paper broker is refused."""
    assert (await tools.agreed("remove_account", account="paper"))["account"] == "paper"
    [gone] = (await tools.call("list_accounts"))["accounts"]
    assert gone["status"] == "disabled"
    assert await tools.refused("get_positions", account="paper") == "forbidden"
    back = {"alias": "paper", "broker": "paper", "kind": "paper"}
    assert await tools.agreed("add_account", **back) == {"account": "paper", "after_restart": False}
    [account] = (await tools.call("list_accounts"))["accounts"]
    assert account["status"] == "active" and (await tools.call("get_positions", account="paper"))["positions"]
    assert await tools.refused("gateway_control", action="status") == "unsupported"
    assert await tools.refused_after_agreement("refresh_token", account="paper") == "unsupported"
    new = {**back, "alias": "second", "credentials_ref": "second"}
    assert await tools.refused_after_agreement("add_account", **new) == "unsupported"


async def nothing_is_left(tools: Tools) -> None:
    """Every tool that is listed was called."""
    listed = {tool["name"] for tool in await tools.listed()}
    assert sorted(listed - tools.called) == []
    assert tools.called <= listed
