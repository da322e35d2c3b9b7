#!/usr/bin/env python3
"""Load on a channel's socket until a file appears; prints what came of it as one JSON object.

usage: load.py SOCKET STOP-FILE [PERSISTENT [ONE-SHOT]]

Persistent clients keep 16 requests in flight on one connection; one-shot clients connect, ask, read and close. Each reply
must carry the id that is due, once: a reset, an early end, a missing or a second reply is an error.
"""
import json, os, socket, sys, threading, time

path, stop = sys.argv[1], sys.argv[2]
persistent = int(sys.argv[3]) if len(sys.argv) > 3 else 4
single = int(sys.argv[4]) if len(sys.argv) > 4 else 4
lock = threading.Lock()
answered, errors, waits = 0, [], []


def finish(count, found, times):
    global answered
    with lock:
        answered += count
        errors.extend(found)
        waits.extend(times)


def connect():
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(30)
    made.connect(path)
    return made


def check(line, number):
    reply = json.loads(line)
    if reply.get("id") != number or "result" not in reply:
        raise ValueError(f"expected a result for {number}, got {line!r}")


def request(number):
    return b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number


def pipelining():
    count, number, due, times, found = 0, 0, 0, [], []
    try:
        with connect() as link, link.makefile("rb") as replies:
            sent = {}
            while True:
                going = not os.path.exists(stop)
                while going and number - due < 16:
                    # In two pieces now and then, so that a handover meets half a line.
                    text = request(number)
                    sent[number] = time.monotonic()
                    if number % 7 == 0:
                        link.sendall(text[:11])
                        time.sleep(0.0005)
                        text = text[11:]
                    link.sendall(text)
                    number += 1
                if due == number:
                    break
                line = replies.readline()
                if not line:
                    raise EOFError(f"the connection ended with {number - due} requests unanswered")
                check(line, due)
                times.append(time.monotonic() - sent.pop(due))
                due += 1
                count += 1
            link.shutdown(socket.SHUT_WR)
            if replies.read():
                raise ValueError("a reply that nobody asked for")
    except Exception as error:
        found.append(f"pipelining: {error!r}")
    finish(count, found, times)


def asking():
    count, times, found = 0, [], []
    while not os.path.exists(stop):
        try:
            begun = time.monotonic()
            with connect() as link, link.makefile("rb") as replies:
                link.sendall(request(count))
                check(replies.readline(), count)
                times.append(time.monotonic() - begun)
                count += 1
                link.shutdown(socket.SHUT_WR)
                if replies.read():
                    raise ValueError("a second reply")
        except Exception as error:
            found.append(f"one-shot: {error!r}")
            if len(found) > 20:
                break
    finish(count, found, times)


threads = [threading.Thread(target=pipelining) for _ in range(persistent)]
threads += [threading.Thread(target=asking) for _ in range(single)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
waits.sort()
place = lambda share: round(waits[min(len(waits) - 1, int(len(waits) * share))] * 1000, 2) if waits else None
print(json.dumps({
    "answered": answered, "errors": len(errors), "first": errors[:5],
    "ms": {"p50": place(0.5), "p99": place(0.99), "p99.9": place(0.999), "max": place(1)},
}))
