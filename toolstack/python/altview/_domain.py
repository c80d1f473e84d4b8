# SPDX-License-Identifier: BSD-2-Clause
"""The connection to a guest."""
from __future__ import annotations

from typing import Any, Iterable, Optional, Union

from . import _declarations as c
from ._base import EVENTS, GPRS, VCPU, Range, access_number, check, list_of
from ._events import Events
from ._guest import Guest
from ._library import ffi, library
from ._view import View


class Pause:
    """A pause of the handle's, which ends with the block or the connection."""

    def __init__(self, domain: Domain, vcpu: int) -> None:
        self.domain = domain
        self.vcpu = vcpu
        check(library.altview_pause(domain.handle, vcpu))

    def __enter__(self) -> Pause:
        return self

    def __exit__(self, *_: object) -> None:
        check(library.altview_unpause(self.domain.handle, self.vcpu))


class Domain:
    """A connection to a guest; close() or the end of the block ends it."""

    def __init__(self, where: Optional[str] = None, remote: bool = False) -> None:
        handle = ffi.new('altview **')
        name = ffi.NULL if where is None else where.encode()
        check(library.altview_open(name, c.OPEN_REMOTE if remote else 0, handle))
        self.where = where
        self._open: Any = handle[0]

    @property
    def handle(self) -> Any:
        if self._open is None:
            raise ValueError('the domain is closed')
        return self._open

    def close(self) -> None:
        if self._open is not None:
            library.altview_close(self._open)
            self._open = None

    def __enter__(self) -> Domain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hello(self) -> Any:
        hello = ffi.new('struct altview_hello *')
        check(library.altview_hello(self.handle, hello))
        return hello

    @property
    def active(self) -> bool:
        """altp2m is on."""
        return bool(self._hello().flags & c.HELLO_ACTIVE)

    @active.setter
    def active(self, on: bool) -> None:
        check(library.altview_set_active(self.handle, on))

    @property
    def software(self) -> str:
        hello = self._hello()  # owns the memory of its members
        return ffi.string(hello.software).decode('ascii', 'backslashreplace')

    def set_required(self, required: bool) -> None:
        """Whether a refused access about which no listener decides stops the guest."""
        check(library.altview_set_required(self.handle, required))

    def bind(self) -> None:
        """Take back what this connection sets from now on when it ends, killed or not."""
        check(library.altview_bind(self.handle))

    def create(self, name: str = '', access: str = 'rwx') -> View:
        number = ffi.new('unsigned int *')
        check(library.altview_create_view(self.handle, access_number(access), number))
        view = View(self, number[0])
        if name:
            try:
                view.name = name
            except BaseException:
                view.destroy()
                raise
        return view

    def view(self, which: Union[str, int]) -> View:
        """The live view of that name or number."""
        number = ffi.new('unsigned int *')
        check(library.altview_find_view(self.handle, str(which).encode(), number))
        return View(self, number[0])

    def views(self) -> list[View]:
        return [View(self, view.view) for view in
                list_of(library.altview_views, 'struct altview_view', self.handle)]

    def switch(self, view: View) -> None:
        """Move all vCPUs to a view."""
        check(library.altview_switch_to_view(self.handle, view.number))

    def vcpus(self) -> list[VCPU]:
        return [VCPU(v.vcpu, v.view, bool(v.vmfunc), bool(v.flags & c.VCPU_PAUSED),
                     bool(v.flags & c.VCPU_WAITING), v.exits, v.rip, v.cr3)
                for v in list_of(library.altview_vcpus, 'struct altview_vcpu', self.handle)]

    def memory_map(self) -> list[Range]:
        return [Range(r.gfn, r.nr, 'ram' if r.type == 1 else 'device') for r in
                list_of(library.altview_memory_map, 'struct altview_memory_range', self.handle)]

    def registers(self, vcpu: int = 0) -> dict[str, int]:
        """General registers, RIP, RFLAGS, control registers and EFER."""
        raw = ffi.new('struct altview_registers *')
        check(library.altview_get_registers(self.handle, vcpu, raw))
        found = {name: raw.general.gpr[i] for i, name in enumerate(GPRS)}
        found.update(rip=raw.general.rip, rflags=raw.general.rflags)
        found.update((name, getattr(raw, name)) for name in ('cr0', 'cr2', 'cr3', 'cr4', 'efer'))
        return found

    def _read(self, view: int, address: int, size: int) -> bytes:
        to = bytearray(size)
        if size:
            check(library.altview_read(self.handle, view, address, ffi.from_buffer(to), size))
        return bytes(to)

    def _write(self, view: int, address: int, data: bytes) -> None:
        size = memoryview(data).nbytes
        if size:
            check(library.altview_write(self.handle, view, address, ffi.from_buffer(data), size))

    def read(self, address: int, size: int) -> bytes:
        """Guest physical memory as it is, without any view."""
        return self._read(c.NO_VIEW, address, size)

    def write(self, address: int, data: bytes) -> None:
        self._write(c.NO_VIEW, address, data)

    def read_virtual(self, address: int, size: int, vcpu: int = 0,
                     cr3: Optional[int] = None) -> bytes:
        """Memory by the page tables of a vCPU, or by those at cr3."""
        space, to = ffi.new('struct altview_space *'), bytearray(size)
        space.vcpu, space.has_cr3, space.cr3 = vcpu, cr3 is not None, cr3 or 0
        check(library.altview_read_virtual(self.handle, c.NO_VIEW, space, address,
                                            ffi.from_buffer(to), size))
        return bytes(to)

    def guest(self, vcpu: int = 0) -> Guest:
        """A vCPU of a simulated domain ("sim:"), to make it act."""
        return Guest(self, vcpu)

    def pause(self, vcpu: Optional[int] = None) -> Pause:
        """Pause a vCPU, or all, until the end of a block: `with domain.pause(): ...`."""
        return Pause(self, c.ALL_VCPUS if vcpu is None else vcpu)

    def listen(self, sync: Iterable[str] = (), report: Iterable[str] = (), *,
               reply_timeout: float = 0, timeout: Optional[float] = None,
               msrs: Iterable[int] = ()) -> Events:
        """Events from now on. sync: types whose vCPU waits for an answer; report: types that are
        told only. reply_timeout: seconds after which an event goes unanswered (0: the default).
        timeout: seconds after which an iteration ends without an event (None: never). msrs: the
        numbers of those whose writes are events `msr`."""
        wish, msrs = ffi.new('struct altview_listen *'), list(msrs)
        wish.sync, wish.report = self._mask(sync), self._mask(report)
        wish.timeout_ms = int(reply_timeout * 1000)
        wish.msrs.numbers[0:len(msrs)] = msrs
        wish.msrs.count = len(msrs)
        check(library.altview_listen(self.handle, wish))
        return Events(self, timeout)

    @staticmethod
    def _mask(types: Iterable[str]) -> int:
        types = set(types)
        unknown = types - EVENTS.keys()
        if unknown:
            raise ValueError(f'no such event: {", ".join(sorted(unknown))}; give some of '
                             f'{", ".join(sorted(EVENTS))}')
        return sum(1 << EVENTS[name] for name in types)
