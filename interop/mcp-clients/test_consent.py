"""A person agrees, declines or cannot be asked: each transport, each era of the protocol."""

import anyio.to_thread
import pytest

from clients import Person, Refused, over_http, over_stdio

pytestmark = pytest.mark.anyio

ORDER = {"instrument": "AAPL", "side": "BUY", "quantity": "10", "type": "MARKET"}


@pytest.fixture(params=["stdio", "http"])
def connected(request, here):
    """Connects over one of the transports, as a key that may trade."""
    if request.param == "stdio":
        return lambda mode, person: over_stdio(here, mode, person)
    server = request.getfixturevalue("server")
    return lambda mode, person: over_http(server, here.keys["trader"], mode, person)


async def bought(tools) -> int:
    return len((await tools.call("get_orders"))["orders"])


ERAS = pytest.mark.parametrize("mode", ["legacy", "auto", "2026-07-28"])


@ERAS
async def test_who_agrees_gets_one_order(connected, mode):
    person = Person()
    async with connected(mode, person) as tools:
        before = await bought(tools)
        placed = await tools.call("place_order", order=ORDER)
        assert placed["order"]["status"] == "filled" and placed["confirmed_by"] == "the client's user"
        [asked] = person.asked
        assert all(said in asked for said in ("side: BUY", "quantity: 10", "AAPL", "money: simulated")), asked
        assert await bought(tools) == before + 1


@ERAS
@pytest.mark.parametrize(("action", "tick"), [("decline", True), ("cancel", True), ("accept", False)])
async def test_who_does_not_agree_gets_none(connected, mode, action, tick):
    person = Person(action, tick)
    async with connected(mode, person) as tools:
        before = await bought(tools)
        assert await tools.refused("place_order", order=ORDER) == "declined"
        assert len(person.asked) == 1
        assert await bought(tools) == before


@ERAS
async def test_who_cannot_be_asked_is_asked_by_another_way(here, connected, mode):
    async with connected(mode, None) as tools:
        before = await bought(tools)
        with pytest.raises(Refused) as refused:
            await tools.call("place_order", order=ORDER)
        assert refused.value.fault["code"] == "confirmation_required"
        approval = refused.value.fault["details"]["approval_id"]
        assert await tools.refused("place_order", order=ORDER, preview_id=approval) == "confirmation_required"
        assert await bought(tools) == before
        await anyio.to_thread.run_sync(here.approve, approval)
        placed = await tools.call("place_order", order=ORDER, preview_id=approval)
        assert placed["order"]["status"] == "filled"
        again = await tools.call("place_order", order=ORDER, preview_id=approval)
        assert again["duplicate_of"] == approval
        assert await bought(tools) == before + 1


@ERAS
async def test_bad_arguments_and_unknown_tools_are_told_apart(connected, mode):
    from mcp.shared.exceptions import MCPError

    async with connected(mode, Person()) as tools:
        assert await tools.refused("get_quotes", symbols=7) == "invalid_request"
        assert await tools.refused("get_quotes", symbols=["AAPL"], more=1) == "invalid_request"
        with pytest.raises(MCPError, match="tool not found"):
            await tools.call("no_such_tool")


async def test_a_reader_sees_nothing_to_trade_with(here, server):
    async with over_http(server, here.keys["reader"]) as tools:
        names = {tool["name"] for tool in await tools.listed()}
        assert "get_quotes" in names and not names & {"place_order", "preview_order", "kill_switch"}
