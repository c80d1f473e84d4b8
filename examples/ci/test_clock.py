# SPDX-License-Identifier: BSD-2-Clause
"""An introspection test for CI, with the installed altview. It runs the guest altview-clock, whose
clock's face is a page of memory, closes that page to writes, and checks who writes to it.
Needs: altview, python3-altview and an emulator. Run: python3 -m unittest test_clock.py"""
import collections
import itertools
import json
import subprocess
import unittest

import altview

GUEST = '/usr/share/altview/guests/altview-clock.elf'
NAME = 'ci-clock'
WRITES = 20


def command(*words):
    return subprocess.run(['altview', *words], check=True, text=True, stdout=subprocess.PIPE).stdout


class Clock(unittest.TestCase):
    def setUp(self):
        command('run', GUEST, '--mode', 'external', '--name', NAME, '--detach')
        self.addCleanup(command, 'stop', NAME)

    def face(self):
        """The gfn of the clock's face. The guest's symbols name its virtual address."""
        there = command('translate', '--connect', NAME, '--symbols', GUEST, '--json', 'va:clock_face')
        return int(json.loads(there)['gfn'], 16)

    def test_who_writes(self):
        face = self.face()
        with altview.open(NAME) as domain:
            domain.bind()
            domain.active = True
            trap = domain.create('trap')
            trap.set_access(face, 'r')
            trap.set_policy('report')  # altview lets each write through, and the guest never waits
            domain.switch(trap)
            with domain.listen(report={'mem_access'}, timeout=60) as events:
                seen = list(itertools.islice(events, WRITES))
        self.assertEqual(len(seen), WRITES, 'too few writes came within a minute')
        self.assertEqual({(event.gfn, event.wants) for event in seen}, {(face, 'w')})
        # The hand of the seconds; the others move once a minute.
        writers = collections.Counter(event.registers['rip'] for event in seen)
        self.assertGreater(writers.most_common(1)[0][1], WRITES / 2)
