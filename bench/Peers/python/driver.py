"""The part that the drivers in Python share: the protocol of docs/performance.md, and a count over all processes."""
import itertools
import json
import math
import multiprocessing
import os
import random
import signal
import sys
import threading
import time

BULK_SIZE = 1_000
WARM_CALLS = 1_000
CALLERS = 16
STEADY_PER_SECOND = 500

command, count, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def say(event, **facts):
    print(json.dumps({"event": event, **facts}, separators=(",", ":")), flush=True)


def end_with_input():
    """Ends this process and all that it starts when the input ends."""
    os.setpgid(0, 0)

    def wait():
        # Not by sys.stdin, whose lock a forked child would inherit as held.
        while os.read(0, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


class Marks:
    """Counts handler runs in processes that are forked after this was made."""

    def __init__(self):
        self._warm = math.ceil(count / 10)
        self._seen = multiprocessing.Value("q", 0)
        self._start = multiprocessing.Value("q", 0)
        self._waits = multiprocessing.Array("d", count)

    def add(self, sent):
        now = time.monotonic_ns()
        with self._seen.get_lock():
            self._seen.value += 1
            seen = self._seen.value
            if seen <= count:
                self._waits[seen - 1] = (now - sent) / 1e6
            if command == "pickup":
                if seen == count:
                    say("done", jobs=count, waits_ms=self._waits[:])
                return
            if seen == self._warm:
                self._start.value = now
                say("warm")
            if seen == count:
                say("done", jobs=count - self._warm, seconds=(now - self._start.value) / 1e9)


def new_job(number):
    return {"number": number, "sent": time.monotonic_ns()}


def enqueue(one, amount):
    for number in range(amount):
        one(new_job(number))


def enqueue_16(one, amount):
    numbers = itertools.count()

    def call():
        while (number := next(numbers)) < amount:
            one(new_job(number))

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()


def bulk(many, amount):
    for at in range(0, amount, BULK_SIZE):
        many([new_job(number) for number in range(at, min(at + BULK_SIZE, amount))])


def paced(one):
    for number in range(count):
        time.sleep(0.015 + 0.03 * random.random())
        one(new_job(number))


def steady(one):
    start = time.monotonic()
    sent = 0
    while sent < count:
        due = min(count, int((time.monotonic() - start) * STEADY_PER_SECOND) + 1)
        while sent < due:
            one(new_job(sent))
            sent += 1
        time.sleep(0.001)


def produce(one, many):
    """Sends with one(job) or many(jobs), which return with the acknowledgement."""
    one_by_one = {"enqueue": enqueue, "enqueue_16": enqueue_16}.get(command)
    if one_by_one:
        one_by_one(one, WARM_CALLS)
    if command == "bulk":
        bulk(many, BULK_SIZE)
    say("ready")
    sys.stdin.readline()
    start = time.monotonic()
    if one_by_one:
        one_by_one(one, count)
    elif command == "bulk":
        bulk(many, count)
    else:
        {"paced": paced, "steady": steady}[command](one)
    say("done", jobs=count, seconds=time.monotonic() - start)
    sys.stdin.read()
