"""Which Pulumi runs: the one on PATH, one that is kept, one that is downloaded or built."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from pulumi.automation import ConfigValue, PulumiCommand

from emulator.engine import Engine, NoEngineError, command, pulumi_command, yaml_host
from tests.engine.conftest import Edit


def fake_pulumi(folder: Path, version: str) -> Path:
    """A program that says it is Pulumi."""
    binary = folder / "bin" / "pulumi"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho v{version}\n")
    binary.chmod(0o755)
    return binary


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Pulumi or Go, off the internet; the folder its cache will be in."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def unreachable(*arguments: object) -> None:
        raise OSError("get.pulumi.com cannot be reached")

    monkeypatch.setattr(PulumiCommand, "install", unreachable)
    return tmp_path / "cache"


def test_a_new_enough_pulumi_on_path_is_used(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = fake_pulumi(tmp_path / "new", "3.999.0")
    monkeypatch.setenv("PATH", str(binary.parent), prepend=os.pathsep)
    assert pulumi_command().command == str(binary)


def test_an_old_one_is_passed_over_for_the_one_that_is_kept(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = fake_pulumi(tmp_path / "old", "3.1.0")
    kept = fake_pulumi(bare / "orderflow" / "pulumi" / command.VERSION, command.VERSION)
    (kept.parent.parent / "pulumi.sha256").write_text(hashlib.sha256(kept.read_bytes()).hexdigest())
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    assert pulumi_command().command == str(kept)
    assert f"pulumi is Pulumi 3.1.0, older than {command.MINIMUM}" in " ".join(capsys.readouterr().err.split())


def test_one_that_is_not_what_was_kept_is_got_again(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fake_pulumi(bare / "orderflow" / "pulumi" / command.VERSION, command.VERSION)
    whole = kept.read_bytes()
    (kept.parent.parent / "pulumi.sha256").write_text(hashlib.sha256(whole).hexdigest())
    kept.write_text("#!/bin/sh\n")
    monkeypatch.setattr(command, "_build", lambda root: (root / "bin" / "pulumi").write_bytes(whole))
    assert pulumi_command().command == str(kept)
    monkeypatch.delattr(command, "_build")
    assert pulumi_command().command == str(kept), "found again"


def test_what_runs_yaml_is_the_one_on_path_or_the_one_that_came_with_pulumi(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = fake_pulumi(tmp_path / "new", "3.999.0")
    monkeypatch.setenv("PATH", str(binary.parent), prepend=os.pathsep)
    with pytest.raises(NoEngineError, match="there is no Go to build it with"):
        yaml_host()
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "pulumi").symlink_to(binary)
    monkeypatch.setenv("PATH", str(tmp_path / "beside"), prepend=os.pathsep)
    host = binary.with_name("pulumi-language-yaml")
    host.touch()
    assert yaml_host() == binary.parent
    downloaded = fake_pulumi(bare / "orderflow" / "pulumi" / command.VERSION, command.VERSION)
    (downloaded.parent.parent / "pulumi.sha256").write_text(hashlib.sha256(downloaded.read_bytes()).hexdigest())
    downloaded.with_name(host.name).touch()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path / "tools"))
        assert yaml_host() == downloaded.parent
    other = tmp_path / "tools" / host.name
    other.touch(mode=0o755)
    assert yaml_host() == other.parent


def test_what_runs_yaml_is_built_once_and_again_if_it_is_not_what_was_built(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def compiled(package: str, target: Path, linking: str, said: str) -> None:
        built.append(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("whole")

    monkeypatch.setattr(command, "_compile", compiled)
    monkeypatch.setenv("PATH", str(fake_pulumi(tmp_path / "new", "3.999.0").parent), prepend=os.pathsep)
    folder = yaml_host()
    assert yaml_host() == folder
    (folder / "pulumi-language-yaml").write_text("wh")
    yaml_host()
    assert built == [command.YAML_HOST] * 2


def test_without_any_the_error_says_what_was_tried_and_what_to_install(bare: Path) -> None:
    with pytest.raises(NoEngineError) as missing:
        pulumi_command()
    said = str(missing.value)
    assert "get.pulumi.com cannot be reached" in said
    assert "there is no Go to build it with" in said
    assert "https://www.pulumi.com/docs/install/" in said
    assert "https://go.dev/dl/" in said


def test_a_build_that_fails_leaves_nothing_to_be_taken_for_a_pulumi(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "tools" / "go"
    go.write_text("#!/bin/sh\necho 'disk full' >&2\nexit 1\n")
    go.chmod(0o755)
    with pytest.raises(NoEngineError, match="go build failed: disk full"):
        pulumi_command()
    assert [file.name for file in bare.rglob("*") if file.is_file()] == ["lock"]


def test_off_a_terminal_a_build_says_that_it_goes_on(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build goes on until it has been said twice."""
    heard = tmp_path / "heard"
    go = tmp_path / "tools" / "go"
    go.write_text(f"#!/bin/sh\nwhile ! [ -e {heard} ]; do /bin/sleep 0.01; done\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setattr(command, "SAID_EVERY_SECONDS", 0.02)
    building, still, printed = "building Pulumi", "still building Pulumi", list[str]()

    def listen(text: str, **how: object) -> None:
        printed.append(text)
        if sum(line.startswith(still) for line in printed) == 2:
            heard.touch()

    monkeypatch.setattr(command.console, "print", listen)
    with pytest.raises(NoEngineError, match="go build failed"):
        pulumi_command()
    said = [line for line in printed if "building" in line]
    assert said[0].startswith(f"{building} {command.VERSION} with Go")
    assert all(line.startswith(f"{still} {command.VERSION} with Go, for ") for line in said[1:3])


def test_the_module_that_is_built_is_the_version_that_is_expected() -> None:
    pinned = (command.MODULE / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{command.VERSION}" in pinned
    assert f"github.com/pulumi/pulumi/sdk/v3 v{command.VERSION}" in pinned


def test_the_users_own_pulumi_is_left_alone(
    shared_engine: Engine, edited_small: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    project = edited_small()
    settings = {file: file.read_bytes() for file in project.glob("Pulumi*")}
    stack = shared_engine.stack("qa", project)
    stack.set_config("orderflow:owner", ConfigValue("someone"))
    stack.preview()
    assert not (tmp_path / ".pulumi").exists()
    assert {file: file.read_bytes() for file in project.glob("Pulumi*")} == settings
