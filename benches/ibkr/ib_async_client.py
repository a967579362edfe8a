"""The same work with ib_async: `ticks SERVER LINES`, `orders SERVER COUNT LIMIT`, `known SERVER`."""

import logging
import string
import sys
import time

from ib_async import IB, LimitOrder, MarketOrder, Stock

ACCOUNT = "DU1"
LAST = 999_999


def say(word, numbers=()):
    print(word, *numbers, flush=True)


def symbols(count):
    return [f"S{a}{b}" for a in string.ascii_uppercase for b in string.ascii_uppercase][:count]


def ticks(ib, lines):
    contracts = ib.qualifyContracts(*[Stock(symbol, "SMART", "USD") for symbol in symbols(lines)])
    tickers = [ib.reqMktData(contract) for contract in contracts]
    while not all(ticker.ask == ticker.ask for ticker in tickers):
        ib.sleep(0.01)
    received = 0
    open_lines = set(tickers)

    def update(ticker):
        nonlocal received
        received += len(ticker.ticks)
        if ticker.askSize == LAST or ticker.bidSize == LAST:
            open_lines.discard(ticker)

    for ticker in tickers:
        ticker.updateEvent += update
    say("ready")
    while open_lines:
        ib.waitOnUpdate()
    say("done", [received, 0])


def place(ib, contract, order, statuses):
    order.account = ACCOUNT
    # What a fill brings about (balances, positions) is to be over.
    ib.sleep(0.005)
    began = time.perf_counter_ns()
    trade = ib.placeOrder(contract, order)
    while trade.orderStatus.status not in statuses:
        ib.waitOnUpdate()
    return time.perf_counter_ns() - began


def orders(ib, count, limit):
    (contract,) = ib.qualifyContracts(Stock("SAA", "SMART", "USD"))
    say("ready")
    acknowledged, filled = [], []
    for _ in range(count):
        resting = LimitOrder("BUY", 1, limit)
        acknowledged.append(place(ib, contract, resting, ("PreSubmitted", "Submitted")))
        for side in ("BUY", "SELL"):
            filled.append(place(ib, contract, MarketOrder(side, 1), ("Filled",)))
    say("acknowledged", acknowledged)
    say("filled", filled)


def main():
    what, server, *more = sys.argv[1:]
    host, port = server.rsplit(":", 1)
    logging.disable(logging.CRITICAL)
    ib = IB()
    ib.connect(host, int(port), clientId=7, timeout=60)
    if what == "ticks":
        ticks(ib, int(more[0]))
    elif what == "orders":
        orders(ib, int(more[0]), float(more[1]))
    else:
        say("ready", [len(ib.openTrades())])
    sys.stdin.read()
    ib.disconnect()


main()
