"""The canaries of the suite sing: each way to leak a secret is found, and nothing else is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

HEAD = """
import base64, logging, os, sqlite3, sys, zlib
import click
from click.testing import CliRunner
from duetrail.secrets import Secret, remember
VALUE = "made-up-secret-0815"
"""

LEAKS = {
    "print": "def test(): Secret(VALUE).resolve(); print('it is', VALUE)",
    "stderr": "def test(): Secret(VALUE).resolve(); print(VALUE, file=sys.stderr)",
    "log": "def test(): Secret(VALUE).resolve(); logging.getLogger('x').warning(VALUE)",
    "read output": "def test(capsys): remember(VALUE); print(VALUE); capsys.readouterr()",
    "environment": "def test(): print(dict(os.environ))",
    "base64": (
        "def test():\n"
        "    remember(VALUE); print(base64.b64encode(f'ann:{VALUE}'.encode()).decode())"
    ),
    "file": "def test(tmp_path): remember(VALUE); (tmp_path / 'log.txt').write_text(VALUE)",
    "later file": "def test(tmp_path): (tmp_path / 'a.log').write_text(VALUE); remember(VALUE)",
    "store": (
        "def test(tmp_path):\n"
        "    remember(VALUE)\n"
        "    db = sqlite3.connect(tmp_path / 'a.db')\n"
        "    db.execute('CREATE TABLE pages (number, body)')\n"
        "    body = zlib.compress(b'x' * 999 + VALUE.encode())\n"
        "    db.execute('INSERT INTO pages VALUES (1, ?)', (body,))\n"
        "    db.commit(); db.close()"
    ),
    "command": (
        "@click.command()\n"
        "def tell(): click.echo(VALUE)\n"
        "def test(): remember(VALUE); CliRunner().invoke(tell)"
    ),
}

QUIET = {
    "of another test": (
        "from duetrail.secrets import redact\n"
        "def test_1(): remember(VALUE)\n"
        "def test_2(): assert redact(VALUE) == VALUE"
    ),
    "nothing": "def test(): Secret(VALUE).resolve()",
    "redacted": "def test(): print('[secret]', Secret('env:PATH'), Secret(VALUE))",
    "not looked up": "def test(): print(VALUE)",
    "another test": "def test_1(): remember(VALUE)\ndef test_2(): print(VALUE)",
    "configuration": "def test(tmp_path): remember(VALUE); (tmp_path / 'a.toml').write_text(VALUE)",
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the tests above say that fail in a suite of their own, under the canaries; by name."""
    folder = tmp_path_factory.mktemp("suite")
    here = Path(__file__).parent
    shutil.copy(here / "conftest.py", folder)
    for name, code in {**LEAKS, **QUIET}.items():
        (folder / f"test_{name.replace(' ', '_')}.py").write_text(HEAD + code)
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {here}\n")
    report = folder / "report.xml"
    words = ["-q", "-p", "no:cacheprovider", "-o", "junit_logging=no", f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--basetemp", str(folder / "temporary")],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    cases = ElementTree.parse(report).iter("testcase")
    return {
        case.attrib["classname"].removeprefix("test_").replace("_", " "): message
        for case in cases
        for message in [
            found.attrib["message"] for found in (*case.iter("failure"), *case.iter("error"))
        ]
    }


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found(failures: dict[str, str], name: str) -> None:
    """A secret that shows fails its test, and the report says where."""
    assert "a secret shows" in failures[name]


@pytest.mark.parametrize("name", QUIET)
def test_no_leak(failures: dict[str, str], name: str) -> None:
    """What shows no secret, or shows it where the test itself has put it, is no leak."""
    assert name not in failures
