"""README and site name every room, so that a reader finds it."""

import pathlib

import pytest

import course_lib

ROOT = pathlib.Path(course_lib.__file__).parent
REPOSITORY = ROOT.parent
ROOMS = sorted(
    path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py")) and path.name[0] != "_"
)


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_names_the_room(room):
    assert f"`{room}`" in (REPOSITORY / "README.md").read_text()


@pytest.mark.parametrize("room", sorted(set(ROOMS) - {"commands", "pretrained"}))
def test_the_site_has_a_page_for_the_room(room):
    assert (REPOSITORY / "docs" / "rooms" / f"{room}.md").is_file()


def test_the_top_level_is_what_the_user_fixed():
    fixed = "pyproject.toml notebooks course_lib data_scripts tests mkdocs.yml README.md"
    for name in fixed.split():
        assert (REPOSITORY / name).exists(), name


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_names_no_host(lock):
    text = (REPOSITORY / lock).read_text()
    assert "://" not in text and "index-url" not in text
    assert "--hash=sha256:" in text
