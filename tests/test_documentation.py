"""What the documentation points to exists, and what it tells to type is understood."""

import re
from pathlib import Path

import pytest

from serve_app.cli.main import main
from serve_app.config import document

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", TEXTS[page])
    missing = [
        link for link in links if not link.startswith("https://") and not (ROOT / page).parent.joinpath(link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", TEXTS)
def test_every_path_in_the_package_exists(page: str) -> None:
    paths = re.findall(r"(?:serve_app|tests|examples|benchmarks|docs)/[\w./-]*\w", TEXTS[page])
    written = {"serve_app/tasks/my_task.py", "serve_app/replica/engines/my_engine.py", "tests/tasks/test_my_task.py"}
    written |= {"serve_app/ingress/dialects/my_dialect.py"}
    assert [path for path in paths if path not in written and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_and_target_exists(page: str) -> None:
    commands = set(re.findall(r"`?serve-app ([a-z]+)\b", TEXTS[page])) - {"takes"}
    assert commands <= main.commands.keys()
    targets = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", TEXTS[page], re.MULTILINE))
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {one or other for one, other in targets} <= known


def test_every_command_is_in_the_readme() -> None:
    assert [name for name in main.commands if f"serve-app {name}" not in TEXTS["README.md"]] == []


def test_the_config_that_the_readme_explains_is_sound(tmp_path: Path) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", TEXTS["README.md"], re.DOTALL)
    path = tmp_path / "readme.yaml"
    path.write_text(block)
    found = document.read(path)
    assert [model.name for model in found.models] == ["sentiment"]
    assert found.warnings == ()
