"""Tiles stand where the published evaluation scripts put them."""

import json

import pytest

from course_lib.inference import tiles
from tests.parity.fixtures_folder import fixture_files


@pytest.mark.parametrize("path", fixture_files("nas_hinas_protocol*.json"), ids=lambda path: path.stem)
def test_tiles_stand_where_the_scripts_put_them(path):
    stored = json.loads(path.read_text())
    tile = stored["crop_size"]
    assert stored["tiles"]
    for case in stored["tiles"]:
        # In the final evaluation tiles share a quarter, in the validation while searching nothing.
        for script, step in (("final_eval", tile * 3 // 4), ("search_val", tile)):
            for axis, length in (("x", case["width"]), ("y", case["height"])):
                assert tiles.strided(length, tile, step) == case[script][axis]
