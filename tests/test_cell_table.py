"""Tables of one neuron a row are found among what analyses left."""

import pytest

from sysid.atomic import write_json
from sysid.cell_table import as_numbers, cell_columns
from sysid.finished_run import read_finished
from tests.report_run import add_findings, make_run


def read(tmp_path, text, name="cells.csv", sessions=None):
    folder = make_run(tmp_path, "ln")
    if sessions is not None:
        write_json(folder.run_file, folder.information() | {"sessions": sessions})
    tables = [{"file": name, "caption": "one neuron a row"}]
    place = add_findings(folder.path / "analyses", "look", [folder], tables=tables)
    (place / name).write_text(text, encoding="utf-8")
    return cell_columns(read_finished(folder))


def test_columns_are_named_by_their_analysis_and_hold_what_stands_there(tmp_path):
    found = read(tmp_path, "neuron,polarity,size\na,ON,1.5\nc,,2\n")
    assert found == {
        "look.polarity": {("retina", "a"): "ON"},
        "look.size": {("retina", "a"): "1.5", ("retina", "c"): "2"},
    }


def test_words_do_not_count_where_a_reason_says_that_nothing_was_found(tmp_path):
    found = read(tmp_path, "neuron,polarity,size,reason\na,ON,1,\nb,OFF,2,too few spikes\n")
    assert found["look.polarity"] == {("retina", "a"): "ON"}
    assert found["look.size"] == {("retina", "a"): "1", ("retina", "b"): "2"}
    assert found["look.reason"] == {("retina", "b"): "too few spikes"}


@pytest.mark.parametrize(
    "text",
    [
        "neuron,lag,size\na,0,1\na,1,2\n",  # two rows of one neuron
        "neuron,size\na,1\nnobody,2\n",
        "subunit,size\na,1\n",
        "neuron,size\n",
        "",
    ],
)
def test_a_table_whose_rows_are_not_one_neuron_each_has_no_columns(tmp_path, text):
    assert read(tmp_path, text) == {}


def test_a_table_that_is_gone_or_no_text_has_no_columns(tmp_path):
    folder = make_run(tmp_path, "ln")
    tables = [{"file": name, "caption": "gone"} for name in ("gone.csv", "broken.csv")]
    place = add_findings(folder.path / "analyses", "look", [folder], tables=tables)
    (place / "broken.csv").write_bytes(b"neuron\n\xff\xff\n")
    assert cell_columns(read_finished(folder)) == {}


SHOWN = {"frame_shape": [1, 5, 4], "frame_rate_hz": 30.0, "bins": {}}
SESSIONS = {"left": SHOWN | {"neurons": ["a", "b"]}, "right": SHOWN | {"neurons": ["a"]}}


def test_of_several_sessions_a_column_tells_which(tmp_path):
    found = read(tmp_path, "session,neuron,size\nleft,a,1\nright,a,2\n", sessions=SESSIONS)
    assert found == {"look.size": {("left", "a"): "1", ("right", "a"): "2"}}


def test_of_several_sessions_the_name_of_the_file_tells_which(tmp_path):
    found = read(tmp_path, "neuron,size\na,2\n", name="right_cells.csv", sessions=SESSIONS)
    assert found == {"look.size": {("right", "a"): "2"}}


def test_of_several_sessions_a_table_that_names_none_is_left_out(tmp_path):
    assert read(tmp_path, "neuron,size\na,2\n", sessions=SESSIONS) == {}


def test_a_column_with_any_word_in_it_is_not_one_of_numbers():
    assert as_numbers({("s", "a"): "1", ("s", "b"): "-2e3"}) == {("s", "a"): 1.0, ("s", "b"): -2000.0}
    assert as_numbers({("s", "a"): "1", ("s", "b"): "ON"}) == {}
