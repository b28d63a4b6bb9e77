"""Notebooks run from top to bottom, are stored tidily, and their flaws are named."""

import copy
import json
import os
from pathlib import Path

import pytest

from course_lib.publishing import notebooks

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def prose(source):
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": source}


def code(source, *outputs, tags=(), count=None):
    metadata = {"tags": list(tags)} if tags else {}
    cell = {"cell_type": "code", "id": "", "metadata": metadata, "source": source}
    return {**cell, "outputs": list(outputs), "execution_count": count}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(data, metadata=None):
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def notebook(*cells):
    """Cells with ids c0, c1...; code cells that show something count as run in order."""
    cells, run = [copy.deepcopy(cell) for cell in cells], 0
    for position, cell in enumerate(cells):
        cell["id"] = f"c{position}"
        if cell["cell_type"] == "code" and cell["outputs"] and cell["execution_count"] is None:
            run += 1
            cell["execution_count"] = run
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def stored(folder, *cells, name="11_blur.ipynb"):
    path = folder / name
    path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
    return path


def outputs(executed):
    return [output for cell in executed["cells"] for output in cell.get("outputs", [])]


def test_a_notebook_runs_in_its_own_folder_and_keeps_its_outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_LEDGER", str(tmp_path / "learner.json"))
    (tmp_path / "beside.txt").write_text("from beside")
    path = stored(
        tmp_path,
        prose("# Title\n\n## Setup"),
        code("import os, pathlib\nprint(open('beside.txt').read())"),
        prose("## Predict"),
        code("_ = pathlib.Path(os.environ['COURSE_LEDGER']).write_text('a guess')"),
        code("import ipywidgets\nipywidgets.IntSlider()"),
    )
    calls = []
    executed = notebooks.run(path, progress=lambda *call: calls.append(call))
    assert calls == [(0, 3, "Setup"), (1, 3, "Predict"), (2, 3, "Predict"), (3, 3, "")]
    on_disk = json.loads(path.read_text(encoding="utf-8"))
    assert [cell["id"] for cell in on_disk["cells"]] == ["c0", "c1", "c2", "c3", "c4"]
    assert on_disk["cells"][1]["outputs"][0]["text"] == ["from beside\n"]
    assert [cell.get("execution_count") for cell in on_disk["cells"]] == [None, 1, None, 2, 3]
    assert on_disk["metadata"]["kernelspec"]["display_name"] == "Python 3"
    assert "version" not in on_disk["metadata"]["language_info"]
    assert "widgets" not in on_disk["metadata"]
    assert outputs(executed)[-1]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] == ""
    assert not (tmp_path / "learner.json").exists()
    assert sorted(os.listdir(tmp_path)) == ["11_blur.ipynb", "beside.txt"]
    assert notebooks.problems(path) == []


def test_a_failing_cell_is_named_and_the_file_stays_as_it_was(tmp_path):
    path = stored(tmp_path, code("x = 1"), code("\nanswer = x / 0\nprint(answer)"), code("open('late', 'w')"))
    before = path.read_bytes()
    with pytest.raises(
        RuntimeError, match=r"11_blur\.ipynb stopped in cell 2 \(id c1\), which begins `answer = x / 0`"
    ) as e:
        notebooks.run(path)
    assert "ZeroDivisionError: division by zero" in str(e.value)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["11_blur.ipynb"]


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    path = stored(tmp_path, code("import time\ntime.sleep(60)"))
    with pytest.raises(RuntimeError, match="cell 1 .* longer than 1 s"):
        notebooks.run(path, timeout=1)


def test_a_cell_that_ends_python_is_named(tmp_path):
    path = stored(tmp_path, code("import os\nos._exit(3)"))
    with pytest.raises(RuntimeError, match="cell 1 .* Python ended"):
        notebooks.run(path)


def test_a_trial_run_writes_nothing(tmp_path):
    path = stored(tmp_path, code("print(6 * 7)"))
    before = path.read_bytes()
    assert outputs(notebooks.run(path, write=False)) == [stream("42\n")]
    assert path.read_bytes() == before


