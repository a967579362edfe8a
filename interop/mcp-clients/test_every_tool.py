"""Every tool that the server lists, through two clients of other people, over both transports."""

import pytest

import walk
from clients import Person, ask_rest, inspector_over_http, inspector_over_stdio, over_http, over_stdio

pytestmark = pytest.mark.anyio


async def everything(tools):
    listed = await tools.listed()
    assert all(tool["annotations"] and tool["outputSchema"] for tool in listed)
    await walk.questions(tools)
    await walk.orders(tools)
    await walk.administration(tools)
    await walk.nothing_is_left(tools)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_python_over_stdio(here, mode):
    async with over_stdio(here, mode, Person()) as tools:
        await everything(tools)
    assert "it is whole" in here.run("audit", "verify")


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_python_over_http(here, server, mode):
    async with over_http(server, here.keys["trader"], mode, Person()) as tools:
        await everything(tools)
    # What the other face says to another key.
    positions = ask_rest(server, here.keys["reader"], "get_positions")["positions"]
    assert {row["instrument"]["symbol"]: row["quantity"] for row in positions} == {"AAPL": "130", "JPM": "90"}


async def test_inspector_over_http(here, server):
    tools = inspector_over_http(here, server, here.keys["trader"], "legacy")
    await everything(tools)


async def test_inspector_over_stdio(here):
    tools = inspector_over_stdio(here, "auto")
    await tools.listed()
    await walk.questions(tools)
    await walk.orders_of_nobody(tools)
    await walk.administration_of_nobody(tools)
    await walk.nothing_is_left(tools)
