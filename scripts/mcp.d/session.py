"""A session of the official SDK, of either major version: `session.py SOCKET LOG MODE BACKEND [BRIDGE...]`.

MODE is legacy (initialize) or, from SDK 2 on, auto (server/discover). BACKEND is what stands behind the channel: `sdk`,
which can do everything, or `exec`, a program for each message, which has no session to show progress or cancel in. LOG
is the channel's log, where the server behind the channel says what was cancelled. With BRIDGE the session goes through
that command's standard streams, as a host does it, else straight over the socket. Prints a line for each check; ends
with 1 where one failed.
"""
import contextlib
import json
import subprocess
import sys

import anyio
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.message import SessionMessage

try:
    from mcp import Client
except ImportError:
    Client = None
    from mcp import ClientSession, types

path, log, mode, backend, *bridge = sys.argv[1:]
is_whole = backend == "sdk"
name_of_way = "connect" if bridge else "socket"
failed = 0


def check(name, is_so, detail=""):
    global failed
    failed += not is_so
    print(f"{'ok  ' if is_so else 'FAIL'} {name_of_way} {mode} {name} {'' if is_so else detail}", flush=True)


def parsed(line):
    if Client:
        from mcp.client.stdio import _parse_line

        return _parse_line(line)
    return SessionMessage(types.JSONRPCMessage.model_validate_json(line))


@contextlib.asynccontextmanager
async def unix(socket):
    """The transport: a line a message, both ways."""
    stream = await anyio.connect_unix(socket)
    to_session, incoming = anyio.create_memory_object_stream(0)
    outgoing, from_session = anyio.create_memory_object_stream(0)

    async def read():
        rest = b""
        async with to_session:
            with contextlib.suppress(anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
                while True:
                    *lines, rest = (rest + await stream.receive()).split(b"\n")
                    for line in lines:
                        await to_session.send(parsed(line.decode()))

    async def write():
        async with from_session:
            async for message in from_session:
                text = message.message.model_dump_json(by_alias=True, exclude_none=True)
                await stream.send(text.encode() + b"\n")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
        try:
            yield incoming, outgoing
        finally:
            await stream.aclose()
            tasks.cancel_scope.cancel()


def transport():
    # The SDK starts the bridge with the few variables that it gives to every server.
    return stdio_client(StdioServerParameters(command=bridge[0], args=bridge[1:])) if bridge else unix(path)


@contextlib.asynccontextmanager
async def connected():
    if Client:
        async with Client(transport(), mode=mode, cache=None) as client:
            yield client
    else:
        async with transport() as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
            await session.initialize()
            yield session


def text(result):
    return result.content[0].text


def is_error(result):
    return getattr(result, "is_error", None) or getattr(result, "isError", None)


async def whole(client):
    """What needs a server that keeps a session."""
    resources = [str(one.uri) for one in (await client.list_resources()).resources]
    check("lists resources", resources == ["test://greeting"], resources)
    check("lists prompts", [one.name for one in (await client.list_prompts()).prompts] == ["greet"])
    check("reads", (await client.read_resource("test://greeting")).contents[0].text == "hello")
    check("prompts", "hello to you" in (await client.get_prompt("greet", {"name": "you"})).messages[0].content.text)

    seen = []

    async def progress(value, total, message):
        seen.append(value)

    await client.call_tool("count", {"to": 5}, progress_callback=progress)
    check("shows progress", seen == sorted(seen) and len(seen) == 5, seen)

    mark = f"{name_of_way}-{mode}"
    with anyio.move_on_after(1):
        await client.call_tool("wait", {"seconds": 60, "name": mark})
    if not Client:
        # SDK 1 forgets its request without a word.
        about = types.CancelledNotificationParams(requestId=client._request_id - 1)
        await client.send_notification(
            types.ClientNotification(types.CancelledNotification(method="notifications/cancelled", params=about))
        )
    with anyio.move_on_after(10):
        while f"cancelled {mark}" not in open(log).read():
            await anyio.sleep(0.05)
    check("cancels", f"cancelled {mark}" in open(log).read())


@contextlib.asynccontextmanager
async def raw():
    """Bytes both ways, for what an SDK's client never sends."""
    if bridge:
        process = await anyio.open_process(bridge, stderr=subprocess.DEVNULL)
        try:
            yield process.stdin.send, process.stdout.receive
            await process.stdin.aclose()
            with anyio.fail_after(5):
                check("raw shuts down", await process.wait() == 0)
        finally:
            if process.returncode is None:
                process.kill()
            await process.aclose()
    else:
        stream = await anyio.connect_unix(path)
        try:
            yield stream.send, stream.receive
        finally:
            await stream.aclose()


async def main():
    async with connected() as client:
        check("opens", True)
        tools = {tool.name for tool in (await client.list_tools()).tools}
        check("lists tools", {"add", "echo", "length", "wait"} <= tools, tools)
        check("calls", text(await client.call_tool("add", {"a": 2, "b": 40})) == "42")
        if is_whole:
            await whole(client)
        got = {}

        async def one(number):
            got[number] = text(await client.call_tool("wait", {"seconds": 0.3 - number / 100, "name": str(number)}))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(one, number)
        check("calls at once", got == {number: str(number) for number in range(20)}, got)

        check("1 MiB of arguments", text(await client.call_tool("length", {"text": "x" * (1 << 20)})) == str(1 << 20))
        large = text(await client.call_tool("echo", {"text": "y" * (1 << 20)}))
        check("1 MiB of answer", large == "y" * (1 << 20))
        words = 'naïve ☃ 𝄞 \u2028 \u0000 "\\\u001f 日本語'
        check("unicode", text(await client.call_tool("echo", {"text": words})) == words)
        try:
            check("unknown tool", is_error(await client.call_tool("nope", {})))
        except Exception as error:  # newer revisions: an error instead of a result
            check("unknown tool", "nope" in str(error), error)
        check("goes on", text(await client.call_tool("add", {"a": 1, "b": 1})) == "2")
    check("shuts down", True)

    async with raw() as (send, receive):
        rest = b""

        async def ask(line):
            nonlocal rest
            await send(line.encode() + b"\n")
            while b"\n" not in rest:
                rest += await receive()
            line, rest = rest.split(b"\n", 1)
            return json.loads(line)

        hello = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "raw", "version": "0"},
        }
        first = await ask(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}))
        check("raw opens", "result" in first, first)
        await send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        for name, line, code, id_ in [
            ("unknown method", '{"jsonrpc":"2.0","id":"2","method":"no/such"}', (-32601, -32602), "2"),
            ("no JSON", '{"jsonrpc":', (-32700,), None),
            ("batch", "[]", (-32600,), None),
            ("fraction as id", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', (-32600,), None),
            ("no version", '{"id":3,"method":"ping"}', (-32600,), None),
        ]:
            reply = await ask(line)
            is_right = reply.get("error", {}).get("code") in code and reply.get("id") == id_
            check(f"raw {name}", is_right, reply)


anyio.run(main)
sys.exit(1 if failed else 0)
