# SPDX-License-Identifier: BSD-2-Clause
"""Names, errors and calls that the rest of the module shares."""
from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any, Optional

from ._library import ffi, library

PAGE_SIZE = 4096
ACCESSES = ('n', 'r', 'w', 'rw', 'x', 'rx', 'wx', 'rwx', 'rx2rw', 'n2rwx', 'default')
POLICIES = ('none', 'lift', 'report', 'step-in', 'switch')
OUTCOMES = ('waits', 'lifted', 'stepped', 'stopped', 'converted', 'denied', 'done')
EVENTS = {name.removeprefix('ALTVIEW_EVENT_').lower(): number for number, name in
          ffi.typeof('enum altview_event_type').elements.items() if name != 'ALTVIEW_EVENTS'}
GPRS = ('rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi',
        'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15')
EXCEPTIONS = {'ud': 6, 'gp': 13, 'pf': 14}
EAGAIN, ENOENT = errno.EAGAIN, errno.ENOENT


class Error(OSError):
    """A call of libaltview failed: `errno` is its number, the text its cause and remedy."""


class NoEvent(Error):
    """No event came in time."""


def message() -> str:
    return ffi.string(library.altview_error()).decode('utf-8', 'backslashreplace')


def check(result: int) -> int:
    if result < 0:
        raise Error(-result, message())
    return result


def access_number(name: str) -> int:
    if name not in ACCESSES:
        raise ValueError(f'{name!r} is no access; give one of {", ".join(ACCESSES)}')
    return ACCESSES.index(name)


def rights_name(bits: int) -> str:
    return ''.join(letter for bit, letter in enumerate('rwx') if bits >> bit & 1) or 'n'


def list_of(call: Any, kind: str, *arguments: Any) -> list[Any]:
    """A list that the library allocates, as copies."""
    elements, count = ffi.new(f'{kind} **'), ffi.new('size_t *')
    check(call(*arguments, elements, count))
    try:
        return [ffi.new(f'{kind} *', elements[0][i])[0] for i in range(count[0])]
    finally:
        library.free(elements[0])


@dataclass(frozen=True)
class Override:
    """A range of gfns in which a view differs from its default."""
    gfn: int
    pages: int
    access: str
    hardware: str  # what the CPU itself allows
    ve: bool  # a refused access may raise #VE in the guest
    shows: Optional[int]  # the gfn that is shown there instead


@dataclass(frozen=True)
class VCPU:
    """A virtual CPU, when it was asked for."""
    number: int
    view: int
    vmfunc: bool
    paused: bool
    waiting: bool  # for the answer to an event
    exits: int
    rip: int
    cr3: int


@dataclass(frozen=True)
class Range:
    """A range of the guest's memory map."""
    gfn: int
    pages: int
    type: str  # 'ram' or 'device'