def test_what_is_no_notebook_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing.ipynb"):
        notebooks.run(tmp_path / "missing.ipynb")
    (tmp_path / "text.ipynb").write_text("# not JSON")
    with pytest.raises(ValueError, match="text.ipynb is no notebook: not valid JSON"):
        notebooks.problems(tmp_path / "text.ipynb")
    (tmp_path / "old.ipynb").write_text('{"nbformat": 3, "worksheets": []}')
    with pytest.raises(ValueError, match="version 4"):
        notebooks.run(tmp_path / "old.ipynb")


def test_normalising_drops_what_changes_from_run_to_run():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "5f3a", "version_major": 2}}
    raw = notebook(code("x", stream("\x1b[31mred\x1b[0m "), stream("and more"), shown(view), count=1))
    raw["metadata"] = {
        "kernelspec": {"display_name": "my env", "language": "python", "name": "env7"},
        "language_info": {"name": "python", "version": "3.11.7"},
        "widgets": {"state": {"5f3a": {}}},
    }
    raw["cells"][0]["metadata"] = {
        "execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"},
        "tags": ["keep"],
    }
    before = copy.deepcopy(raw)
    tidy = notebooks.normalise(raw)
    assert raw == before
    assert outputs(tidy)[0] == stream("red and more")
    assert outputs(tidy)[1]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] == ""
    assert tidy["cells"][0]["metadata"] == {"tags": ["keep"]}
    assert tidy["metadata"]["kernelspec"] == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    assert "5f3a" not in json.dumps(tidy) and "3.11.7" not in json.dumps(tidy)


def test_normalising_twice_is_normalising_once():
    raw = notebook(
        prose("# Title"), code("x", stream("a"), stream("b", "stderr"), stream("c", "stderr"), count=1)
    )
    del raw["cells"][0]["id"]
    once = notebooks.normalise(raw)
    assert notebooks.normalise(once) == once
    assert once["cells"][0]["id"] == notebooks.normalise(raw)["cells"][0]["id"]
    assert once["cells"][1]["id"] == "c1"


FINE = [
    prose(
        "# A title\n\nA road/home, ~/.local/share, $K:\\mathbb{R}\\to 1$ and ![a blurred street](street.png)"
    ),
    code(
        "restored", shown({"image/png": PIXEL, "text/plain": "A street"}, {"image/png": {"alt": "A street"}})
    ),
    code("frames", shown({"text/html": "<img src='data:image/png;base64,AA/home/AA/tmp/AA'>"})),
]
FLAWS = {
    "text on stderr": code("x", stream("UserWarning: no", "stderr")),
    "an absolute path in its output: /home/ada/x.png": code("x", stream("saved /home/ada/x.png")),
    "an absolute path: /Users/ada": code("open('/Users/ada')", stream("x")),
    "an absolute path in its output: /tmp/run_1": code("x", shown({"text/plain": "'/tmp/run_1'"})),
    "an absolute path: C:\\data": code("path = r'C:\\data'", stream("x")),
    "an error is stored: ValueError: no": code(
        "x", {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["ValueError: no"]}
    ),
    "never run": code("x = 1"),
    "run as number 7 where 3 was due": code("x = 1", count=7),
    "an empty code cell": code("\n"),
    "no stored output to compare": code("x = 1", count=3, tags=["nbval-check-output"]),
    "26 lines of code": code("\n".join(f"x = {i}" for i in range(26)), stream("x")),
    "f has 16 lines": code("def f(x):\n" + "    x += 1\n" * 15, stream("x")),
    "A has 17 lines": code("class A:\n    def f(x):\n" + "        x += 1\n" * 15, stream("x")),
    "a trailing ';'": code("plot(x);\n# done", stream("x")),
    "a picture without text": prose("![](street.png)"),
    "a picture without text; write": prose('<img src="street.png" width="3">'),
    "a figure without text": code("x", shown({"image/png": PIXEL})),
    "a figure without text;": code("x", shown({"image/png": PIXEL}, {"image/png": {"alt": " "}})),
    "an outside host in its output: src=//cdn.example": code(
        "x", shown({"text/html": "<script src=//cdn.example/x>"})
    ),
    "an outside host in its output: <link": code(
        "x", shown({"text/html": '<link rel="stylesheet" href="https://fonts.example/css">'})
    ),
    "an outside host: --index-url": code("!pip install --index-url x.example y", stream("x")),
    "a training log": code("x", stream("Epoch 1/3\n8/8 - 0s 3ms/step - loss: 0.1")),
}


