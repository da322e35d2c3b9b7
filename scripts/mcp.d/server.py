"""A server of the official SDK, of either major version, over stdin and stdout."""
import sys

import anyio

try:
    from mcp.server.mcpserver import Context, MCPServer
except ImportError:
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer

server = MCPServer("acceptance")


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


@server.tool()
def echo(text: str) -> str:
    return text


@server.tool()
def length(text: str) -> int:
    return len(text)


@server.tool()
async def wait(seconds: float, name: str) -> str:
    try:
        await anyio.sleep(seconds)
    except BaseException:
        print(f"cancelled {name}", file=sys.stderr, flush=True)
        raise
    return name


@server.tool()
async def count(to: int, ctx: Context) -> str:
    for number in range(to):
        await ctx.report_progress(number + 1, to)
    return "counted"


@server.resource("test://greeting")
def greeting() -> str:
    return "hello"


@server.prompt()
def greet(name: str) -> str:
    return f"say hello to {name}"


server.run()
