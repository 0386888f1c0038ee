"""A real cluster on loopback: a master and two workers, one of them killed in the middle."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from support.engine_company import Company, company
from support.engines import engine
from support.mock_server import free_port
from support.nightly import nightly
from support.read_back import digest_of, store_of

pyspark = engine("pyspark")

HERE = Path(__file__).parent
HOME = Path(pyspark.__file__).parent


class Cluster:
    """A master and its workers; each worker with its executors is a process group."""

    def __init__(self, folder: Path, workers: int, **environment: str) -> None:
        self.folder = folder
        self._environment = {**os.environ, "SPARK_DAEMON_MEMORY": "300m", **environment}
        self.master = f"spark://127.0.0.1:{free_port()}"
        port = self.master.rpartition(":")[2]
        self._processes = [
            self._start("master.Master", "--port", port, "--webui-port", str(free_port()))
        ]
        self.workers = [self._worker(number) for number in range(workers)]

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        folder = str(self.folder / f"worker-{number}")
        sizes = ("--cores", "1", "--memory", "600m", "--webui-port", str(free_port()))
        one = self._start("worker.Worker", *sizes, "--work-dir", folder, self.master)
        self._processes.append(one)
        return one

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{name}"]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--host", "127.0.0.1", *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self._environment,
            )

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and all that it started, as a machine that loses its power does."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for process in self._processes:
            self.kill(process)


@pytest.fixture
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    (folder := tmp_path / "cluster").mkdir()
    with closing(Cluster(folder, request.param)) as one:
        yield one


def job(cluster: Cluster, served: Company, out: Path, *groups: str) -> subprocess.Popen[bytes]:
    every = [f"{name}:{'+'.join(tables)}" for name, tables in served.by_connection.items()]
    command = [
        sys.executable,
        HERE / "cluster_job.py",
        cluster.master,
        served.path,
        ",".join(groups or every),
        out,
    ]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    with out.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
        )


@nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("cluster", "is_killed"), [(1, False), (2, True)], indirect=["cluster"])
def test_the_digest_is_that_of_one_process(
    cluster: Cluster, is_killed: bool, tmp_path: Path
) -> None:
    """Every record comes once from one worker, and from two of which one is killed."""
    for name in ("company", "read-back"):
        (tmp_path / name).mkdir()
    out = tmp_path / "rows.pickle"
    with company(tmp_path / "company", 40, latency_ms=20) as served:
        asked = served.sandbox.requests
        before = len(asked)
        running = job(cluster, served, out)
        try:
            while is_killed and len(asked) < before + 60:
                assert running.poll() is None, "the job was over before its worker was killed"
                time.sleep(0.01)
            if is_killed:
                cluster.kill(cluster.workers[0])
            assert running.wait(600) == 0, out.with_suffix(".log").read_text()[-3000:]
        finally:
            running.kill()
            running.wait()
        found = pickle.loads(out.read_bytes())
        with closing(store_of(found, tmp_path / "read-back", served.config)) as store:
            assert digest_of(store) == served.digest()


@nightly
@pytest.mark.timeout(600)
def test_a_worker_without_the_plugin(tmp_path: Path) -> None:
    """It is told with the plugin's name and the machine."""
    for name in ("company", "cluster"):
        (tmp_path / name).mkdir()
    out = tmp_path / "rows.pickle"
    with (
        company(tmp_path / "company", 10) as served,
        closing(Cluster(tmp_path / "cluster", 1, DUETRAIL_PLUGINS="credira")) as cluster,
    ):
        assert job(cluster, served, out, "stuut:invoices").wait(500) == 1
    said = out.with_suffix(".log").read_text()
    assert "'stuut'" in said
    assert "This was on " in said
