"""The JavaScript: joined into valid modules, pure parts tested by Node.js, nothing from a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from widgets import assets

STATIC = assets.STATIC
VIEWS = sorted(
    path.name
    for path in STATIC.glob("*.js")
    if "export default { render };" in path.read_text(encoding="utf-8")
)


def node() -> str:
    """Node.js, which tests need and users do not."""
    found = shutil.which("node") or shutil.which("nodejs")
    assert found, "Node.js is needed for this test (users do not need it). On Debian: apt-get install nodejs"
    return found


def test_there_is_a_module_for_every_view() -> None:
    assert {"status.js", "leaderboard.js", "curves.js", "columns.js", "code.js"} <= set(VIEWS)


@pytest.mark.parametrize("name", VIEWS)
def test_a_joined_module_stands_alone(name: str) -> None:
    text = assets.module(name)
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]
    assert len(text.encode()) < 40_000
    checked = subprocess.run(
        [node(), "--check", "--input-type=module", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_every_script_is_checked_and_reaches_nothing_outside() -> None:
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".js":
            assert text.startswith("// @ts-check\n"), path.name
        outside = [
            url for url in re.findall(r"https?://[^\s\"')]+", text) if url != "http://www.w3.org/2000/svg"
        ]
        assert not outside, f"{path.name} names {outside}"


def test_clashing_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.js").write_text("// @ts-check\nexport function twice() {}\n")
    (tmp_path / "v.js").write_text(
        '// @ts-check\nimport { twice as other } from "./a.js";\n'
        "function twice() {}\nexport default { render };\n"
    )
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    with pytest.raises(ValueError, match=r"v\.js and a\.js both name `twice`"):
        assets.module.__wrapped__("v.js")


def test_a_module_that_is_no_view_is_refused() -> None:
    with pytest.raises(ValueError, match=r"feed\.js must end in"):
        assets.module("feed.js")


def test_the_pure_modules_pass_their_own_tests() -> None:
    tests = sorted(str(path) for path in Path(__file__).parent.glob("*.test.mjs"))
    result = subprocess.run([node(), "--test", *tests], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
