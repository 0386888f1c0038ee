"""Singer's real targets: a database, and files of JSON lines, each in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from duetrail.engines import singer
from duetrail.engines.replication import Replication
from duetrail.engines.row_schemas import TABLES
from support.engine_company import Company
from support.engines import engine, example, tools
from support.odd_records import odd_project
from support.passed_on import store_of_target
from support.postgres import PASSWORD, PostgresServer
from support.read_back import digest_of

psycopg = engine("psycopg")

TAP = Path(sys.executable).with_name("tap-duetrail")


class Pipe:
    """A tap in front of a target, as a shell would put them, with the state kept between runs."""

    def __init__(self, served: Company | None, folder: Path, target: Path, **settings: Any) -> None:
        self.served = served
        self.folder = folder
        self.states: dict[str, Path] = {}
        self._settings = folder / "target.toml"  # it holds a throw-away password
        self._settings.write_text(json.dumps(settings))
        self._target = [str(target), "--config", str(self._settings)]

    def tap(self, connection: str) -> Path:
        """What the tap says to a connection's last state, in a file."""
        state = self.states.get(connection)
        out = self.folder / "messages.jsonl"
        assert self.served
        with out.open("wb") as file:
            subprocess.run(
                [TAP, connection, *(["--state", str(state)] if state else [])],
                env={**os.environ, "DUETRAIL_CONFIG": str(self.served.path)},
                stdout=file,
                check=True,
            )
        return out

    def run(self, connection: str) -> int:
        """One run; how many records were passed on."""
        messages = self.tap(connection)
        self.keep(connection, self.load(messages))
        return messages.read_text().count('"type":"RECORD"')

    def load(self, messages: Path) -> str:
        """Give messages to the target; the states that it prints."""
        with messages.open("rb") as file:
            done = subprocess.run(
                self._target, stdin=file, capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run_until(self, connection: str, is_enough: Callable[[], bool]) -> None:
        """One run of a target that is given half, and is killed in mid-stream."""
        messages = self.tap(connection).read_bytes().splitlines(keepends=True)
        with (
            (self.folder / "log").open("wb") as log,  # nobody would read a pipe meanwhile
            subprocess.Popen(
                self._target, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            ) as target,
        ):
            try:
                assert target.stdin
                target.stdin.writelines(messages[: len(messages) // 2])
                target.stdin.flush()
                while not is_enough():
                    assert target.poll() is None
                    time.sleep(0.05)
            finally:
                target.kill()
            printed, _ = target.communicate()
        self.keep(connection, printed.decode())

    def keep(self, connection: str, printed: str) -> None:
        """Keep the last state that a target printed."""
        lines = printed.splitlines()
        if lines:
            self.states[connection] = self.folder / f"{connection}.json"
            self.states[connection].write_text(lines[-1])


def into_postgres(
    served: Company | None, folder: Path, server: PostgresServer, schema: str, **more: Any
) -> Pipe:
    url = f"postgresql+psycopg://duetrail:{PASSWORD}@127.0.0.1:{server.port}/duetrail"
    settings = {"sqlalchemy_url": url, "default_target_schema": schema, **more}
    return Pipe(served, folder, tools("postgres") / "target-postgres", **settings)


def in_postgres(server: PostgresServer, schema: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table of a schema that are there."""
    with psycopg.connect(server.url(), row_factory=psycopg.rows.dict_row) as db:
        psycopg.types.json.set_json_loads(partial(json.loads, parse_float=Decimal), db)
        there = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        known = {row["tablename"] for row in there}  # without a record there is no table
        return {
            table: db.execute(
                f'SELECT * FROM "{schema}"."{table}" WHERE _sdc_deleted_at IS NULL'
            ).fetchall()
            for table in TABLES
            if table in known
        }


def digest(rows: dict[str, list[dict[str, Any]]], folder: Path) -> str:
    folder.mkdir()
    with closing(store_of_target(rows, folder)) as store:
        return digest_of(store)


def test_postgres_has_the_digest_of_the_store(
    served: Company, server: PostgresServer, tmp_path: Path
) -> None:
    """Money is numeric and exact, times are in UTC; a second run tells nothing."""
    pipe = into_postgres(served, tmp_path, server, "whole")
    assert all(pipe.run(name) for name in served.config.connections)
    assert digest(in_postgres(server, "whole"), tmp_path / "read") == served.digest()
    assert not any(pipe.run(name) for name in served.config.connections)
    assert digest(in_postgres(server, "whole"), tmp_path / "again") == served.digest()
    types = server.run(
        "SELECT data_type FROM information_schema.columns WHERE table_schema = 'whole' "
        "AND table_name = 'invoices' AND column_name IN ('total', 'due_on', 'due_at') "
        "ORDER BY column_name",
        database="duetrail",
    )
    assert types == [("timestamp without time zone",), ("date",), ("numeric",)]


def test_a_target_that_is_killed_is_given_the_rest(
    served: Company, server: PostgresServer, tmp_path: Path
) -> None:
    """It goes on from the state it had said, none here, and has everything once."""
    pipe = into_postgres(served, tmp_path, server, "killed", batch_size_rows=20)

    def has_some() -> bool:
        tables = server.run(
            "SELECT 1 FROM pg_tables WHERE schemaname = 'killed' AND tablename = 'invoices'",
            database="duetrail",
        )
        return bool(tables) and bool(
            server.run("SELECT 1 FROM killed.invoices LIMIT 1", database="duetrail")
        )

    pipe.run_until("stuut", has_some)
    assert all(pipe.run(name) for name in served.config.connections)
    assert digest(in_postgres(server, "killed"), tmp_path / "read") == served.digest()


def test_files_have_the_digest_of_the_store(served: Company, tmp_path: Path) -> None:
    """Also in files nothing comes twice: a second run adds nothing."""
    lines = tmp_path / "lines"
    lines.mkdir()
    target = tools("jsonl") / "target-jsonl"
    pipe = Pipe(served, tmp_path, target, destination_path=str(lines), do_timestamp_file=False)
    for _ in range(2):
        for name in served.config.connections:
            pipe.run(name)
    rows = {
        file.stem: [json.loads(line, parse_float=Decimal) for line in file.read_text().splitlines()]
        for file in lines.iterdir()
    }
    assert digest(rows, tmp_path / "read") == served.digest()


def test_values_that_are_easily_spoiled(server: PostgresServer, tmp_path: Path) -> None:
    """Long numbers, odd texts and any JSON are the same in a database."""
    messages = tmp_path / "messages.jsonl"
    with odd_project(tmp_path) as project, messages.open("wb") as file:
        changed = Replication(project, "stuut").changed
        encode = msgspec.json.Encoder(decimal_format="number").encode
        for one in singer.messages(changed, singer.selection(None), {}):
            file.write(encode(one) + b"\n")
        into_postgres(None, tmp_path, server, "odd").load(messages)
        assert digest(in_postgres(server, "odd"), tmp_path / "read") == digest_of(project.store)


def test_a_store_on_a_server_is_passed_on_alike(
    served: Company, server: PostgresServer, tmp_path: Path
) -> None:
    """From PostgreSQL comes what comes from SQLite, and nothing with the last state."""
    duetrail = [TAP.with_name("duetrail"), "--config", served.path, "--store", server.new_url()]
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for name in served.config.connections:
        first = said(*duetrail, "singer", name)
        for one in first:
            if one["type"] == "RECORD":
                rows[one["stream"]].append(one["record"])
        state = tmp_path / "state.json"
        state.write_text(json.dumps(first[-1]["value"]))
        again = said(*duetrail, "singer", name, "--state", state)
        assert {one["type"] for one in again} == {"SCHEMA", "STATE"}
    assert digest(rows, tmp_path / "read") == served.digest()


def said(*command: str | Path) -> list[dict[str, Any]]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_example_of_the_page(served: Company, tmp_path: Path) -> None:
    """It runs as it stands: the second run adds nothing."""
    (tmp_path / "duetrail.toml").write_text(served.path.read_text())
    programs = f"{TAP.parent}:{tools('jsonl')}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example("Singer", "sh")],
        cwd=tmp_path,
        env={**os.environ, "PATH": programs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for file in tmp_path.glob("invoices-*") for line in file.read_text().splitlines()]
    assert len(lines) == served.count("stuut", "invoices")
