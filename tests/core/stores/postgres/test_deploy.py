"""The recipes of docs/deploy: their commands, taken from the files, run as they stand."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
import yaml
from attrs import frozen

from duetrail import api
from duetrail_sandbox.server import Sandbox
from support.imitated import Machine, skip_where_it_cannot_be_imitated
from support.postgres import PASSWORD, PostgresServer
from support.stored import digest_at

DEPLOY = Path(__file__).parents[4] / "docs" / "deploy"
# What the Dockerfile's base image sets, and what systemd and cron do.
IMAGE = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
SYSTEMD = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
CRON = {"PATH": "/usr/bin:/bin", "LOGNAME": "duetrail", "HOME": "/srv/duetrail"}


@frozen
class Deployed:
    """A company, and what a recipe's reader was told to prepare.

    Attributes:
        sandbox: The company's vendors.
        folder: A folder of the test.
        url: The store, with its password.
        place: The store, as the configuration names it.
        pgpass: The password, as a line of libpq.
    """

    sandbox: Sandbox
    folder: Path
    url: str
    place: str
    pgpass: str

    def machine(self, secrets: str, *, is_read_only: bool = True) -> Machine:
        """A machine with the configuration, whose secrets are files in this folder."""
        folder = self.folder / "machine"
        folder.mkdir()
        machine = Machine(folder, is_read_only=is_read_only)
        config = re.sub(r'url = "sqlite:.*"', f'url = "{self.place}"', self.sandbox.config)
        for name in ("stuut", "exante"):
            token = f"sandbox-{name}-token"
            assert token in config
            config = config.replace(token, f"file:{secrets}/{name}-token")
            machine.put(f"{secrets}/{name}-token", token)
        machine.put("/srv/duetrail/duetrail.toml", config)
        return machine

    def check(self) -> None:
        """The store is the one of an ordinary sync."""
        config = self.folder / "duetrail.toml"
        config.write_text(self.sandbox.config)
        plain = f"sqlite:///{self.folder}/plain.db"
        api.sync(config=config, store=plain)
        assert digest_at(self.url) == digest_at(plain)


@pytest.fixture
def deployed(tmp_path: Path, pg: PostgresServer, url: str) -> Iterator[Deployed]:
    """A company of two vendors."""
    skip_where_it_cannot_be_imitated()
    place = url.replace(f":{PASSWORD}@", "@")
    pgpass = f"127.0.0.1:{pg.port}:duetrail:duetrail:{PASSWORD}\n"
    with Sandbox(invoices=6, seed=7, vendors=("stuut", "exante")) as sandbox:
        yield Deployed(sandbox, tmp_path, url, place, pgpass)
    rmtree(tmp_path / "machine")  # it has the secrets


def settings(name: str) -> list[tuple[str, str]]:
    """The settings of a unit of systemd, in order."""
    lines = (DEPLOY / name).read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if re.match(r"[A-Z]\w+=", line)]
    return [(key, value) for key, value in pairs]


def container(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod of a manifest, and its one container."""
    manifest = yaml.safe_load((DEPLOY / name).read_text())
    spec = manifest["spec"]
    spec = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    pod = spec["template"]["spec"]
    (one,) = pod["containers"]
    return spec, one


def ended(running: subprocess.Popen[str]) -> str:
    """What a command that went well has said."""
    out, err = running.communicate()
    assert running.returncode == 0, err + out
    assert PASSWORD not in out + err
    return out


def test_the_systemd_service_syncs(deployed: Deployed) -> None:
    """The service syncs, as the user that systemd makes, with its credentials."""
    unit = settings("duetrail.service")
    given = dict(unit)
    loaded = [value.partition(":")[0] for key, value in unit if key == "LoadCredential"]
    secrets = "/run/credentials/duetrail.service"
    machine = deployed.machine(secrets)
    machine.put(f"{secrets}/pgpass", deployed.pgpass)
    assert sorted(loaded) == ["exante-token", "pgpass", "stuut-token"]
    variables = [value.split("=", 1) for key, value in unit if key == "Environment"]
    ended(machine.start(given["ExecStart"].split(), SYSTEMD | dict(variables)))
    deployed.check()


