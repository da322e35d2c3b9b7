"""A session in the old dialect with an old server behind the channel: `plain.py SOCKET LOG`.

The old server answers nothing, so that what a client reads is that its message was taken; LOG is what the server read.
Prints a line for each check; ends with 1 where one failed.
"""
import json
import socket
import sys
import threading

path, log = sys.argv[1:]
failed = 0


def check(name, is_so, detail=""):
    global failed
    failed += not is_so
    print(f"{'ok  ' if is_so else 'FAIL'} plain {name} {'' if is_so else detail}", flush=True)


def talk(messages):
    """All of them at once over one connection; its answers."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.settimeout(60)
        sender = threading.Thread(target=client.sendall, args=(b"".join(one + b"\n" for one in messages),))
        sender.start()
        answers = []
        with client.makefile("rb") as lines:
            for _ in messages:
                answers.append(lines.readline())
        sender.join()
        return answers


def note(**params):
    return json.dumps({"method": "note", "params": params}, ensure_ascii=False).encode()


taken = b'{"result":{"taken":true}}\n'
messages = [note(n=number) for number in range(4)]
check("taken in turn", talk(messages) == [taken] * 4)
text = note(text='naïve ☃ 𝄞 "\\ 日本語')
check("unicode", talk([text]) == [taken])
large = note(text="x" * 1_000_000)
check("1 MB", talk([large]) == [taken])
drop = b'{"type":"mcp_message","content":"ping"}'
check("a drop's words", talk([drop]) == [taken])
answers = talk([b'{"method":', b"[]", note(n="after")])
check("no JSON", all(b'"error"' in one for one in answers[:2]) and answers[2] == taken, answers)
both = {}
threads = [
    threading.Thread(target=lambda mark=mark: both.update({mark: talk([note(of=mark, n=n) for n in range(2)])}))
    for mark in ("a", "b", "c")
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check("three at once", both == {mark: [taken] * 2 for mark in ("a", "b", "c")}, both)

seen = open(log, "rb").read().splitlines()
expected = messages + [text, large, drop, note(n="after")]
check("all of it was read, whole, once, in order", seen[: len(expected)] == expected)
rest = [json.loads(line)["params"] for line in seen[len(expected) :]]
check("and of the three each its own, in order", len(rest) == 6 and all(
    [one["n"] for one in rest if one["of"] == mark] == [0, 1] for mark in ("a", "b", "c")), rest)
sys.exit(1 if failed else 0)
