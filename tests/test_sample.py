import numpy as np
import pytest
import torch

from sysid.frame_store import FrameStore
from sysid.sample import SessionSamples
from sysid.split import Window
from tests.conftest import make_presentation, make_recording

CPU = torch.device("cpu")


def test_a_window_holds_the_frames_before_its_bin_oldest_first(recording):
    samples = SessionSamples(recording, Window(4, include_current=True), CPU)
    batch = samples.batch("test", torch.tensor([0, 2]))
    stimulus = recording.presentations[0].stimulus
    assert np.array_equal(batch.stimulus[0].numpy(), stimulus[27:31])
    assert np.array_equal(batch.stimulus[1].numpy(), stimulus[29:33])
    assert batch.stimulus.dtype == torch.uint8


def test_windows_do_not_cross_from_one_presentation_to_the_next():
    first = make_presentation(frames=12, name="a", seed=1, train=((0, 12),))
    second = make_presentation(frames=9, name="b", seed=2, train=((0, 9),))
    samples = SessionSamples(make_recording(first, second), Window(5, include_current=False), CPU)
    assert samples.count("train") == (12 - 5) + (9 - 5)
    batch = samples.batch("train", torch.tensor([7]))  # the first bin of the second presentation
    assert np.array_equal(batch.stimulus[0].numpy(), second.stimulus[0:5])
    assert np.allclose(batch.responses[0, 0].numpy(), second.responses[:, 5].mean(axis=0))


def test_the_mean_over_repeats_leaves_out_what_was_not_recorded(recording):
    responses = recording.presentations[0].responses
    responses[0, 25, 1] = np.nan
    responses[:, 26, 2] = np.nan
    samples = SessionSamples(recording, Window(1, include_current=True), CPU)
    batch = samples.batch("validation", torch.tensor([3, 4]))
    assert batch.responses[0, 0, 1] == responses[1, 25, 1]
    assert batch.mask[:, 0].tolist() == [[True, True, True], [True, True, False]]
    assert batch.responses[1, 0, 2] == 0


def test_single_trials_are_samples_of_their_own(recording):
    responses = recording.presentations[0].responses
    responses[1, 30] = np.nan
    samples = SessionSamples(recording, Window(3, include_current=True), CPU, trials="single")
    assert samples.count("test") == 2 * 10 - 1
    batch = samples.batch("test", torch.tensor([0, 1, 2]))
    assert np.array_equal(batch.responses[:, 0].numpy(), responses[[0, 0, 1], [30, 31, 31]])
    assert [len(b.responses) for b in samples.distinct_batches("test", 4)] == [4, 4, 2]
    assert [frames.tolist() for frames in samples.frames("test")] == [list(range(30, 40))]


def test_a_fraction_takes_the_first_training_bins(recording):
    whole = SessionSamples(recording, Window(2, include_current=True), CPU)
    part = SessionSamples(recording, Window(2, include_current=True), CPU, fraction=0.5)
    assert (
        part.frames("train")[0].tolist()
        == whole.frames("train")[0].tolist()[: round(whole.count("train") / 2)]
    )
    assert part.count("test") == whole.count("test")


@pytest.mark.parametrize("resident_bytes", [0, 1 << 30])
def test_streamed_windows_equal_resident_ones(resident_bytes):
    stimuli = [make_presentation(frames=f, seed=f).stimulus for f in (9, 13)]
    store = FrameStore(stimuli, CPU, resident_bytes)
    assert (store.resident is None) == (resident_bytes == 0)
    found = store.windows(torch.tensor([0, 6, 9, 19]), 3).numpy()
    expected = [stimuli[0][0:3], stimuli[0][6:9], stimuli[1][0:3], stimuli[1][10:13]]
    assert np.array_equal(found, np.stack(expected))


def test_the_mean_response_is_over_training_bins(recording):
    samples = SessionSamples(recording, Window(1, include_current=True), CPU)
    expected = recording.presentations[0].responses[:, :22].mean(axis=(0, 1))
    assert np.allclose(samples.mean_response(), expected)


@pytest.mark.parametrize("include_current", [True, False])
def test_behaviour_of_a_batch_ends_with_that_of_the_bin_itself(include_current):
    generator = np.random.default_rng(0)
    shown = [
        make_presentation(
            frames=frames, name=str(frames), train=((0, frames),),
            behaviour=generator.standard_normal((frames, 2)),
        )
        for frames in (12, 9)
    ]  # fmt: skip
    recording = make_recording(*shown, behaviour=("running", "pupil"))
    samples = SessionSamples(recording, Window(4, include_current), CPU)
    first = 12 - samples.window.reach  # the second presentation's first sample
    batch = samples.batch("train", torch.tensor([1, first]))
    assert batch.behaviour.dtype == torch.float32
    for row, (presentation, start) in enumerate(zip(shown, (1, 0), strict=True)):
        own = start + samples.window.reach  # the bin
        expected = presentation.behaviour[own - 3 : own + 1]
        np.testing.assert_allclose(batch.behaviour[row], expected, rtol=1e-6)


def test_without_behaviour_there_is_none_in_a_batch(recording):
    samples = SessionSamples(recording, Window(4, include_current=True), CPU)
    assert samples.batch("train", torch.tensor([0])).behaviour is None


def test_earlier_responses_are_those_of_the_same_trial_up_to_the_bin_before(recording):
    responses = recording.presentations[0].responses
    responses[1, 32, 2] = np.nan
    for include_current in (True, False):
        samples = SessionSamples(recording, Window(4, include_current=include_current), CPU, trials="single")
        batch = samples.batch("test", torch.tensor([6, 7]), earlier=True)  # frame 33 of both trials
        assert np.array_equal(batch.earlier.numpy(), responses[:, 30:33], equal_nan=True)
        assert np.array_equal(batch.responses[:, 0].numpy(), responses[:, 33])
    assert samples.batch("test", torch.tensor([6])).earlier is None


def test_no_earlier_response_of_a_training_bin_is_in_another_part(recording):
    samples = SessionSamples(recording, Window(4, include_current=True), CPU, trials="single")
    marked = recording.presentations[0].responses
    marked[:, 22:] = -1.0  # validation and test
    for batch in samples.batches("train", 8, earlier=True):
        assert (batch.earlier >= 0).all()
    assert samples.batch("test", torch.tensor([0]), earlier=True).earlier.shape == (1, 3, 3)


def test_a_window_of_one_frame_has_no_earlier_responses(recording):
    samples = SessionSamples(recording, Window(1, include_current=True), CPU)
    assert samples.batch("train", torch.tensor([0, 1]), earlier=True).earlier.shape == (2, 0, 3)
