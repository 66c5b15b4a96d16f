#!/usr/bin/env python3
"""Print the command of a fenced block of the README: `.ci/fenced.py 1` is the first command, `.ci/fenced.py 2` runs the tests."""

import re
import sys
from pathlib import Path

readme = (Path(__file__).resolve().parent.parent / "README.md").read_text("utf-8")
print(re.findall(r"^```[^\n]*\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[int(sys.argv[1]) - 1].strip())
