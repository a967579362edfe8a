"""One tool that answers a quote as `get_quotes` of broker-mcp does, with the official SDK or with FastMCP.

`quote_server.py STACK stdio` or `quote_server.py STACK http PORT`. The price moves with every call, so that no
two answers are alike.
"""

import datetime
import logging
import sys

from pydantic import BaseModel

STACK, TRANSPORT = sys.argv[1], sys.argv[2]


class Quote(BaseModel):
    symbol: str
    instrument: str
    last: str
    bid: str
    ask: str
    bid_size: str
    ask_size: str
    last_size: str
    volume: str
    open: str
    high: str
    low: str
    prev_close: str
    change: str
    change_pct: str
    time: str
    delayed: bool


class Quotes(BaseModel):
    quotes: list[Quote]
    missing: list[str]


class Meta(BaseModel):
    account: str
    broker: str
    as_of: str
    source: str


class Answer(BaseModel):
    data: Quotes
    meta: Meta


calls = 0


def get_quotes(symbols: list[str]) -> Answer:
    """Best prices now of up to 50 instruments."""
    global calls
    calls += 1
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    cents = calls % 100
    quotes = [
        Quote(
            symbol=symbol,
            instrument=f"{symbol}.XNAS",
            last=f"175.{cents:02}",
            bid="175.86",
            ask="175.88",
            bid_size="600",
            ask_size="680",
            last_size="120",
            volume=str(58280 + calls),
            open="176.03",
            high="176.03",
            low="175.87",
            prev_close="176.033",
            change="-0.153",
            change_pct="-0.0869",
            time=now,
            delayed=False,
        )
        for symbol in symbols
    ]
    meta = Meta(account="paper", broker="paper", as_of=now, source="broker")
    return Answer(data=Quotes(quotes=quotes, missing=[]), meta=meta)


def main() -> None:
    logging.disable(logging.WARNING)
    port = int(sys.argv[3]) if TRANSPORT == "http" else 0
    if STACK == "mcp-2":
        from mcp.server import MCPServer

        server = MCPServer("quotes", log_level="ERROR")
        server.tool()(get_quotes)
        if port:
            server.run("streamable-http", host="127.0.0.1", port=port)
        else:
            server.run("stdio")
    elif STACK == "mcp-1":
        from mcp.server.fastmcp import FastMCP

        server = FastMCP("quotes", host="127.0.0.1", port=port or 8000, log_level="ERROR")
        server.tool()(get_quotes)
        server.run("streamable-http" if port else "stdio")
    else:
        from fastmcp import FastMCP

        server = FastMCP("quotes")
        server.tool(get_quotes)
        if port:
            server.run("http", host="127.0.0.1", port=port, path="/mcp", log_level="error", show_banner=False)
        else:
            server.run("stdio", show_banner=False)


main()
