# SPDX-License-Identifier: BSD-2-Clause
"""The guest of a `sim:` domain, which does what it is told: for tests of monitors."""
from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from ._base import Error, check, message
from ._library import ffi, library
from ._view import View

if TYPE_CHECKING:
    from ._domain import Domain

READ, WRITE, FETCH = 1, 2, 4


class Waits(Error):
    """The access has raised an event: answer it, then resume() the guest."""


class GuestFault(Exception):
    """The guest took an exception, of that vector: 6 #UD, 13 #GP, 14 #PF, 20 #VE."""

    def __init__(self, vector: int) -> None:
        super().__init__(f'the guest took exception {vector}')
        self.vector = vector


class Guest:
    """One virtual CPU of a simulated domain. Each call is one instruction."""

    def __init__(self, domain: Domain, vcpu: int) -> None:
        self.domain = domain
        self.vcpu = vcpu

    def _result(self, result: int) -> None:
        if result == -errno.EINPROGRESS:
            raise Waits(errno.EINPROGRESS, message())
        if result == -errno.EFAULT:
            vector = ffi.new('unsigned int *')
            check(library.altview_sim_exception(self.domain.handle, self.vcpu, vector))
            raise GuestFault(vector[0])
        check(result)

    def _access(self, rights: int, address: int, size: int, value: int = 0) -> int:
        holder = ffi.new('uint64_t *', value)
        self._result(library.altview_sim_access(self.domain.handle, self.vcpu, rights, address,
                                                size, holder))
        return holder[0]

    def read(self, address: int, size: int = 8) -> int:
        """Read 1 to 8 bytes at a guest physical address, as the vCPU's view allows and shows."""
        return self._access(READ, address, size)

    def write(self, address: int, value: int, size: int = 8) -> None:
        self._access(WRITE, address, size, value)

    def fetch(self, address: int) -> None:
        self._access(FETCH, address, 1)

    def vmfunc(self, view: View | int) -> None:
        """VMFUNC to a view, or to a number that may be none."""
        number = view if isinstance(view, int) else view.number
        self._result(library.altview_sim_vmfunc(self.domain.handle, self.vcpu, number))

    def step(self) -> None:
        self._result(library.altview_sim_step(self.domain.handle, self.vcpu))

    def resume(self) -> int:
        """Go on after Waits and an answer: the value of a read."""
        holder: Any = ffi.new('uint64_t *')
        self._result(library.altview_sim_resume(self.domain.handle, self.vcpu, holder))
        return holder[0]

    def shutdown(self, status: int = 0) -> None:
        check(library.altview_sim_shutdown(self.domain.handle, status))
