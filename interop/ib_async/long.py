"""Listens to twenty tickers and both accounts for a minute, on a server whose clock runs fast.

broker-sim tws --time accelerated:600, then HOST and PORT as for the tests. Fails when the client complains.
"""

import logging
import math
import os
import sys

from ib_async import IB, Crypto, Forex, Future, MarketOrder, ScannerSubscription, Stock

complaints = []


class Complaints(logging.Handler):
    def emit(self, record):
        complaints.append(record.getMessage())


logging.getLogger("ib_async").addHandler(Complaints(logging.ERROR))
ib = IB()
ib.connect(os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"]), clientId=1)
wanted = [Forex("EURUSD"), Crypto("BTC", "PAXOS", "USD")]
future = ib.reqContractDetails(Future("ES", exchange="CME", currency="USD"))[0].contract
symbols = ib.reqScannerData(
    ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="MOST_ACTIVE", numberOfRows=50)
)
stocks = [row.contractDetails.contract for row in symbols][:17]
contracts = [*ib.qualifyContracts(*wanted), future, *stocks]
tickers = [ib.reqMktData(contract) for contract in contracts]
events = dict.fromkeys((ticker.contract.conId for ticker in tickers), 0)


def count(changed):
    for ticker in changed:
        events[ticker.contract.conId] += 1


ib.pendingTickersEvent += count
for account in ib.managedAccounts():
    ib.reqPnL(account)
ib.reqAccountUpdates("DU1")
trade = ib.placeOrder(stocks[0], MarketOrder("BUY", 10, account="DU1"))
single = ib.reqPnLSingle("DU1", "", stocks[0].conId)
start = ib.reqCurrentTime()
seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
ib.sleep(seconds)
passed = ib.reqCurrentTime() - start
ib.disconnect()
complaints[:] = [text for text in complaints if "Error 162" not in text]  # the scan's cancel
print(f"{len(tickers)} tickers, {sum(events.values())} updates in {passed}; filled {trade.filled()}; {single.value}")
silent = [t.contract.symbol for t in tickers if not events[t.contract.conId]]
assert not complaints, complaints
assert len(tickers) == 20, len(tickers)
assert not silent, f"no price of {silent}"
assert passed.total_seconds() > seconds * 300, passed
assert trade.orderStatus.status == "Filled" and not math.isnan(single.value)
