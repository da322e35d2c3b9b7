#!/usr/bin/env python3
"""What one would write in Python instead: http.server over a Unix socket, a thread for each connection.

usage: hooks.py SOCKET; prints "ready" when clients can connect.
"""
import http.server
import json
import os
import socket
import socketserver
import struct
import sys
from urllib.parse import parse_qs, urlsplit

CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


class Hooks(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        credentials = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if CREDENTIALS.unpack(credentials)[1] not in (0, os.getuid()):
            status = 403
        elif url.path != "/hook" or "event" not in parse_qs(url.query):
            status = 404
        elif not isinstance(json.loads(body), dict):
            status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def address_string(self):
        return "peer"

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 4096


def main(path):
    os.umask(0o177)
    if os.path.exists(path):
        os.unlink(path)
    with Server(path, Hooks) as server:
        print("ready", flush=True)
        server.serve_forever()


main(sys.argv[1])
