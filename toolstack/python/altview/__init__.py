# SPDX-License-Identifier: BSD-2-Clause
"""A guest's views of its memory, from outside: libaltview for Python.

    import altview

    with altview.open('box') as domain:
        domain.active = True
        trap = domain.create('trap')
        trap.set_access(0x105, 'rx')
        with domain.listen(sync={'mem_access'}) as events:
            domain.switch(trap)
            for event in events:
                print(event.type, hex(event.gfn), event.wants)
                event.answer(lift=True)

open() takes what altview_open takes: the name of a run, "unix:PATH", "sim:" and so on. Addresses
are guest physical, in bytes; gfns are page numbers. Accesses are the names that the command takes:
n, r, w, rw, x, rx, wx, rwx, rx2rw, n2rwx, default. What fails raises altview.Error, whose text is
the cause and the remedy, and whose `errno` is the error's number. <altview/altview.h> has the
details.
"""
from __future__ import annotations

from typing import Optional

from ._base import (ACCESSES, EVENTS, GPRS, OUTCOMES, PAGE_SIZE, POLICIES, VCPU, Error, NoEvent,
                    Override, Range)
from ._declarations import VERSION as __version__
from ._domain import Domain, Pause
from ._events import Event, Events
from ._guest import GuestFault, Guest, Waits
from ._view import View

__all__ = ['ACCESSES', 'EVENTS', 'GPRS', 'OUTCOMES', 'PAGE_SIZE', 'POLICIES', 'VCPU', 'Domain',
           'Error', 'Event', 'Events', 'Guest', 'GuestFault', 'NoEvent', 'Override', 'Pause',
           'Range', 'View', 'Waits', 'open']


def open(where: Optional[str] = None, *, remote: bool = False) -> Domain:
    """Connect to a guest. None: the variable ALTVIEW of the environment, or the only run."""
    return Domain(where, remote)
