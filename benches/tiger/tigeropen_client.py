"""The same work with the vendor's Python SDK: `FOLDER`, then lines of `WHAT TIMES WIDE` on the input."""

import concurrent.futures
import logging
import sys
import time

from tigeropen.quote.quote_client import QuoteClient
from tigeropen.tiger_open_config import TigerOpenClientConfig
from tigeropen.trade.trade_client import TradeClient

SYMBOL = "AAPL"


def main():
    logging.disable(logging.CRITICAL)
    config = TigerOpenClientConfig(enable_dynamic_domain=False, props_path=sys.argv[1])
    quote = QuoteClient(config, is_grab_permission=False)
    trade = TradeClient(config)

    def once(what):
        began = time.perf_counter_ns()
        if what == "assets":
            assert trade.get_prime_assets().segments
        else:
            assert quote.get_stock_briefs([SYMBOL])["ask_price"][0] > 0
        return time.perf_counter_ns() - began

    print("ready", flush=True)
    for line in sys.stdin:
        what, times, wide = line.split()
        if wide == "1":
            took = [once(what) for _ in range(int(times))]
        else:
            with concurrent.futures.ThreadPoolExecutor(int(wide)) as pool:
                took = list(pool.map(once, [what] * int(times)))
        print("done", *took, flush=True)


main()
