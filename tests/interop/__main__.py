"""``python -m tests.interop``: ask every judge about every document and write ``docs/interop.md`` anew."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.demo_home import DemoHome
from tests.interop.judges import Unavailable
from tests.interop.table import DOCUMENT, rendered


def main() -> int:
    """0 when the page is written, 2 when a judge is missing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            page = rendered(DemoHome.seed(Path(folder) / "home"), Path(folder) / "exported")
        except Unavailable as missing:
            print(missing, file=sys.stderr)
            return 2
    DOCUMENT.write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
