"""What the store's file may meet: a full disk, one that cannot be written, a power cut, company.

A newer store, a locked one, a damaged one, another program's and places where nothing can be made
are in `tests/core/stores/test_refusals.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess

import pytest

from duetrail.testing import HOLD, Fault, FaultRule

only_stuut = pytest.mark.parametrize("vendor", ["stuut"], scope="session")
in_a_file = pytest.mark.parametrize("kind", ["sqlite"], scope="session")

SYNC = "python -c 'from duetrail.cli import main; main()' --store sqlite:///disk/duetrail.db sync"

# In a mount namespace of its own: whatever is mounted there is gone with the process.
FULL = f"""
mkdir disk
mount -t tmpfs -o size=$SIZE tmpfs disk
{SYNC} || echo "ended with $?"
mount -o remount,size=64m disk
{SYNC}
cp disk/duetrail.db* .
"""

READ_ONLY = f"""
mkdir -p disk
mv duetrail.db disk
mount --bind disk disk
mount -o remount,bind,ro disk
{SYNC}
"""


def own_mounts():
    """Whether this machine lets us mount something nobody else sees."""
    if not shutil.which("unshare"):
        return False
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/tmp"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not own_mounts(), reason="needs the right to mount")


def mounted(project, script, python, **variables):
    """Run a script in a mount namespace of its own; its exit code and what it said."""
    done = subprocess.run(
        ["unshare", "-m", "sh", "-e", "-c", script.replace("python -c", f"{python} -c")],
        cwd=project.folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


# --- the disk ------------------------------------------------------------------------------------


@needs_mounts
@only_stuut
@in_a_file
@pytest.mark.parametrize("size", ["100k", "650k", "750k"])
def test_a_full_disk(bench, python, size):
    """A sync that runs out of space says so; with space again the next one makes it whole."""
    bench.proxy.begin()
    project = bench.project()
    code, said = mounted(project, FULL, python, SIZE=size)
    assert code == 0, said
    assert "ended with 1" in said, said
    assert "Traceback" not in said
    assert "Free some space" in said
    assert project.kept() == bench.smooth


@needs_mounts
@only_stuut
@in_a_file
def test_a_store_that_may_not_be_written(bench, python):
    """A sync into a store on a read-only file system is refused before anything is asked."""
    bench.proxy.begin()
    project = bench.project()
    assert project.sync().code == 0
    bench.proxy.begin()
    code, said = mounted(project, READ_ONLY, python)
    assert (code, bench.proxy.asked) == (1, [])
    assert "Traceback" not in said
    assert "Check that the folder exists and that you may write there" in said


# --- a power cut ---------------------------------------------------------------------------------


@pytest.mark.timeout(3600)  # all cuts, in the nightly run
@only_stuut
@in_a_file
def test_a_power_cut(bench, killed, points, results):
    """Wherever the write-ahead log ends, the store opens, is sound, and is whole with a sync."""
    header, frame = 32, 24 + 4096
    bench.proxy.begin()
    project = bench.project()
    with project.child(str(killed), "count", "0") as process:
        commits = int(process.communicate()[0].splitlines()[-1])
    project = bench.project()
    with project.child(str(killed), "before", str(commits)) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    log = project.folder / "duetrail.db-wal"
    frames = (log.stat().st_size - header) // frame
    assert frames > 50
    for number in points(frames):
        cut = project.copied()
        # To the boundary of a page, and every other time some bytes of the next one.
        os.truncate(cut.folder / log.name, header + (number - 1) * frame + number % 2 * 1000)
        assert cut.sound()
        done = cut.sync()
        kept = cut.kept()
        results.count("cuts of the write-ahead log tried", 1)
        results.count("records lost", len(bench.smooth.records - kept.records))
        assert done.code == 0, done.said
        assert kept == bench.smooth


# --- company -------------------------------------------------------------------------------------


@only_stuut
def test_two_syncs_at_once(bench):
    """The second one is refused at once, is told who is at work, and asks nothing."""
    project = bench.project()
    bench.proxy.begin(FaultRule(Fault("for ever", lambda exchange: [HOLD]), times=None))
    with project.syncing() as first:
        while not bench.proxy.asked:
            assert first.poll() is None, first.communicate()[0]
        asked = len(bench.proxy.asked)
        second = project.sync()
        assert (second.code, len(bench.proxy.asked)) == (1, asked)
        holder = rf"another command is writing to the store [^\n]*\(.*process {first.pid}\b"
        assert re.search(holder, second.said), second.said
        first.kill()
    bench.proxy.begin()
    assert project.sync().code == 0
    assert project.kept() == bench.smooth
