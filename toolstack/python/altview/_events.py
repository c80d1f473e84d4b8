# SPDX-License-Identifier: BSD-2-Clause
"""Events, answers, and listening for them."""
from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Iterator, Optional

from . import _declarations as c
from ._base import (EAGAIN, EVENTS, EXCEPTIONS, GPRS, OUTCOMES, PAGE_SIZE, NoEvent, check, message,
                    rights_name)
from ._library import ffi, library
from ._view import View

if TYPE_CHECKING:
    from ._domain import Domain


PIECE = 0.2  # seconds: of a longer wait, so that Python handles signals in between


class Event:
    """What the guest did. A synchronous one makes its vCPU wait for answer()."""

    def __init__(self, domain: Domain, raw: Any) -> None:
        self.domain = domain
        self.raw = raw  # struct altview_event, with every field
        self.type = next((name for name, number in EVENTS.items() if number == raw.type), '?')
        self.sync = bool(raw.flags & c.EVENT_SYNC)
        self.vcpu: int = raw.vcpu
        self.view: int = raw.view
        has_gfn = raw.type == EVENTS['mem_access']
        self.gfn: Optional[int] = raw.gfn if has_gfn else None
        self.address: Optional[int] = raw.gfn * PAGE_SIZE + raw.offset if has_gfn else None
        self.linear: Optional[int] = raw.gla if raw.flags & c.EVENT_GLA else None
        self.wants = rights_name(raw.wants)
        self.outcome = OUTCOMES[raw.outcome] if raw.outcome < len(OUTCOMES) else '?'
        self.lost: int = raw.lost  # events that found no room, so far
        self.status: int = raw.status
        self.instruction = bytes(raw.instruction)[:min(raw.instruction_size, 16)]
        self.registers = {name: raw.general.gpr[i] for i, name in enumerate(GPRS)}
        self.registers.update(rip=raw.general.rip, rflags=raw.general.rflags, cr3=raw.cr3)

    def __repr__(self) -> str:
        return f'<altview event {self.raw.id}: {self.type}, vCPU {self.vcpu}, {self.outcome}>'

    def answer(self, *, lift: bool = False, switch: Optional[View] = None,
               step: Optional[View] = None, deny: Optional[str] = None,
               error_code: int = 0, registers: Optional[dict[str, int]] = None) -> None:
        """Let the vCPU go on. lift: the page becomes rwx in that view. switch: in that view. step:
        for one instruction in that view. deny: the instruction raises that exception ("ud", "gp",
        "pf"). registers: with these values. At most one of switch, step and deny."""
        answer = ffi.new('struct altview_answer *')
        answer.event, answer.vcpu = self.raw.id, self.vcpu
        answer.actions = c.ANSWER_LIFT if lift else 0
        for view, action in ((switch, c.ANSWER_SWITCH), (step, c.ANSWER_STEP)):
            if view is not None:
                answer.actions |= action
                answer.view = view.number
        if deny is not None:
            answer.actions |= c.ANSWER_DENY
            answer.vector, answer.error_code = EXCEPTIONS[deny], error_code
            answer.cr2 = self.linear or 0
        if registers:
            answer.actions |= c.ANSWER_SET
            self._set(answer, registers)
        check(library.altview_answer(self.domain.handle, answer))

    def _set(self, answer: Any, registers: dict[str, int]) -> None:
        values = {**self.registers, **registers}
        unknown = registers.keys() - self.registers.keys()
        if unknown:
            raise ValueError(f'no such register: {", ".join(sorted(unknown))}')
        for i, name in enumerate(GPRS):
            answer.general.gpr[i] = values[name]
        answer.general.rip, answer.general.rflags = values['rip'], values['rflags']
        answer.cr3 = values['cr3']
        answer.mask = ((c.SET_GPRS if registers.keys() & set(GPRS) else 0) |
                       (c.SET_RIP if 'rip' in registers else 0) |
                       (c.SET_RFLAGS if 'rflags' in registers else 0) |
                       (c.SET_CR3 if 'cr3' in registers else 0))


class Events:
    """Listening, until it is closed. Iterating waits for the next event, for ever or `timeout`
    seconds, after which the iteration ends."""

    def __init__(self, domain: Domain, timeout: Optional[float]) -> None:
        self.domain = domain
        self.timeout = timeout

    def next(self, timeout: Optional[float] = None) -> Event:
        """The next event. NoEvent: none came within `timeout` seconds (None: wait for ever)."""
        raw = ffi.new('struct altview_event *')
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = max(0.0, min(PIECE, end - time.monotonic()))
            result = library.altview_next_event(self.domain.handle, raw, math.ceil(left * 1000))
            if result != -EAGAIN:
                check(result)
                return Event(self.domain, raw)
            if time.monotonic() >= end:
                raise NoEvent(EAGAIN, message())

    def __iter__(self) -> Iterator[Event]:
        while True:
            try:
                yield self.next(self.timeout)
            except NoEvent:
                return

    def close(self) -> None:
        check(library.altview_listen(self.domain.handle, ffi.new('struct altview_listen *')))

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
