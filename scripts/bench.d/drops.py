#!/usr/bin/env python3
"""Accounts for drops: what was sent, and what became of it.

usage: drops.py latency|rate|losses SUBJECT SENT TAKEN

A line of SENT is `NANOSECONDS NUMBER`, one of TAKEN is `NANOSECONDS LINE`, or a record of the server's log. `latency` and
`rate` print measurements for report.py; `losses SUBJECT/LOAD` prints one line of an account as measurements of its own.
"""
import json
import re
import sys


def checksum(text):
    total = 2166136261
    for byte in text.encode():
        total = ((total ^ byte) * 16777619) & 0xFFFFFFFF
    return f"{total:08x}"


def read_sent(path):
    with open(path, encoding="utf-8") as lines:
        return {number: int(time) for time, number in (line.split() for line in lines)}


def number_of(text):
    """The number of a message that one client wrote as it is, or None of a mix."""
    start = text.find('{"method"')
    try:
        # The relay's envelope ends behind the message: only the first object counts.
        params = json.JSONDecoder().raw_decode(text[start:])[0]["params"]
        numbers = {params[key] for key in "abcd"}
        whole = len(numbers) == 1 and params["sum"] == checksum(params["a"]) and set(params["pad"]) <= {"."}
        return numbers.pop() if whole else None
    except (ValueError, KeyError, TypeError):
        return None


def read_taken(path):
    """[(time, line)] of what was taken, lines that are no message of a writer included."""
    taken = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = re.match(r"(\d{16,}) (.*)", line.rstrip("\n"))
            if match and match[2] not in ("", '{"method":"ping"}') and '"message":{"method":"ping"}' not in match[2]:
                taken.append((int(match[1]), match[2]))
    return taken


def quantile(values, part):
    return values[min(len(values) - 1, int((len(values) - 1) * part + 0.5))]


def latency(subject, sent_path, taken_path):
    sent = read_sent(sent_path)
    delays = []
    for time, line in read_taken(taken_path):
        begun = sent.pop(number_of(line), None)
        if begun is not None:
            delays.append((time - begun) / 1000)
    if sent or not delays:
        sys.exit(f"{len(sent)} messages of {subject} did not arrive")
    delays.sort()
    print(f"latency {subject} us {quantile(delays, 0.5):.1f}")
    print(f"latency-p99 {subject} us {quantile(delays, 0.99):.1f}")


def rate(subject, sent_path, taken_path):
    sent = read_sent(sent_path)
    if subject == "sluice":
        with open(taken_path, encoding="utf-8") as lines:
            count = sum('"event":"handled"' in line for line in lines) - 1
    else:
        count = len({number_of(line) for _, line in read_taken(taken_path)} - {None})
    # What reads a file that is still being written loses it; the relay must not.
    lost = len(sent) - count
    if not sent or (lost > 0 and subject in ("relay", "sluice", "durable")):
        sys.exit(f"{lost} of {len(sent)} messages of {subject} did not arrive")
    seconds = (max(sent.values()) - min(sent.values())) / 1e9
    print(f"drops {subject} messages/s {min(count, len(sent)) / seconds:.0f}")
    print(f"drops-lost {subject} messages {max(0, lost)}")


def losses(subject, sent_path, taken_path):
    name, load = subject.split("/")
    sent = read_sent(sent_path)
    delivered, mixed, quarantined, twice = set(), 0, 0, 0
    for _, line in read_taken(taken_path):
        if '"relay":"quarantined"' in line:
            quarantined += 1
            continue
        number = number_of(line)
        if number is None or number not in sent:
            mixed += 1
        elif number in delivered:
            twice += 1
        delivered.add(number)
    lost = len(sent.keys() - delivered)
    seconds = (max(sent.values()) - min(sent.values())) / 1e9 or 1
    print(f"{load}.rate {name} messages/s {len(sent) / seconds:.0f}")
    # Of those, what a quarantined file holds is kept, but nobody's.
    print(f"{load}.lost {name} % {100 * lost / len(sent):.3f}")
    print(f"{load}.mixed {name} messages {mixed}")
    print(f"{load}.quarantined {name} files {quarantined}")
    print(f"{load}.twice {name} messages {twice}")


{"latency": latency, "rate": rate, "losses": losses}[sys.argv[1]](*sys.argv[2:5])
