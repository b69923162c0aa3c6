"""Properties of neurons in words are what neurons can be grouped by."""

from sysid.neuron_property import shared_words, stored_words
from sysid.recording import Neuron


def make(*properties):
    return tuple(Neuron(str(number), properties=each) for number, each in enumerate(properties))


def test_words_that_neurons_share_are_kept_in_the_order_of_the_neurons():
    neurons = make({"area": "V1"}, {"area": "LM"}, {"area": "V1"})
    assert shared_words(neurons) == {"area": ["V1", "LM", "V1"]}


def test_numbers_and_words_that_no_two_neurons_share_make_no_groups():
    neurons = make({"depth": 1.0, "name": "a"}, {"depth": 1.0, "name": "b"}, {"name": "c"})
    assert shared_words(neurons) == {}


def test_a_neuron_without_the_property_has_an_empty_word():
    neurons = make({"type": "alpha"}, {}, {"type": 3.0}, {"type": " alpha\n"})
    assert shared_words(neurons) == {"type": ["alpha", "", "", "alpha"]}


def test_words_are_read_from_what_a_run_says_of_its_sessions():
    left = {"neurons": ["a", "b"], "properties": {"area": ["V1", ""]}}
    right = {"neurons": ["a"], "properties": {"area": ["LM"], "type": ["x"]}}
    found = stored_words({"sessions": {"left": left, "right": right}})
    assert found == {"area": {("left", "a"): "V1", ("right", "a"): "LM"}, "type": {("right", "a"): "x"}}


def test_a_run_of_an_earlier_version_has_no_words():
    assert stored_words({"sessions": {"left": {"neurons": ["a"]}}}) == {}
