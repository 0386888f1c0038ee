"""docs/first-connector.md: followed from top to bottom, it makes docs/examples/groat.

Everything on the page is done in one shell, in an environment as the page makes it. Only one thing
is otherwise than for a reader: what pip would download comes from the environment of the tests.
A push leaves faults and kills out of the connector's tests; at night each run has them.
With DUETRAIL_WRITE_DOCS=1 files and answers on the page are written from what is there.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.nightly import NIGHTLY

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-connector.md"
EXAMPLE = ROOT / "docs" / "examples" / "groat"

# What a repository of its own needs, and an example does not.
OF_A_REPOSITORY = {".copier-answers.yml", ".github", ".gitignore"}
# What the connector's tests leave out at a push.
WITHOUT_THE_SLOW = "export PYTEST_ADDOPTS=\"-k 'not fault and not killed'\""
# What is not the author's.
LEFT_BEHIND = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "duetrail.toml"}

BLOCK = re.compile(
    r"^```(?P<kind>sh|text|python) ?(?P<file>\S*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """A fenced block of the page."""

    kind: str
    file: str
    text: str
    start: int
    end: int


def _blocks() -> list[Block]:
    text = PAGE.read_text(encoding="utf-8")
    return [
        Block(found["kind"], found["file"], found["text"], *found.span("text"))
        for found in BLOCK.finditer(text)
    ]


def _rewrite(changes: list[tuple[Block, str]]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for block, new in sorted(changes, key=lambda change: -change[0].start):
        text = text[: block.start] + new + text[block.end :]
    PAGE.write_text(text, encoding="utf-8")


def _is_writing() -> bool:
    return os.environ.get("DUETRAIL_WRITE_DOCS") == "1"


def test_the_files_on_the_page_are_those_of_the_example() -> None:
    """What a reader pastes is what lies in the example."""
    files = [block for block in _blocks() if block.file]
    wanted = [(block, (EXAMPLE / block.file).read_text(encoding="utf-8")) for block in files]
    assert wanted
    if _is_writing():
        _rewrite(wanted)
    else:
        assert [b.file for b, text in wanted if b.text != text] == [], "DUETRAIL_WRITE_DOCS=1"


@pytest.mark.timeout(600)
def test_who_follows_the_page_has_the_example(tmp_path: Path) -> None:
    """Every command works and answers as the page says; what was made is the example."""
    blocks = _blocks()
    answers = _follow(blocks, tmp_path)
    told = [(block, answers[at - 1]) for at, block in enumerate(blocks) if block.kind == "text"]
    # Written or compared, no page ends with a connector that fails.
    assert [text for text in answers.values() if re.search(r"^\d+ failed", text, re.M)] == []
    stale = [(block, text) for block, text in told if _steady(block.text) != _steady(text)]
    if _is_writing():
        _rewrite(stale)
    else:
        assert [(block.text, text) for block, text in stale] == [], "DUETRAIL_WRITE_DOCS=1"
    made = _tree(tmp_path / "work" / "duetrail-groat")
    if _is_writing():  # what comes from the template has a better one by now
        for name, content in made.items():
            (EXAMPLE / name).write_bytes(content)
    example = _tree(EXAMPLE)
    assert sorted(made) == sorted(example)
    assert [name for name in made if made[name] != example[name]] == []


def _tree(folder: Path) -> dict[str, bytes]:
    """What an author keeps of a project, by path."""
    ignored = OF_A_REPOSITORY | LEFT_BEHIND
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
        and not ignored & set(file.relative_to(folder).parts)
        and not file.name.startswith("duetrail.db")
    }


def _steady(answer: str) -> str:
    """An answer without what changes with the suite: seconds, and how many tests are run."""
    answer = re.sub(r"in \d+\.\d+s(?: \(\d+:\d+:\d+\))?", "in N s", answer)
    return re.sub(r"\d+ passed(, \d+ (skipped|deselected))*", "N passed", answer)


# --- a shell -------------------------------------------------------------------------------------


def _follow(blocks: list[Block], folder: Path) -> dict[int, str]:
    """Do what the page says; what each block of commands answered, by its number."""
    work, told = folder / "work", folder / "told"
    for one in (work, told):
        one.mkdir()
    script = folder / "script.sh"
    # Whatever becomes of this test, nothing of the page outlives it for long.
    lines = ["(sleep 600; kill -KILL 0) &", *_lines(blocks, told)]
    script.write_text("\n".join(lines), encoding="utf-8")
    shell = subprocess.Popen(
        ["bash", "-e", str(script)],
        cwd=work,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = shell.wait(timeout=500)
    finally:  # the stand-in of the page is still there
        os.killpg(shell.pid, signal.SIGKILL)
    answers = {int(file.name): file.read_text(encoding="utf-8") for file in told.iterdir()}
    last = max(answers)
    assert code == 0, f"{blocks[last].text}\n{answers[last]}"
    return answers


def _lines(blocks: list[Block], told: Path) -> Iterator[str]:
    yield "" if NIGHTLY else WITHOUT_THE_SLOW
    for number, block in enumerate(blocks):
        if block.file:
            yield f"cat > {block.file} <<'END OF FILE'\n{block.text}END OF FILE"
        elif block.kind == "sh":
            yield f"exec > {told}/{number} 2>&1\n{block.text}"
            # Nobody types so fast that a server which was started is not there yet.
            for file in re.findall(r"> (\S+) &$", block.text, re.MULTILINE):
                yield f"until [ -s {file} ]; do sleep 0.1; done"


def _environment(folder: Path) -> dict[str, str]:
    """A reader's environment, with commands that need no network."""
    bin = folder / "bin"
    bin.mkdir()
    there = folder / "there.pth"
    there.write_text("\n".join(place for place in sys.path if Path(place).is_dir()))
    commands = {
        "python3": f'"{sys.executable}" -m venv --without-pip "$3"\n'
        f'cp "{there}" "$3"/lib/python*/site-packages/',
        "pip": 'exec python -m pip "$@"',
        "duetrail": "exec python -c 'from duetrail.cli import main; main()' \"$@\"",
        "pytest": 'exec python -m pytest "$@"',
        "mypy": 'exec python -m mypy "$@"',
        "ruff": f'exec "{shutil.which("ruff", path=str(Path(sys.executable).parent))}" "$@"',
    }
    for name, command in commands.items():
        (bin / name).write_text(f"#!/bin/sh -e\n{command}\n")
        (bin / name).chmod(0o755)
    gone = {"PYTHONPATH", "DUETRAIL_CONFIG", "DUETRAIL_PLUGINS"}
    return {
        **{name: value for name, value in os.environ.items() if name not in gone},
        "PATH": f"{bin}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "DUETRAIL": str(ROOT),
        # A reader's environment has none of the plugins of pytest that ours has.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # this is how pip spells that there is none
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "COLUMNS": "200",
    }
