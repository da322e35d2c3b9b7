#!/usr/bin/env python3
"""What one would write in Python instead: a thread for each connection, the peer's uid from the kernel, JSON in and out.

usage: threaded.py SOCKET; prints "ready" when clients can connect.
"""
import json
import os
import socket
import struct
import sys
import threading

CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


def answer(line):
    try:
        message = json.loads(line)
        identifier, method = message.get("id"), message.get("method")
    except (ValueError, AttributeError):
        return {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not JSON"}}
    if method != "ping":
        return {"jsonrpc": "2.0", "id": identifier, "error": {"code": -32601, "message": "no such method"}}
    return {"jsonrpc": "2.0", "id": identifier, "result": {}}


def converse(peer):
    with peer, peer.makefile("rb") as lines:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        if CREDENTIALS.unpack(credentials)[1] not in (0, os.getuid()):
            return
        try:
            for line in lines:
                peer.sendall(json.dumps(answer(line)).encode() + b"\n")
        except OSError:
            pass  # gone; the next connection has its own thread


def main(path):
    os.umask(0o177)
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(4096)
    print("ready", flush=True)
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=converse, args=(peer,), daemon=True).start()


main(sys.argv[1])
