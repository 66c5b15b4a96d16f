"""PyLD as the core imports it: without a loader that could fetch.

When PyLD is imported it makes a document loader of the HTTP libraries that it finds, whether or not anybody will use it; the
import alone of one of them opens a socket. Here it finds none, and a loader that always refuses is its default.
"""

from __future__ import annotations

import sys
from typing import Any, Final

_HTTP_LIBRARIES: Final = ("requests", "aiohttp")


def _import() -> tuple[Any, Any]:
    hidden = [name for name in _HTTP_LIBRARIES if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None: there is no such module
    try:
        from pyld import jsonld
        from pyld.context_resolver import ContextResolver
    finally:
        for name in hidden:
            del sys.modules[name]
    return jsonld, ContextResolver


jsonld, ContextResolver = _import()
