import attrs
import numpy as np
import pytest

from sysid.errors import SysidError
from sysid.recording import Presentation
from tests.conftest import make_presentation, make_recording


def test_responses_longer_than_the_stimulus_are_refused():
    good = make_presentation(frames=10)
    with pytest.raises(
        SysidError, match=r"^movie: responses: expected 9 bins, one per stimulus frame, got 10$"
    ):
        Presentation("movie", good.stimulus[:9], good.responses, good.bin_duration_s[:9])


def test_a_stimulus_with_nan_names_the_first_frame():
    good = make_presentation(frames=10, dtype=np.float32)
    good.stimulus[7, 0, 1, 2] = np.nan
    with pytest.raises(SysidError, match="got NaN or infinity in 1 frames, the first 7"):
        Presentation("movie", good.stimulus, good.responses, good.bin_duration_s)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"train": ((0, 11),)}, "train: expected a range within 10 frames, got 0:11"),
        ({"train": ((0, 5),), "test": ((4, 8),)}, "test: frames 4:8 are in two ranges"),
    ],
)
def test_ranges_must_fit(ranges, message):
    with pytest.raises(SysidError, match=message):
        make_presentation(frames=10, **ranges)


def test_repeats_of_one_stimulus_stay_in_one_part():
    first = make_presentation(name="a", identity="image", train=((0, 40),))
    second = make_presentation(name="b", identity="image", test=((0, 40),))
    with pytest.raises(SysidError, match="image: expected all repeats of one stimulus in one part"):
        make_recording(first, second)


def test_presentations_of_different_size_are_refused():
    with pytest.raises(
        SysidError, match=r"b: stimulus: expected \(channel, height, width\) \(1, 5, 4\) as in a"
    ):
        make_recording(make_presentation(name="a"), make_presentation(name="b", height=6))


def test_wrong_types_and_axes_are_refused():
    good = make_presentation(frames=10)
    with pytest.raises(SysidError, match="stimulus: expected uint8 or float32, got float64"):
        Presentation("m", good.stimulus.astype(float), good.responses, good.bin_duration_s)
    with pytest.raises(SysidError, match=r"responses: expected 3 axes \(repeat, frame, neuron\), got 2"):
        Presentation("m", good.stimulus, good.responses[0], good.bin_duration_s)
    with pytest.raises(SysidError, match="section: expected 10 frames, got 9"):
        Presentation("m", good.stimulus, good.responses, good.bin_duration_s, section=np.zeros(9, int))


BESIDE = np.zeros((40, 2), dtype=np.float32)
NAMES = ("running", "pupil")


def test_behaviour_is_named_by_the_recording_and_may_have_gaps():
    gaps = BESIDE.copy()
    gaps[3, 1] = np.nan
    recording = make_recording(make_presentation(behaviour=gaps), behaviour=NAMES)
    assert recording.behaviour == NAMES
    assert make_recording(make_presentation()).behaviour == ()


@pytest.mark.parametrize(
    ("behaviour", "found"), [(None, "none"), (BESIDE[:, :1], "(40, 1)"), (BESIDE[:, 0], "(40,)")]
)
def test_behaviour_with_other_channels_than_are_named_is_one_line(behaviour, found):
    first, second = (
        make_presentation(name="a", behaviour=BESIDE),
        make_presentation(name="b", behaviour=behaviour),
    )
    with pytest.raises(SysidError) as caught:
        make_recording(first, second, behaviour=NAMES)
    assert str(caught.value) == (
        "b: behaviour: expected (frame, 2 channels: running, pupil), as the recording names them for all "
        f"presentations, got {found}"
    )


def test_behaviour_that_is_not_named_is_one_line():
    with pytest.raises(SysidError) as caught:
        make_recording(make_presentation(), make_presentation(name="b", behaviour=BESIDE))
    assert str(caught.value) == (
        "b: behaviour: expected none, as the recording names no channels of it, got (40, 2)"
    )


def test_an_infinite_response_is_one_line_that_says_where():
    presentation = make_presentation(frames=9)
    responses = presentation.responses.copy()
    responses[1, 7, 2] = -np.inf
    responses[0] = np.nan  # not recorded
    with pytest.raises(SysidError) as error:
        attrs.evolve(presentation, responses=responses)
    assert str(error.value) == (
        "movie: responses: expected finite numbers or NaN (not recorded), got infinity, "
        "first in repeat 1, frame 7, neuron 2"
    )


def test_infinite_behaviour_is_one_line_that_says_where():
    broken = BESIDE.copy()
    broken[7, 1] = -np.inf
    with pytest.raises(SysidError) as caught:
        make_recording(make_presentation(behaviour=broken), behaviour=NAMES)
    assert str(caught.value) == (
        "movie: behaviour: expected numbers, or NaN where nothing was measured, "
        "got infinity in pupil, frame 7"
    )


def test_channels_of_one_name_are_refused():
    with pytest.raises(SysidError, match="a test: behaviour: expected different names of channels, got x, x"):
        make_recording(make_presentation(behaviour=BESIDE), behaviour=("x", "x"))