def test_the_units_are_correct(deployed: Deployed) -> None:
    """Systemd finds nothing wrong with service and timer."""
    if not Path("/usr/bin/systemd-analyze").exists():
        pytest.skip("there is no systemd-analyze here")
    machine = deployed.machine("/run/secrets")
    units = [str(DEPLOY / f"duetrail.{kind}") for kind in ("service", "timer")]
    command = ["/usr/bin/systemd-analyze", "verify", "--man=no", *units]
    running = machine.start(command, SYSTEMD, as_root=True)
    out, err = running.communicate()
    assert (running.returncode, out, err) == (0, "", "")


def test_the_line_of_cron_syncs(deployed: Deployed) -> None:
    """The line syncs, with no variables but those in its file and cron's own."""
    lines = [
        line
        for line in (DEPLOY / "duetrail.cron").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    *variables, line = lines
    *_, user, command = line.split(None, 6)
    assert user == "duetrail"
    env = CRON | dict(one.split("=", 1) for one in variables)
    machine = deployed.machine("/srv/duetrail/secrets", is_read_only=False)
    machine.put("/srv/duetrail/secrets/pgpass", deployed.pgpass)
    assert "%" not in command  # for cron that is a line break
    ended(machine.start([env["SHELL"], "-c", command], env))
    assert '"exit_code":0' in (
        deployed.folder / "machine" / "srv" / "duetrail" / "last-sync.json"
    ).read_text().replace(" ", "")
    deployed.check()


def test_the_image(deployed: Deployed) -> None:
    """What the image runs syncs as a user without a name, on a read-only root."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text())
    said: dict[str, str] = dict(re.findall(r"^([A-Z]+) (.+)$", text, re.MULTILINE))
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", said["USER"])
    env = IMAGE | dict([said["ENV"].split("=", 1)]) | {"PGPASSFILE": "/run/secrets/pgpass"}
    command = [*yaml.safe_load(said["ENTRYPOINT"]), *yaml.safe_load(said["CMD"])]
    machine = deployed.machine("/run/secrets")
    machine.put("/run/secrets/pgpass", deployed.pgpass)
    ended(machine.start(command, env, said["WORKDIR"]))
    deployed.check()


def test_a_cron_job(deployed: Deployed) -> None:
    """The pod syncs."""
    _, one = container("cronjob.yaml")
    machine = deployed.machine("/run/secrets/duetrail")
    machine.put("/run/secrets/duetrail/pgpassword", f"{PASSWORD}\n")
    ended(machine.start([*one["command"], *one["args"]], IMAGE, one["workingDir"]))
    deployed.check()


@pytest.mark.timeout(600)
def test_an_indexed_job(deployed: Deployed) -> None:
    """Its pods are the shards of one sync; one that is run again asks nothing."""
    job, one = container("indexed-job.yaml")
    machine = deployed.machine("/run/secrets/duetrail")
    machine.put("/run/secrets/duetrail/pgpassword", f"{PASSWORD}\n")
    command = [*one["command"], *one["args"]]
    env = IMAGE | {named["name"]: "duetrail-x7k2p" for named in one["env"]}

    def start(index: int) -> subprocess.Popen[str]:
        numbered = env | {"JOB_COMPLETION_INDEX": str(index)}
        return machine.start(command, numbered, one["workingDir"])

    assert job["parallelism"] == job["completions"]
    for running in [start(index) for index in range(job["completions"])]:
        ended(running)
    deployed.check()
    asked = len(deployed.sandbox.requests)
    assert "was done already: nothing was asked" in ended(start(2))
    assert len(deployed.sandbox.requests) == asked


@pytest.mark.parametrize("name", ["cronjob.yaml", "indexed-job.yaml"])
def test_pods_have_no_rights(name: str) -> None:
    """Not root, nothing to be written, no capabilities, no token of the cluster."""
    job, one = container(name)
    pod = job["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert one["securityContext"]["readOnlyRootFilesystem"] is True
    assert one["securityContext"]["allowPrivilegeEscalation"] is False
    assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {mount["readOnly"] for mount in one["volumeMounts"]} == {True}
