"""The command line, called inside this process."""

import sys

import pytest

from course_lib.__main__ import main


@pytest.fixture
def course(monkeypatch, capsys):
    """Call `course ARGUMENTS`; gives (exit code, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["course", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call
