"""Many clients that call at once over a Unix socket: `load.py SOCKET CLIENTS CALLS`.

All of them use the same ids, and each sends what only it would. Prints the rate and how many answers were not its own.
"""
import asyncio
import json
import sys
import time

path, clients, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def open_client():
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 24)
    # The server behind it is there before the clock runs.
    writer.write(b'{"jsonrpc":"2.0","id":0,"method":"ping"}\n')
    await reader.readline()
    return reader, writer


async def work(number, reader, writer):
    crossed = 0
    for call in range(1, calls + 1):
        mark = f"{number}-{call}"
        request = {"jsonrpc": "2.0", "id": call, "method": "tools/call", "params": {"name": mark}}
        writer.write(json.dumps(request).encode() + b"\n")
        reply = json.loads(await reader.readline())
        crossed += reply.get("id") != call or reply.get("result") != {"called": mark}
    writer.close()
    return crossed


async def main():
    streams = []
    for _ in range(clients):
        streams.append(await open_client())
    start = time.monotonic()
    crossed = sum(await asyncio.gather(*(work(number, *stream) for number, stream in enumerate(streams))))
    rate = clients * calls / (time.monotonic() - start)
    print(f"{rate:.0f} {crossed}")


asyncio.run(main())
