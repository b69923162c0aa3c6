"""Lengths of bins that nothing can be divided by are refused, with what they would make."""

from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.nwb_bin import check_bins


class Nothing:
    """Pixels that nobody reads."""

    shape = (9, 1, 4, 6)
    dtype = np.dtype(np.uint8)

    def take(self, _frames):
        raise AssertionError("read")


def show(frame_s, frames=9, kind="movie"):
    edges_s = 2.0 + frame_s * np.arange(frames + 1)
    return Showing("m/1", "m", "m", 0, Nothing(), np.arange(frames), edges_s, kind)


def complain(bin_ms, *showings):
    with pytest.raises(sysid.SysidError) as caught:
        check_bins(bin_ms, Path("x.nwb"), showings)
    return str(caught.value)


def test_bins_shorter_than_anything_is_known_to_are_refused():
    assert complain(0.05, show(0.1)) == (
        "x.nwb: bin_ms: expected at least 0.1 ms, as times of spikes are known no better, got 0.05, which "
        "makes 18,000 bins of the 9 frames (0.9 s)"
    )


def test_more_bins_than_a_machine_holds_are_refused():
    assert complain(0.1, show(0.1), show(1000.0)) == (
        "x.nwb: bin_ms: expected one that makes at most 20,000,000 bins, got 0.1, which makes 90,009,000 "
        "bins of the 18 frames (9001 s)"
    )


def test_a_movie_has_room_for_two_bins_at_least_and_an_image_for_one():
    assert complain(460.0, show(0.1), show(0.05)) == (
        "x.nwb: bin_ms: expected at most 450 ms, as m has room for no longer bins, got 460, which makes 2 "
        "bins of the 18 frames (1.35 s)"
    )
    check_bins(450.0, Path("x.nwb"), [show(0.1), show(0.05)])
    assert "expected at most 250 ms" in complain(500.0, show(0.25, 1, "image"))
    check_bins(250.0, Path("x.nwb"), [show(0.25, 1, "image")])
