# SPDX-License-Identifier: BSD-2-Clause
"""libaltview, loaded. ALTVIEW_LIBRARY names another file than the installed one."""
import os

import cffi

from . import _declarations

ffi = cffi.FFI()
ffi.cdef(_declarations.DECLARATIONS)
library = ffi.dlopen(os.environ.get('ALTVIEW_LIBRARY') or 'libaltview.so.1')
