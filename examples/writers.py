#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which code writes to a page? examples/writers.c, in Python.
usage: writers.py WHERE GFN [WRITES]"""
import collections
import sys

import altview


def count(where: str, gfn: int, most: int) -> collections.Counter[int]:
    writers: collections.Counter[int] = collections.Counter()
    with altview.open(where) as guest:
        guest.bind()  # altview takes back what it sets when the program ends, however it ends
        guest.active = True
        trap = guest.create()
        trap.set_access(gfn, 'rx')
        with guest.listen(sync={'mem_access'}, timeout=10) as events:
            guest.switch(trap)
            for event in events:
                if event.sync:
                    writers[event.registers['rip']] += 1
                    event.answer(step=guest.view(0))
                if writers.total() >= most:
                    break
    return writers


if not 3 <= len(sys.argv) <= 4:
    sys.exit(__doc__)
for rip, writes in count(sys.argv[1], int(sys.argv[2], 0), int((sys.argv + ['200'])[3])).most_common():
    print(f'{rip:#x}  {writes}')
