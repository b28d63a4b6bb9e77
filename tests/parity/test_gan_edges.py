"""Borders between instances against stored edge maps."""

import numpy as np
import pytest

from course_lib.data import labels
from tests.parity.fixtures_folder import fixture_files


@pytest.mark.parametrize("path", fixture_files("gan_labels_edges*.npz"), ids=lambda path: path.stem)
def test_edges_are_theirs_pixel_by_pixel(path):
    with np.load(path) as stored:
        instances, expected = stored["inst"][:, 0], stored["edge"][:, 0]
    assert 0 < expected.mean() < 1
    np.testing.assert_array_equal(labels.edges(instances), expected)
