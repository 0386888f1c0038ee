"""The benchmarks run; what they find is for people to read, on a quiet machine."""

import subprocess
import sys
from pathlib import Path


def test_cutting():
    """The cut is measured beside the same page without it."""
    script = Path(__file__).with_name("cutting.py")
    done = subprocess.run(
        [sys.executable, script, "1"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "ratio" in done.stdout
