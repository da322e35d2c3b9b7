#!/usr/bin/python3
"""A server that speaks JSON-RPC on stdin and stdout, one line a message, and misbehaves on request.

`backend.py [LOG]`: what it reads goes to LOG as well, byte for byte. What it does with a request is the method's:
echo, slow (params.ms), hang, fork, deaf, flood, flood-errors, die, half, end, junk, invalid, later and now (answers out
of order), ask (asks its client first), big (params.size), environment, descriptors, pid, cancelled, notify,
listen, unread, and the three lists and their calls.
"""
import json
import os
import signal
import sys
import threading
import time

output = sys.stdout.buffer
lock = threading.Lock()
log = open(sys.argv[1], "ab", buffering=0) if len(sys.argv) > 1 else None
cancelled = []
later = []
asked = {}
deaf = False


def raw(data):
    with lock:
        output.write(data)
        output.flush()


def send(message):
    raw(json.dumps(message).encode() + b"\n")


def answer(request, result):
    send({"jsonrpc": "2.0", "id": request["id"], "result": result})


def detach():
    """A process that leaves its parent, its session and its process group, and does not end when asked."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(writer, b"%d" % os.getpid())
            os.close(writer)
            time.sleep(600)
            os._exit(0)
        os._exit(0)
    os.close(writer)
    pid = int(os.read(reader, 32))
    os.close(reader)
    os.wait()
    return pid


def tools():
    return [{"name": name, "description": "one of three"} for name in ("search", "store", "forget")]


def handle(request):
    global deaf
    method, params = request["method"], request.get("params") or {}
    if method == "initialize":
        answer(request, {"protocolVersion": params.get("protocolVersion"), "capabilities": {}})
    elif method == "echo":
        answer(request, params)
    elif method == "slow":
        threading.Timer(params["ms"] / 1000, lambda: answer(request, "slow")).start()
    elif method == "fork":
        answer(request, {"pid": os.getpid(), "left": detach()})
    elif method == "deaf":
        deaf = True
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        answer(request, {"pid": os.getpid()})
    elif method == "flood":
        while True:
            raw(b'{"jsonrpc":"2.0","method":"notifications/noise","params":{"fill":"' + b"x" * 1000 + b'"}}\n')
    elif method == "flood-errors":
        for number in range(20000):
            os.write(2, b"trouble number %d " % number + b"y" * 1000 + b"\n")
        answer(request, "flooded")
    elif method == "die":
        raw(b'{"jsonrpc":"2.0","id":%s,"result":{"begun":' % json.dumps(request["id"]).encode())
        os._exit(7)
    elif method == "half":
        raw(b'{"jsonrpc":"2.0","id":%s,"result":{"begun":' % json.dumps(request["id"]).encode())
    elif method == "end":
        os._exit(params.get("status", 3))
    elif method == "junk":
        raw(b"a line of no JSON\n\n[1,2]\n\"text\"\n{\"method\":\"plain\"}\n{\"jsonrpc\":\"2.0\"}\n")
        raw(b'{"sluice":{"control":"x"},"message":{"jsonrpc":"2.0","method":"m"}}\n')
        raw(b'{"jsonrpc":"2.0","id":"nobody asked","result":1}\n\xff\xfe\n')
        answer(request, "after the junk")
    elif method == "invalid":
        raw(b'{"jsonrpc":"2.0","id":%s,"result":"\xe9"}\n' % json.dumps(request["id"]).encode())
    elif method == "later":
        later.append(request)
    elif method == "now":
        answer(request, "now")
        while later:
            answer(later.pop(), "later")
    elif method == "ask":
        asked["q-1"] = request
        send({"jsonrpc": "2.0", "id": "q-1", "method": "elicitation/create", "params": {}})
    elif method == "big":
        answer(request, "z" * params["size"])
    elif method == "environment":
        answer(request, dict(os.environ))
    elif method == "descriptors":
        answer(request, sorted(int(name) for name in os.listdir("/proc/self/fd")))
    elif method == "pid":
        answer(request, os.getpid())
    elif method == "cancelled":
        answer(request, cancelled)
    elif method == "late":
        # Answers its cancelled request all the same.
        for one in cancelled:
            send({"jsonrpc": "2.0", "id": one, "error": {"code": 0, "message": "Request cancelled"}})
        answer(request, "late")
    elif method == "notify":
        for number in range(params["count"]):
            send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": number}})
        answer(request, "notified")
    elif method == "unread":
        # Reads nothing for a while.
        time.sleep(params["ms"] / 1000)
        answer(request, "read on")
    elif method == "tools/list":
        answer(request, {**params.get("more", {}), "tools": tools()})
    elif method == "prompts/list":
        answer(request, {"prompts": [{"name": "greet"}, {"name": "insult"}]})
    elif method == "resources/list":
        answer(request, {"resources": [{"uri": "file:///a", "name": "x"}, {"uri": "db://b", "name": "y"}]})
    elif method in ("tools/call", "prompts/get", "resources/read", "server/discover", "ping"):
        answer(request, {"called": params.get("name", params.get("uri"))})
    elif method not in ("hang", "subscriptions/listen"):
        send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "Method not found"}})


def main():
    for line in iter(sys.stdin.buffer.readline, b""):
        if log:
            log.write(line)
        message = json.loads(line)
        if message.get("method") == "notifications/cancelled":
            cancelled.append(message["params"]["requestId"])
        elif "method" not in message:
            request = asked.pop(message["id"], None)
            if request:
                answer(request, {"told": message.get("result")})
        elif "id" in message:
            handle(message)
    while deaf:
        time.sleep(1)


main()
