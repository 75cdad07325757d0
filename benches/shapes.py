#!/usr/bin/env python3
"""Runs `score-setup tune` over lines of several shapes, and compares what it fits with what the line has.

    benches/shapes.py CONF HOST:PORT [--binary target/release/score-setup]

CONF is a configuration whose store listens at HOST:PORT over http. For each shape a proxy on loopback delays all bytes and
limits their rate, for each connection and in total, and `tune --connect-to` measures through it. Prints a table in
Markdown. Needs python3.
"""
import argparse, asyncio, json, pathlib, time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MIB = 1 << 20
# Name, round trip in ms, MiB/s of one connection and of all together.
SHAPES = [
    ("metropolitan line", 10, 100, 40),
    ("limited per connection", 40, 6, 100),
    ("far", 150, 14, 100),
    ("satellite", 600, 3, 2.5),
    ("DSL", 30, 1.2, 1.2),
]


class Line:
    """The time at which the next byte may pass, for one connection or for all."""

    def __init__(self, rate):
        self.rate, self.free = rate * MIB, 0.0

    def passes(self, now, length):
        self.free = max(self.free, now) + length / self.rate
        return self.free


async def carry(reader, writer, delay, lines):
    queue = asyncio.Queue(maxsize=4096)

    async def deliver():
        while (item := await queue.get()) is not None:
            at, data = item
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            writer.write(data)
            await writer.drain()
        writer.close()

    delivering = asyncio.create_task(deliver())
    try:
        while data := await reader.read(16384):
            now = time.monotonic()
            at = max(line.passes(now, len(data)) for line in lines)
            await queue.put((at + delay, data))
            # What has not passed yet stays with the sender.
            await asyncio.sleep(max(0.0, at - time.monotonic() - 0.02))
    except ConnectionError:
        pass
    await queue.put(None)
    await asyncio.gather(delivering, return_exceptions=True)


async def measure(binary, conf, store, shape):
    name, round_trip, each, total = shape
    up, down = Line(total), Line(total)

    async def serve(reader, writer):
        there, back = await asyncio.open_connection(*store)
        delay = round_trip / 2000
        await asyncio.gather(
            carry(reader, back, delay, [up, Line(each)]), carry(there, writer, delay, [down, Line(each)]), return_exceptions=True
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        binary, "tune", conf, "--json", "--yes", "--connect-to", f"127.0.0.1:{port}", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    server.close()
    document = json.loads(output)
    advice = document["advice"]
    for model in document["models"]:
        if model["direction"] == "up" and model["connections"] == 6:
            found = f"{model['request_seconds'] * 1000:.0f} ms, {model['connection_bytes_per_second'] / MIB:.2f} MiB/s"
            break
    else:
        found = "-"
    real = f"{min(each, total / 6):.2f} MiB/s"
    size = f"{advice['value'] // MIB} MiB" + ("" if advice["settled"] else ", uncertain") if advice else "too little to say"
    left = len(document["leftovers"])
    print(f"| {name} | {round_trip} ms | {real} | {found} | {size} | {document['seconds']:.1f} s, {document['bytes'] // MIB} MiB | {left} |", flush=True)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("conf")
    parser.add_argument("store")
    parser.add_argument("--binary", default=str(ROOT / "target/release/score-setup"))
    asked = parser.parse_args()
    host, port = asked.store.rsplit(":", 1)
    print("| line | round trip | one of 6 connections | fitted: request, connection | advice | cost | left |")
    print("|---|---|---|---|---|---|---|")
    for shape in SHAPES:
        await measure(asked.binary, asked.conf, (host, int(port)), shape)


if __name__ == "__main__":
    asyncio.run(main())
