"""The same work with the vendor's Python SDK: `FOLDER TABLE`, then lines of `WHAT TIMES WIDE` on the input."""

import concurrent.futures
import logging
import sys
import time

from tigeropen.push.push_client import PushClient
from tigeropen.quote.quote_client import QuoteClient
from tigeropen.tiger_open_config import TigerOpenClientConfig
from tigeropen.trade.trade_client import TradeClient

SYMBOL = "AAPL"


def listen(config):
    """Counts pushes by kind: each kind is told on one thread, so each count has one writer."""
    _, host, port = config.socket_host_port
    client = PushClient(host, port, client_config=config)
    seen = {"quote": 0, "bbo": 0, "ticks": 0, "trades": 0, "order": 0, "asset": 0}

    def counting(kind):
        def count(_):
            seen[kind] += 1

        return count

    def ticks(told):
        seen["trades"] += len(told.ticks)
        seen["ticks"] += 1

    client.quote_changed = counting("quote")
    client.quote_bbo_changed = counting("bbo")
    client.tick_changed = ticks
    client.order_changed = counting("order")
    client.asset_changed = counting("asset")
    client.connect(config.tiger_id, config.private_key)
    # The flood brings the same whatever is asked for.
    client.subscribe_quote([SYMBOL])
    client.subscribe_tick([SYMBOL])
    client.subscribe_order(account=config.account)
    client.subscribe_asset(account=config.account)
    print("ready", flush=True)
    for line in sys.stdin:
        _, total, whole = line.split()
        # Of a quote with both halves the SDK makes two events.
        wanted = int(total) + int(whole)
        while sum(seen.values()) - seen["trades"] < wanted:
            time.sleep(0.005)
        print("done", seen["quote"] + seen["bbo"], seen["trades"], seen["order"], seen["asset"], flush=True)


def main():
    logging.disable(logging.CRITICAL)
    config = TigerOpenClientConfig(enable_dynamic_domain=False, props_path=sys.argv[1])
    if sys.argv[2] == "pushes":
        return listen(config)
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
