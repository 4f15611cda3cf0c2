"""The documentation keeps step with the code: what it names exists, and what exists is named."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from hipform import errors
from hipform.cli import app
from hipform.exercises.loader import load_all

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "sample_videos/*.md", "models/*.md")
    for page in ROOT.glob(pattern)
)
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")
LARGEST_PICTURE = 300_000


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules() -> list[str]:
    package = ROOT / "src/hipform"
    return sorted(p.relative_to(package).as_posix() for p in package.rglob("*.py") if p.name != "__init__.py")


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Each line of a code block, or code in a line, that calls hipform."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`(hipform [^`]*)`", text)
        for line in lines:
            for part in re.split(r"&&", line.split("#")[0]):
                if part.strip().startswith("hipform "):
                    yield name(page), part.split()[1:]


def described(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words call, and what follows its name."""
    command: Any = typer.main.get_command(app)
    while isinstance(command, TyperGroup) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def command_names(command: Any, before: str = "hipform") -> Iterator[str]:
    if not isinstance(command, TyperGroup):
        yield before
        return
    for child in command.commands.values():
        yield from command_names(child, f"{before} {child.name}")


@pytest.mark.parametrize("module", modules())
def test_every_module_is_placed_in_the_architecture(module: str) -> None:
    room, _, file = module.rpartition("/")
    paragraphs = [p for p in ARCHITECTURE.split("\n\n") if p.startswith(f"**`{room}/`**")]
    assert f"`{module}`" in ARCHITECTURE or any(f"`{file}`" in p for p in paragraphs)


def test_the_architecture_names_no_module_that_is_gone() -> None:
    known = {part for module in modules() for part in (module, module.rpartition("/")[2])}
    known |= {name(path) for path in ROOT.glob("tests/**/*.py")} | {"app.py"}
    named = set(re.findall(r"`([\w/]+\.py)`", ARCHITECTURE))
    assert named <= known | {module.replace("ui/", "", 1) for module in modules()}


def test_the_drawn_layers_are_those_that_are_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    drawn = ARCHITECTURE.split("## The rooms")[1].split("```")[1]
    assert [re.split(r"\s{2,}", line)[0] for line in drawn.strip().splitlines()] == layers


def test_the_error_tree_is_whole() -> None:
    drawn = set(ARCHITECTURE.split("## Errors")[1].split("```")[1].split())
    assert {one for one in vars(errors) if one[0].isupper()} <= drawn


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [c for c in command_names(typer.main.get_command(app)) if c not in text]
    assert [c for c in missing if c != "hipform exercises list"] == []
    assert "`hipform exercises`" in text  # lists them


def test_documented_commands_and_options_exist() -> None:
    seen = 0
    for page, words in command_lines():
        command, rest = described(words)
        options = {flag for p in command.params for flag in (*p.opts, *p.secondary_opts)} | {"--help"}
        unknown = [w for w in rest if w.startswith("--") and w.split("=")[0] not in options]
        if isinstance(command, TyperGroup) and not command.invoke_without_command:
            unknown += [w for w in rest if not w.startswith("--")]
        assert not unknown, f"{page}: hipform {' '.join(words)}"
        seen += 1
    assert seen > 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("https://", "#"))
    }
    assert [name(page) for page in PAGES if page not in linked and page.name != "README.md"] == []


def test_pages_that_the_code_refers_to_exist() -> None:
    decisions = {path.name[:4] for path in (ROOT / "docs/decisions").glob("[0-9]*.md")}
    files = [*ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.toml"), ROOT / "pyproject.toml"]
    for file in files:
        text = file.read_text(encoding="utf-8")
        for number in re.findall(r"docs/decisions/(\d+)", text):
            assert number in decisions, name(file)
        for page in re.findall(r"docs/[\w./-]+\.(?:md|json)", text):
            assert (ROOT / page).exists(), f"{name(file)}: {page}"


def test_the_readme_starts_with_the_commands_that_are_checked() -> None:
    lines = README.splitlines()
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    test_command = 'pip install -e ".[test]" && pytest'
    assert next(line for line in lines if test_command in line) == test_command
    assert test_command in ci
    assert "pip install -e . && hipform demo" in lines
    assert '"$hipform" demo' in ci


def test_every_exercise_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPFORM_HOME", str(tmp_path))
    for exercise in load_all().values():
        assert f"`{exercise.id}.toml`" in ARCHITECTURE
        assert exercise.name.lower() in README


def test_pictures_are_small_and_used() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs/images").iterdir():
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert f"images/{picture.name}" in text, picture.name
