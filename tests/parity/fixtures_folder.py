"""Where the numbers of the original implementations lie."""

import os
import pathlib


def fixture_files(pattern):
    """List the fixture files that fit a pattern; a test parametrised over none of them is skipped.

    Args:
        pattern: glob pattern such as "gan_metrics*.npz".

    Returns:
        sorted list of paths in the folder named by COURSE_FIXTURES, or in tests/parity/fixtures.

    Raises:
        FileNotFoundError: COURSE_FIXTURES names no folder.
    """
    folder = pathlib.Path(os.environ.get("COURSE_FIXTURES") or pathlib.Path(__file__).parent / "fixtures")
    if not folder.is_dir():
        raise FileNotFoundError(f"fixture_files() needs a folder; COURSE_FIXTURES is {str(folder)!r}.")
    return sorted(folder.glob(pattern))
