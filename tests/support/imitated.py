"""A command as a service manager or a container would run it: another user, a read-only root.

In a mount namespace of its own `/srv`, `/run`, `/opt` and `/usr/local/bin` are what a recipe
expects, and everything is read-only. Where the tests are not run by root the user stays the same.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

_NOBODY = 65534
_ROOT = Path(__file__).parents[2]
_UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]

_READ_ONLY = """
while read -r _ place _; do
  case "$place" in
    /proc* | /sys* | /dev*) ;;
    {writable}) ;;
    *) mount -o remount,bind,ro "$place" ;;
  esac
done </proc/mounts
mount -t tmpfs -o ro tmpfs /dev/shm
"""


class Machine:
    """What a recipe finds: Duetrail, and the files that its reader was told to put there.

    Args:
        folder: An empty folder of the test.
        is_read_only: Whether the user's own folder, /srv/duetrail, is read-only, too.
    """

    def __init__(self, folder: Path, *, is_read_only: bool = True) -> None:
        self._folder = folder
        self._writable = "/nothing" if is_read_only else "/srv"
        for name in ("srv/duetrail", "run", "opt", "bin", "keep"):
            (folder / name).mkdir(parents=True)
        self._own(folder / "srv" / "duetrail", 0o755)
        # Where recipes have Duetrail: in a virtual environment, and on the path of an image.
        (folder / "opt" / "duetrail").symlink_to(sys.prefix)
        (folder / "bin" / "duetrail").symlink_to(Path(sys.prefix, "bin", "duetrail"))

    def put(self, path: str, text: str) -> None:
        """Put a file that only its user may read into /srv or /run."""
        file = self._folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self._own(file, 0o400)

    def start(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: str = "/",
        *,
        as_root: bool = False,
    ) -> subprocess.Popen[str]:
        """Start a command with these variables and no others.

        Args:
            command: The command.
            env: Its variables.
            cwd: Where it begins.
            as_root: Whether whoever runs the tests stays who they are, and may write.
        """
        values = [f"{name}={value}" for name, value in env.items()]
        inner = ["env", "-i", *values, *command]
        if os.geteuid() == 0 and not as_root:
            user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
            inner = ["setpriv", *user, "--no-new-privs", "--bounding-set=-all", *inner]
        lines = [*self._mounts(), "" if as_root else _READ_ONLY.format(writable=self._writable)]
        lines += [f"cd {shlex.quote(cwd)}", f"exec {shlex.join(inner)}"]
        return subprocess.Popen(
            [*_UNSHARE, "sh", "-ec", "\n".join(lines)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _own(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if os.geteuid() == 0:
            os.chown(path, _NOBODY, _NOBODY)

    def _mounts(self) -> Iterator[str]:
        """The script that makes the machine of this one."""
        yield "mount --make-rprivate /"
        yield from self._opened()
        yield f"mount --bind {self._folder / 'bin'} /usr/local/bin"
        for name in ("srv", "opt", "run"):
            yield f"mount --bind {self._folder / name} /{name}"

    def _opened(self) -> Iterator[str]:
        """Python and Duetrail, where they stand in a folder that is closed to others: /root."""
        closed: dict[Path, list[tuple[Path, Path]]] = {}
        needed = dict.fromkeys((Path(sys.base_prefix), Path(sys.prefix), _ROOT))
        for number, path in enumerate(needed):
            shut = [one for one in reversed(path.parents) if not one.stat().st_mode & 0o001]
            if shut and os.geteuid() == 0:
                keep = self._folder / "keep" / str(number)
                keep.mkdir(exist_ok=True)
                yield f"mount --bind {path} {keep}"
                closed.setdefault(shut[0], []).append((keep, path))
        for folder, found in closed.items():
            yield f"mount -t tmpfs -o mode=755 tmpfs {folder}"
            for keep, path in found:
                yield f"mkdir -p {path} && mount --bind {keep} {path}"


def skip_where_it_cannot_be_imitated() -> None:
    """Skip the test where there are no mount namespaces."""
    try:
        made = [*_UNSHARE, "mount", "--make-rprivate", "/"]
        subprocess.run(made, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no mount namespace can be made here")
