"""The project as it is handed out, built from a copy of what is kept of it, with what is installed here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
BUILD_SDIST = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as one archive. A copy is built, so that nothing is left beside the sources."""
    folder = tmp_path_factory.mktemp("sdist")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            target = folder / "tree" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    litter = folder / "tree" / "tests" / "__pycache__" / "left.cpython-311.pyc"
    litter.parent.mkdir()
    litter.write_bytes(b"what a run of the tests leaves")
    build = [sys.executable, "-c", BUILD_SDIST, str(folder)]
    subprocess.run(build, cwd=folder / "tree", check=True, timeout=120, capture_output=True)
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the archive of the sources, without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    build = [sys.executable, "-m", "pip", "wheel", *options, str(sdist)]
    subprocess.run(build, check=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def script() -> Iterator[ModuleType]:
    """config/runtime_packages.py: what is installed with us, and for which extra."""
    spec = spec_from_file_location("runtime_packages", ROOT / "config" / "runtime_packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
