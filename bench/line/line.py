#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the control port costs, in instructions of the guest's time.

usage: line.py ring|serial SERIAL-PORT-2 MONITOR MEMORY GUEST-OUTPUT

Of a QEMU with -icount shift=0, whose guest is guests/monitored. It says how many instructions a
command took: its own, and altview's in between. Answers lie ready before their event, so that over
the rings nothing is counted that waits for a client. Medians of eleven."""
import mmap
import os
import re
import socket
import statistics
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../tests/toolstack/run"))
from ring_client import NO_VIEW, READ, Client  # noqa: E402

PING, SET_ACCESS, LISTEN, ANSWER = 1, 4, 20, 21
MEM_ACCESS, BRIEF, LIFT, STEP, SET, SET_RIP = 1, 1, 1, 4, 16, 2
READ_ONLY = 1
WRITE_WORD, CHECKSUM = 1, 17  # enum mailbox_command
STORE_SIZE = 3  # of MAILBOX_WRITE_CODE
RUNS = 11
TRIES = 5 * RUNS
PATIENCE = 5  # seconds after which an answer has been refused
QUIET = 0.2  # seconds after which altview does not look at a serial port any more
BOX = struct.Struct("<IIQQII3QQiIQQQ")  # struct mailbox


class Guest:
    def __init__(self, client, output):
        self.client = client
        said = ""
        while not (found := re.search(r"mailbox: (0x[0-9a-f]+)\n", said)):
            client.listen(0.1)
            said = open(output).read() if os.path.exists(output) else ""
        self.at = int(found[1], 16)
        self.area = self.box()[3]

    def box(self):
        return BOX.unpack_from(self.client.memory, self.at)

    def order(self, command, *arguments):
        three = (*arguments, 0, 0, 0)[:3]
        struct.pack_into("<II3Q", self.client.memory, self.at + 24, command, 0, *three)
        struct.pack_into("<I", self.client.memory, self.at, self.box()[0] + 1)

    def is_at_work(self):
        """What it was ordered to do has begun, and not ended: it counts turns while it waits."""
        order, done, turns = self.box()[:3]
        time.sleep(0.001)
        return order != done and self.box()[1:3] == (done, turns)

    def took(self, patience=60):
        """None: it has not come back."""
        late = time.monotonic() + patience
        while self.box()[0] != self.box()[1]:
            self.client.listen(0.001)
            if time.monotonic() > late:
                return None
        return self.box()[-1]


class Line:
    """One machine, its guest, and what is measured of them."""

    def __init__(self, rings, serial, monitor, memory, output):
        ends = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
        ends[0].connect(serial)
        ends[1].connect(monitor)
        with open(memory, "r+b") as file:
            self.client = Client(*ends, mmap.mmap(file.fileno(), 0))
        if rings:
            self.client.open_rings()
        self.guest = Guest(self.client, output)
        self.page, self.event, self.store, self.action = self.guest.area, 0, 0, 0

    def restrict(self):
        gfn = self.page >> 12
        self.client.ask(SET_ACCESS, struct.pack("<QQQHHI", gfn, 1, 0, 0, READ_ONLY, 0))

    def listen(self, sync, report, flags):
        self.client.ask(LISTEN, struct.pack("<IIII", sync, report, 3600000, flags))

    def hear(self):
        """What the last event was: its number, and the store's address."""
        self.client.ask(PING)
        for event in self.client.events:
            self.event = struct.unpack_from("<Q", event)[0]
            self.store = struct.unpack_from("<Q", event, 216)[0] if len(event) > 72 else self.store
        self.client.events.clear()

    def asleep(self):
        """altview looks again when it is rung, or when a vCPU waits."""
        if not self.client.moved:
            time.sleep(QUIET)
        while self.client.moved and self.client.words[33] != self.client.head:
            time.sleep(0.001)

    def answer(self, action, event):
        mask, rip = (SET_RIP, self.store + STORE_SIZE) if action == SET else (0, 0)
        payload = struct.pack("<QIIHBBI", event, 0, action, 0, 0, 0, 0)
        payload += struct.pack("<QIIQ", 0, mask, 0, 0) + bytes(128) + struct.pack("<QQ", rip, 0)
        client = self.client
        client.sequence = (client.sequence + 1) % 2**32
        if client.moved:
            bell, client.bell = client.bell, lambda: None
            client.put(client.ring.make(ANSWER, client.sequence, payload))
            client.bell = bell
        else:
            client.serial.sendall(client.line.make(ANSWER, client.sequence, payload))

    def run(self, prepare, command=WRITE_WORD, *arguments):
        """Where this computer is busy, altview may find an answer before its event. It refuses that
        one: the answer is given again, and the run does not count."""
        took = []
        for _ in range(TRIES):
            prepare()
            self.guest.order(command, *(arguments or (self.page, 1)))
            took.append(self.guest.took(PATIENCE))
            if took[-1] is None:
                self.hear()
                self.answer(self.action, self.event)
                self.guest.took()
                took.pop()
            if len(took) == RUNS:
                return statistics.median(took)
        sys.exit("other work on this computer is in the way")

    def told(self):
        self.hear()
        self.restrict()
        self.asleep()

    def answered(self, action):
        self.hear()
        self.restrict()
        self.asleep()
        self.action = action
        self.answer(action, self.event + 1)

    def request(self, size):
        """What a request takes from a guest that is at work."""
        work = (CHECKSUM, 0x100000, 1 << 26)
        quiet, took = self.run(self.asleep, *work), []
        for _ in range(TRIES):
            self.asleep()
            self.guest.order(*work)
            while not self.guest.is_at_work():
                pass
            if size:
                self.client.ask(READ, struct.pack("<QIHH", self.page, size, NO_VIEW, 0))
            else:
                self.client.ask(PING)
            whole = self.guest.is_at_work()  # all of the request fell into the guest's work
            instructions = self.guest.took()
            took += [instructions] if whole else []
            if len(took) == RUNS:
                return statistics.median(took) - quiet
        sys.exit("the guest is done before a request is: other work on this computer is in the way")


def row(name, instructions):
    print(f"{name:50}{instructions:10.0f}", flush=True)


def main(kind, *machine):
    line = Line(kind == "ring", *machine)
    row("store", line.run(lambda: None))
    row("store that a view refuses, lifted, nobody listens", line.run(line.told))
    for flags, brief in ((0, ""), (BRIEF, ", brief")):
        line.listen(0, MEM_ACCESS, flags)
        row("the same, told" + brief, line.run(line.told))
        line.listen(MEM_ACCESS, 0, flags)
        row("told and answered: lifted" + brief, line.run(lambda: line.answered(LIFT)))
        row("told and answered: stepped" + brief, line.run(lambda: line.answered(STEP)))
        row("told and answered: skipped" + brief, line.run(lambda: line.answered(SET)))
    line.listen(0, 0, 0)
    row("request without effect", line.request(0))
    row("page read by request", line.request(4096))


if __name__ == "__main__":
    main(*sys.argv[1:])
