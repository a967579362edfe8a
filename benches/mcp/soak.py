"""What the server's memory does under load: the program by itself, with its paper broker, journal, trail and file.

    python3 benches/mcp/soak.py target/release/broker-mcp [--clients 200] [--seconds 600]

Every client places an order, cancels it, asks for a quote and for positions, and begins again. Needs Python 3.9
and Linux, whose /proc says what the program uses.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import pathlib
import subprocess
import tempfile
import time

ORDER = {"instrument": "KO", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "40"}


class Tally:
    def __init__(self):
        self.orders = 0
        self.calls = 0
        self.refused = collections.Counter()


class Client:
    """One connection that stays open."""

    def __init__(self, number, port, key, tally):
        self.number, self.port, self.key, self.tally = number, port, key, tally

    async def run(self, until):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        turn = 0
        while time.monotonic() < until:
            turn += 1
            name = f"client-{self.number}-{turn}"
            if await self.call("place_order", {"order": ORDER, "client_order_id": name}):
                self.tally.orders += 1
                await self.call("cancel_order", {"order_id": name})
            await self.call("get_quotes", {"symbols": ["AAPL"]})
            await self.call("get_positions", {})
        self.writer.close()

    async def call(self, operation, arguments):
        body = json.dumps(arguments)
        head = [
            f"POST /v1/{operation} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.key}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        self.writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        lengths = [line.split(":")[1] for line in head if line.startswith("content-length:")]
        answer = await self.reader.readexactly(int(lengths[0]))
        self.tally.calls += 1
        done = " 200 " in head[0]
        if not done:
            self.tally.refused[answer[:200]] += 1
        return done


def memory(process):
    """Resident memory of a process in MB."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS:"))
    return int(resident.split()[1]) / 1000


async def watch(process, tally, until, every):
    began = time.monotonic()
    while time.monotonic() < until:
        await asyncio.sleep(every)
        passed = time.monotonic() - began
        print(f"{passed:6.0f} s {tally.calls:9} calls {tally.orders:8} orders {memory(process):7.1f} MB", flush=True)


async def load(process, port, key, options):
    tally = Tally()
    until = time.monotonic() + options.seconds
    clients = [Client(number, port, key, tally).run(until) for number in range(options.clients)]
    await asyncio.gather(watch(process, tally, until, options.every), *clients)
    print(f"{tally.calls} calls, {tally.orders} orders, {sum(tally.refused.values())} refused")
    for answer, count in tally.refused.most_common(5):
        print(f"  {count} times {answer.decode()}")


@contextlib.contextmanager
def serving(program, folder):
    """The program as a person starts it, and its port."""
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen([program, "serve", "--http", "127.0.0.1:0"], cwd=folder, stderr=said)
    try:
        for _ in range(100):
            time.sleep(0.1)
            lines = (folder / "said").read_text().splitlines()
            places = [line.rsplit(":", 1)[1] for line in lines if "listens on http://" in line]
            if places:
                yield process, int(places[0].strip("/ "))
                return
        raise SystemExit(f"it does not listen: {(folder / 'said').read_text()}")
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=lambda name: pathlib.Path(name).resolve())
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--every", type=int, default=30, help="seconds between two lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([options.program, "init"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        key = ["key", "new", "bot", "--role", "read", "--role", "trade", "--confirm", "never"]
        key = subprocess.run([options.program, *key], cwd=folder, check=True, capture_output=True, text=True)
        with serving(options.program, folder) as (process, port):
            print(f"at the beginning {memory(process):.1f} MB", flush=True)
            asyncio.run(load(process, port, key.stdout.strip(), options))


if __name__ == "__main__":
    main()
