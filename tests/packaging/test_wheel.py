"""What is installed from a built wheel works by itself, without the repository around it."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = (
    "nanie_actors/py.typed",
    "nanie_actors/samples/mia.txt",
    "nanie_actors/web/assets/index.html",
    "nanie_actors/web/assets/page/page.js",
    "nanie_actors/web/assets/page/page.css",
    "nanie_actors/web/assets/page/icon.svg",
    "nanie_actors/web/assets/picture/picture.js",
    "nanie_actors/web/assets/picture/picture.css",
)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an empty environment with the wheel; what it needs is lent from here, we are not."""
    home = tmp_path_factory.mktemp("empty")
    venv.create(home, with_pip=False, symlinks=True)
    packages = next((home / "lib").glob("python*")) / "site-packages"
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--no-deps"]
    subprocess.run([*install, "--no-index", "--quiet", str(wheel)], check=True, timeout=120)
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "lent.pth").write_text("\n".join(lent) + "\n", "utf-8")
    return home / "bin"


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installed / "nanie"), *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_the_wheel_holds_all_that_is_no_python_too(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert set(NEEDED) <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "chaos/"))]
    assets = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/nanie_actors/web/assets").rglob("*")
        if path.is_file()
    }
    assert assets <= names


def test_it_runs_where_the_repository_is_not(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [str(installed / "python"), "-c", "import nanie_actors; print(nanie_actors.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    ).stdout
    assert str(installed.parent) in where
    version = run(installed, tmp_path, "--version")
    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("nanie ")


def test_the_demo_plays_its_samples(installed: Path, tmp_path: Path) -> None:
    played = run(installed, tmp_path, "demo")
    assert played.returncode == 0, played.stderr
    assert "Mia at home" in played.stdout


def test_a_timeline_is_exported_with_its_picture(installed: Path, tmp_path: Path) -> None:
    chat = tmp_path / "WhatsApp Chat with Family.txt"
    chat.write_text("21/03/2026, 07:05 - Nora: fed 120 ml\n", "utf-8")
    row = '{"id":"1","conversation_id":"a","content":{"action":"LIST_GROUPS"}}\n'
    worker = subprocess.run(
        [str(installed / "nanie"), "run", "--router", "stdio", "--whatsapp", f"replay:{chat}"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        input=row,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert worker.returncode == 0, worker.stderr
    assert '"Family"' in worker.stdout
