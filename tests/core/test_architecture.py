"""The architecture: which part may know which, and what they offer."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import duetrail

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "duetrail"
MODULES = sorted(CORE.rglob("*.py"))
PACKAGES = [
    ".".join(file.parent.relative_to(CORE.parent).parts)
    for file in MODULES
    if file.name == "__init__.py" and "template" not in file.parts
]

SQL = re.compile(r"(?:\A|\()\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA)\s")

# In pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    "".join(parts)
    for parts in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("crates", ".io"),
        ("ruby", "gems.org"),
        ("ana", "conda.org"),
        ("proxy.", "golang.org"),
    )
]


@pytest.fixture(scope="module")
def tracked():
    """The files of the project, as git knows them."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_imports_run_downwards_without_a_circle():
    """Arrows run downwards, there is no circle, and nobody knows a vendor."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names(name):
    """A package's public list is sorted and true: constants, classes, functions."""
    if name == "duetrail.stores.postgres":
        pytest.importorskip("psycopg", reason="the extra postgres is not installed here")
    package = importlib.import_module(name)
    names = getattr(package, "__all__", [])
    assert names == sorted(set(names), key=lambda n: (not n.isupper(), n))
    assert all(hasattr(package, one) for one in names)


def test_one_name_one_thing():
    """`duetrail.sync` is the function, the first time and ever after."""
    code = "import duetrail\nfor _ in range(2): print(duetrail.sync.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sync", "sync"]


def test_no_other_names():
    """A name the package does not have is an ordinary AttributeError."""
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = duetrail.colour


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(CORE)))
def test_no_vendor(module):
    """No module of the core imports a vendor's, in any way, at any time."""
    tree = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    named = {
        name
        for node in tree
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not [name for name in named if name.startswith("duetrail_")]


def _holds_sql(file: Path) -> bool:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return any(isinstance(text, str) and SQL.search(text) for text in texts)


def test_sql_is_the_stores():
    """No module of the core outside `stores` holds SQL, nor does one of a plugin or an example."""
    others = [module for module in MODULES if "stores" not in module.relative_to(CORE).parts]
    core = {str(module.relative_to(CORE)) for module in others if _holds_sql(module)}
    assert core == set()
    shown = [*ROOT.glob("plugins/*/duetrail_*/**/*.py"), *ROOT.glob("docs/examples/**/*.py")]
    assert [str(file) for file in shown if _holds_sql(file)] == []


@pytest.mark.parametrize(
    ("code", "is_sql"),
    [
        ('"SELECT 1"', True),
        ('f"SELECT {name} FROM calls"', True),
        ('"id IN (SELECT value FROM json_each(?))"', True),
        ('"""\n  UPDATE calls SET id = 1"""', True),
        ('"DELETE"', False),
        ('"Select one, then DELETE it."', False),
    ],
)
def test_sql_is_recognised(tmp_path, code, is_sql):
    """A statement is one at the beginning of a text, or of a part in parentheses."""
    file = tmp_path / "module.py"
    file.write_text(code, encoding="utf-8")
    assert _holds_sql(file) is is_sql


def test_no_file_names_the_host_of_a_package_registry(tracked):
    """No file names the host of a package registry: what is installed from where is no code."""
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in tracked
        for word in REGISTRIES
        if word.encode() in file.read_bytes().lower()
    ]
    assert found == []
