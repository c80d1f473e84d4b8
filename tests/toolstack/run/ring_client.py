#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client of altview's rings, written from docs/reference/control-protocol.md alone.

usage: ring_client.py SERIAL-PORT-2 MONITOR MEMORY GFN

Two Unix sockets and a file, of a QEMU with less than 2.75 GiB: the machine's serial port 2, QEMU's
monitor (QMP), by which NMIs come, and its RAM. GFN is a page that the guest does not use."""
import mmap
import random
import select
import socket
import struct
import sys
import threading
import time
import zlib

MAGIC = struct.pack("<I", 0xB4A1F7E5)
REQUEST, REPLY, EVENT, HELLO, READ, WRITE, RING, LOCATE = 1, 2, 3, 2, 11, 12, 23, 40
NO_VIEW, HELLO_RING, WAIT = 0xFFFF, 128, 60  # seconds for a reply, on a busy computer
HEADER = struct.Struct("<4sBBHIIiIII")  # magic version kind type length sequence status sums


class Frames:
    # In a stream of bytes; the rest is text.
    def __init__(self, summed):
        self.summed, self.bytes, self.text = summed, b"", b""

    def sum(self, data):
        return zlib.crc32(data) if self.summed and data else 0

    def make(self, number, sequence, payload):
        fields = (MAGIC, 1, REQUEST, number, len(payload), sequence, 0, self.sum(payload), 0)
        head = HEADER.pack(*fields, 0)[:28]
        return head + struct.pack("<I", self.sum(head)) + payload

    def take(self, more):
        self.bytes += more
        while self.bytes:
            at = self.bytes.find(MAGIC)
            at = at if at >= 0 else max(len(self.bytes) - 3, 0)
            self.text, self.bytes = self.text + self.bytes[:at], self.bytes[at:]
            if len(self.bytes) < HEADER.size:
                return
            head = HEADER.unpack_from(self.bytes)
            payload = self.bytes[HEADER.size : HEADER.size + head[4]]
            good = head[1] == 1 and head[2] in (REQUEST, REPLY, EVENT) and head[4] <= 8192
            good = good and head[9] == self.sum(self.bytes[:28])
            if good and len(payload) < head[4]:
                return
            good = good and head[7] == self.sum(payload)
            self.bytes = self.bytes[HEADER.size + head[4] if good else 1 :]
            if good:
                yield head, payload


class Client:
    def __init__(self, serial, monitor, memory):
        self.serial, self.monitor, self.memory = serial, monitor, memory
        self.line, self.ring, self.moved = Frames(True), Frames(False), False
        self.sequence, self.events = random.getrandbits(32), []
        self.fence = threading.Lock()  # taking it is an instruction that orders memory
        monitor.sendall(b'{"execute":"qmp_capabilities"}\n')

    def open_rings(self):
        hello = self.ask(HELLO)
        assert hello[7] & HELLO_RING, "there are no rings"
        self.at, size, version = struct.unpack("<QIH", self.ask(RING)[:14])
        place = struct.unpack_from("<8sII8sIIII", self.memory, self.at)
        assert place[:3] == (b"altvring", version, size) and place[3] == hello[32:40]
        self.words = memoryview(self.memory)[self.at : self.at + size].cast("I")
        self.to, self.to_size, self.out, self.out_size = place[4:]
        self.head, self.told, self.tail = self.words[16], self.words[16], self.words[64]
        self.moved = True

    def put(self, data):
        while len(data) > self.to_size - (self.head - self.words[32]) % 2**32:
            self.bell()  # it is full
        for byte in data:
            self.memory[self.at + self.to + self.head % self.to_size] = byte
            self.head = (self.head + 1) % 2**32
        self.words[16] = self.head
        with self.fence:
            since, self.told = (self.head - self.told) % 2**32, self.head
        if (self.head - self.words[33] - 1) % 2**32 < since:
            self.bell()

    def bell(self):
        if b"rung by NMI" in self.line.text:
            self.monitor.sendall(b'{"execute":"inject-nmi"}\n')

    def get(self):
        count, base = (self.words[48] - self.tail) % 2**32, self.at + self.out
        start, size = self.tail % self.out_size, self.out_size
        data = self.memory[base + start : base + min(start + count, size)]
        data += self.memory[base : base + max(start + count - size, 0)]
        self.tail = (self.tail + count) % 2**32
        self.words[64] = self.tail
        return data

    def listen(self, seconds):
        # The replies that come until altview rings. On the line are frames, then bells.
        if self.moved:
            self.words[65] = self.tail
            with self.fence:
                seconds = 0 if self.words[48] != self.tail else seconds
        ready = select.select([self.serial], [], [], seconds)[0]
        got = list(self.line.take(self.serial.recv(65536) if ready else b""))
        got += list(self.ring.take(self.get())) if self.moved else []
        self.events += [payload for head, payload in got if head[2] == EVENT]
        return [(head, payload) for head, payload in got if head[2] == REPLY]

    def ask(self, number, payload=b""):
        self.sequence = (self.sequence + 1) % 2**32
        data = (self.ring if self.moved else self.line).make(number, self.sequence, payload)
        late = time.monotonic() + WAIT
        while time.monotonic() < late:  # what is sent again is not done again
            self.put(data) if self.moved else self.serial.sendall(data)
            for _ in range(200):
                for head, reply in self.listen(0.01):
                    if head[3] == number and head[5] == self.sequence:
                        assert head[6] == 0, f"request {number}: error {-head[6]}"
                        return reply
                self.bell()  # an NMI may be lost
        raise TimeoutError(f"no reply to request {number}")


def main(serial, monitor, memory, gfn):
    ends = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
    ends[0].connect(serial)
    ends[1].connect(monitor)
    with open(memory, "r+b") as file:
        client = Client(*ends, mmap.mmap(file.fileno(), 0))
    client.open_rings()
    at = int(gfn, 0) * 4096
    for number in range(3000):  # several times round both rings
        text = f"page {number} ".encode() * 8
        client.ask(WRITE, struct.pack("<QIHH", at, len(text), NO_VIEW, 0) + text)
        assert client.ask(READ, struct.pack("<QIHH", at, len(text), NO_VIEW, 0)) == text
    located = client.ask(LOCATE, struct.pack("<QQHHHH", int(gfn, 0), 1, NO_VIEW, 0, 0, 0))
    now, counter, _, count, _, _, _, mfn = struct.unpack_from("<QQQIIQQQ", located)
    assert count == 1 and client.memory[mfn * 4096 : mfn * 4096 + len(text)] == text
    assert struct.unpack_from("<Q", client.memory, counter)[0] == now
    print(f"{2 * number + 2} requests; gfn {gfn} is mfn {mfn:#x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