def test_a_notebook_without_flaws_has_no_problems(tmp_path):
    assert notebooks.problems(stored(tmp_path, *FINE)) == []


@pytest.mark.parametrize("complaint", FLAWS)
def test_each_flaw_is_found_where_it_is(tmp_path, complaint):
    found = notebooks.problems(stored(tmp_path, *FINE, FLAWS[complaint]))
    assert all(problem.startswith("11_blur.ipynb, cell 4 (id c3): ") for problem in found)
    assert any(complaint in problem for problem in found)


def test_an_error_on_purpose_is_no_problem(tmp_path):
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["ValueError: no"]}
    assert notebooks.problems(stored(tmp_path, code("blur(x)", error, tags=["raises-exception"]))) == []


def test_missing_and_repeated_ids_are_found(tmp_path):
    whole = notebook(prose("a"), prose("b"), prose("c"))
    del whole["cells"][0]["id"]
    whole["cells"][2]["id"] = "c1"
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(whole))
    assert [problem.split(": ")[0] for problem in notebooks.problems(path)] == [
        "x.ipynb, cell 1 (id missing)",
        "x.ipynb, cell 3 (id c1)",
    ]


def test_long_cells_in_the_median_are_found(tmp_path):
    seven = code("x = 1\n\n" * 7, stream("x"))
    assert notebooks.problems(stored(tmp_path, seven, seven, code("x", stream("x")))) == [
        "11_blur.ipynb: the median code cell has 7 lines; at most 6"
    ]
    six = code("x = 1\n\n" * 6, stream("x"))
    assert notebooks.problems(stored(tmp_path, seven, six, six)) == []


def test_four_silent_cells_in_a_row_are_found_and_three_are_not(tmp_path):
    silent = [code(f"x = {i}", count=i + 1) for i in range(4)]
    assert notebooks.problems(stored(tmp_path, *silent[:3], code("x", stream("1"), count=4))) == []
    assert notebooks.problems(stored(tmp_path, *silent)) == [
        "11_blur.ipynb, cell 1 (id c0): more than 3 code cells in a row show nothing"
    ]


def test_a_notebook_over_one_megabyte_is_found(tmp_path):
    alt = {"image/png": {"alt": "noise"}}
    path = stored(tmp_path, code("x", shown({"image/png": "A" * 1_000_000}, alt)))
    assert [problem for problem in notebooks.problems(path) if "MB" in problem] == [
        "11_blur.ipynb: 1.00 MB; at most 1: store fewer pictures"
    ]


def test_check_lists_the_problems_of_all_notebooks(tmp_path):
    (tmp_path / "1_blur").mkdir()
    stored(tmp_path / "1_blur", code("x = 1"), name="11_a.ipynb")
    stored(tmp_path, code("y = 1;", stream("1")), name="00_b.ipynb")
    with pytest.raises(ValueError, match="received 2 problems") as e:
        notebooks.check(tmp_path)
    assert [line.split(",")[0] for line in str(e.value).splitlines()[1:]] == ["- 00_b.ipynb", "- 11_a.ipynb"]


def test_check_returns_the_notebooks_in_teaching_order(tmp_path):
    for place in (
        "1_blur/11_a",
        "60_table",
        "1_blur/.ipynb_checkpoints/11_a-checkpoint",
        "00_start",
        "2_gan/21_b",
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        stored((tmp_path / place).parent, *FINE, name=Path(place).name + ".ipynb")
    names = [path.stem for path in notebooks.check(tmp_path)]
    assert names == ["00_start", "11_a", "21_b", "60_table"]
    assert notebooks.check([tmp_path / "00_start.ipynb"]) == [tmp_path / "00_start.ipynb"]


def test_check_demands_at_least_one_notebook(tmp_path):
    with pytest.raises(ValueError, match="at least one notebook"):
        notebooks.check(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        notebooks.check(tmp_path / "nowhere")
