"""The arrows between the packages hold: widgets -> kerasnas -> meta_store, with exactly three doors."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kerasnas", "meta_store", "widgets")
TRANSFER = (
    "meta_store.features",
    "meta_store.similarity",
    "meta_store.portfolio",
    "meta_store.gate",
    "meta_store.surrogate",
)


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every absolute name that a module imports, and whether at module level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(n)
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
        for n in ast.walk(f)
    }
    typing_only = {
        id(n)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for n in ast.walk(branch)
    }
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in inside
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", id(node) not in inside


def uses(path: Path, *prefixes: str) -> list[str]:
    return [n for n, _ in imports(path) if any(n == p or n.startswith(p + ".") for p in prefixes)]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_along_the_arrows(path: Path) -> None:
    package, where = path.relative_to(ROOT).parts[0], path.relative_to(ROOT).as_posix()
    if package == "meta_store":
        assert not uses(path, "kerasnas", "widgets", "keras", "tensorflow", "keras_tuner", "jax")
    if package == "kerasnas":
        if where != "kerasnas/notebook.py":
            assert not uses(path, "widgets", "ipywidgets", "anywidget")
        if not where.startswith("kerasnas/tuner/"):
            assert not uses(path, "keras_tuner")
        if where != "kerasnas/warmstart.py":
            assert not uses(path, *TRANSFER)
        if not where.startswith("kerasnas/backend/"):
            assert not uses(path, "tensorflow", "jax")
    if package == "widgets":
        assert not uses(path, "tensorflow", "keras", "jax", "keras_tuner")


def test_the_door_to_the_widgets_opens_lazily() -> None:
    at_top = [name for name, top in imports(ROOT / "kerasnas" / "notebook.py") if top]
    assert not [name for name in at_top if name.split(".")[0] == "widgets"]


def test_custom_layers_import_keras_only() -> None:
    for path in (ROOT / "kerasnas" / "layers").glob("*.py"):
        if path.name != "__init__.py":
            outside = [
                n
                for n, _ in imports(path)
                if n.split(".")[0] not in ("keras", "__future__", "math", "typing", "collections")
            ]
            assert not outside, f"{path.name} imports {outside}"


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import kerasnas"],
        ["-c", "import kerasnas; kerasnas.Task; kerasnas.Search; kerasnas.Space"],
        ["-m", "kerasnas", "--help"],
    ],
    ids=["import", "public names", "command line"],
)
def test_neither_keras_nor_tensorflow_is_loaded(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in result.stderr.splitlines()
        if "|" in line
    }
    assert not loaded & {"keras", "tensorflow", "jax", "torch", "transformers", "keras_tuner"}


def test_no_machine_is_named_in_the_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    named = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".js", ".ipynb", ".yaml", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            named += [name for part in ("/wo" + "rk/", "/ro" + "ot/") if part in text]
    assert not named
