# SPDX-License-Identifier: BSD-2-Clause
"""Views."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from . import _declarations as c
from ._base import (ACCESSES, ENOENT, POLICIES, Error, Override, access_number, check, list_of,
                    rights_name)
from ._library import ffi, library

if TYPE_CHECKING:
    from ._domain import Domain


class View:
    """A live view, by its number."""

    def __init__(self, domain: Domain, number: int) -> None:
        self.domain = domain
        self.number = number

    def __repr__(self) -> str:
        return f'<altview view {self.number} of {self.domain.where!r}>'

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, View) and self.domain is other.domain and
                self.number == other.number)

    def __hash__(self) -> int:
        return hash((id(self.domain), self.number))

    def _record(self) -> Any:
        for view in list_of(library.altview_views, 'struct altview_view', self.domain.handle):
            if view.view == self.number:
                return view
        raise Error(ENOENT, f'view {self.number} is not live')

    @property
    def name(self) -> str:
        record = self._record()  # owns the memory of its members
        return ffi.string(record.name).decode('ascii', 'backslashreplace')

    @name.setter
    def name(self, name: str) -> None:
        check(library.altview_name_view(self.domain.handle, self.number, name.encode()))

    @property
    def access(self) -> str:
        """What it allows where it has no other setting."""
        return ACCESSES[self._record().default_access]

    @property
    def violations(self) -> int:
        return self._record().violations

    @property
    def visible(self) -> bool:
        """To all vCPUs. A hidden view can't be entered by VMFUNC, nor by the domain-wide switch. In
        mixed mode the guest itself can show it again."""
        return self._record().visible == 1

    @visible.setter
    def visible(self, visible: bool) -> None:
        check(library.altview_set_visibility(self.domain.handle, self.number, visible))

    def set_visible_to(self, vcpu: int, visible: bool) -> None:
        check(library.altview_set_visibility_for(self.domain.handle, vcpu, self.number, visible))

    def set_policy(self, policy: str, view: Optional[View] = None) -> None:
        """What becomes of refused accesses: one of POLICIES; step-in and switch name a view."""
        if policy not in POLICIES:
            raise ValueError(f'{policy!r} is no policy; give one of {", ".join(POLICIES)}')
        check(library.altview_set_policy(self.domain.handle, self.number, POLICIES.index(policy),
                                          view.number if view else 0))

    def set_access(self, gfn: int, access: str, pages: int = 1) -> None:
        check(library.altview_set_access(self.domain.handle, self.number, gfn, pages,
                                         access_number(access)))

    def get_access(self, gfn: int) -> str:
        access = ffi.new('unsigned int *')
        check(library.altview_get_access(self.domain.handle, self.number, gfn, access))
        return ACCESSES[access[0]]

    def remap(self, gfn: int, target: Optional[int]) -> None:
        """Show the page `target` at `gfn`. None: remove all settings of the view for gfn."""
        check(library.altview_remap(self.domain.handle, self.number, gfn,
                                     c.NO_GFN if target is None else target))

    def set_ve(self, gfn: int, on: bool) -> None:
        """Whether a refused access may raise #VE in the guest."""
        check(library.altview_set_suppress_ve(self.domain.handle, self.number, gfn, not on))

    def overrides(self) -> list[Override]:
        found = list_of(library.altview_overrides, 'struct altview_override', self.domain.handle,
                        self.number)
        return [Override(o.gfn, o.nr, ACCESSES[o.access], rights_name(o.rights), not o.suppress_ve,
                         None if o.target == c.NO_GFN else o.target) for o in found]

    def read(self, address: int, size: int) -> bytes:
        return self.domain._read(self.number, address, size)

    def write(self, address: int, data: bytes) -> None:
        self.domain._write(self.number, address, data)

    def clone(self) -> View:
        number = ffi.new('unsigned int *')
        check(library.altview_clone_view(self.domain.handle, self.number, number))
        return View(self.domain, number[0])

    def evict(self, to: View, vcpu: Optional[int] = None) -> None:
        """Hide it from a vCPU, or from all, and move those in it to another view."""
        check(library.altview_evict(self.domain.handle, c.ALL_VCPUS if vcpu is None else vcpu,
                                     self.number, to.number))

    def destroy(self) -> None:
        check(library.altview_destroy_view(self.domain.handle, self.number))
