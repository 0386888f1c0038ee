"""`duetrail spark bundle`: one file, where no package of ours can be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from duetrail.cli import main
from duetrail.engines.spark.bundle import bundle
from duetrail.errors import PluginError
from support.engine_company import Company
from support.engines import engine

pytestmark = pytest.mark.timeout(900)  # a session on a busy machine takes its time

ROOT = Path(__file__).parents[3]

# Hides what is installed from this folder, in every process that has it on its path.
HIDING = """
import sys
sys.path[:] = [place for place in sys.path if not place.startswith({root!r} + "/core")
               and not place.startswith({root!r} + "/plugins")]
"""

PROGRAM = """
import importlib.util
import sys

assert importlib.util.find_spec("duetrail") is None
assert importlib.util.find_spec("duetrail_stuut") is None
sys.path.insert(0, sys.argv[2])
from spark_session import session

spark = session("local[2]")
import stuut_source

spark.dataSource.register(stuut_source.DuetrailSource)
options = {"connection": "stuut", "config": sys.argv[1]}
df = spark.read.format("duetrail").options(table="invoices", **options).load()
print("invoices", df.count())
stream = spark.readStream.format("duetrail").options(table="invoices", **options).load()
query = (
    stream.writeStream.format("memory").queryName("streamed")
    .trigger(availableNow=True).start()
)
query.awaitTermination()
print("streamed", spark.table("streamed").count())
spark.stop()
"""


def test_it_is_all_that_is_needed(served: Company, tmp_path: Path) -> None:
    """Where Duetrail is not installed, a file beside the program is the data source."""
    engine("pyspark")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HIDING.format(root=str(ROOT)))
    (tmp_path / "stuut_source.py").write_text(bundle(["stuut"]))
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    support = ROOT / "tests" / "support"
    done = subprocess.run(
        [sys.executable, program, str(served.path), str(support)],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    count = served.count("stuut", "invoices")
    assert done.stdout == f"invoices {count}\nstreamed {count}\n", done.stderr[-3000:]


def test_the_same_files_make_the_same_bundle() -> None:
    """It can be compared, and it says what it holds and needs."""
    text = bundle(["stuut"])
    assert text == bundle(["stuut"])
    assert CliRunner().invoke(main, ["spark", "bundle", "stuut"]).output == text
    assert "with stuut " in text.splitlines()[0]
    assert "msgspec" in text.partition("import base64")[0]


def test_a_plugin_that_is_not_there() -> None:
    """It is told, with those that are."""
    with pytest.raises(PluginError, match="no plugin 'stuud'"):
        bundle(["stuud"])
