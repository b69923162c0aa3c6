"""Say in a line each what was left out, masked, averaged and chosen."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float64

from sysid_datasets.neurodata.answer import Answered
from sysid_datasets.neurodata.assembly import find_parts, is_averaged
from sysid_datasets.neurodata.grey import find_grey
from sysid_datasets.neurodata.listing import list_some
from sysid_datasets.neurodata.showing import BLANK, Showing
from sysid_datasets.neurodata.split import Parts

MOST_NAMES = 4  # of what is shown, in a note


def note_showings(
    showings: Sequence[Showing], answers: Sequence[Answered], invalid_s: Float64[np.ndarray, "interval 2"]
) -> Iterator[str]:
    """Say which showings are left out, which differ in time, and how much is masked."""
    yield from _note_aborted(showings)
    yield from _note_blank(answers)
    silent = [answered.repeats.name for answered in answers if not answered.recorded.any()]
    if silent:
        yield f"nothing was recorded to {_list(silent)}: left out"
    yield from _note_jitter(answers)
    yield from _note_masked([answered for answered in answers if answered.recorded.any()], invalid_s)


def note_parts(
    answers: Sequence[Answered],
    parts: Parts,
    channels: Sequence[str],
    named: Sequence[str],
    repeated: Sequence[str],
) -> Iterator[str]:
    """Say how much of the behaviour is missing or averaged, what the test part is and who chose it.

    Args:
        answers: what is kept.
        parts: of its bins.
        channels: names of the behaviour.
        named: what the recipe tests on.
        repeated: what is tested on as only it was repeated.
    """
    yield from _note_behaviour(answers, channels, parts)
    if named:
        yield f"test part: {', '.join(named)}, as the recipe says"
    elif repeated:
        yield f"test part: {_list(repeated)}, shown several times while the rest was shown once"
    else:
        bins = sum(int((own == "test").sum()) for own in parts)
        images = any(answered.repeats.is_image for answered in answers)
        how = "images drawn at random, the same in every run" if images else "the last in time"
        yield (
            f"test part: {bins} of {sum(map(len, parts))} bins, {how}, as the recipe names nothing to test on"
        )


def _note_aborted(showings: Sequence[Showing]) -> Iterator[str]:
    aborted: dict[str, list[str]] = {}
    for showing in showings:
        if showing.aborted:
            aborted.setdefault(showing.source, []).append(showing.name)
    for source, names in aborted.items():
        count = sum(showing.source == source for showing in showings)
        yield f"{source}: {len(names)} of {count} showings were broken off and are left out: {_list(names)}"


def _note_blank(answers: Sequence[Answered]) -> Iterator[str]:
    """Say what a blank screen is taken to have shown, by stimulus."""
    blank = {each.repeats.source: each.repeats for each in answers if (each.repeats.frame == BLANK).any()}
    for source, repeats in blank.items():
        grey = find_grey(repeats.pixels, repeats.frame)
        how = {
            "middle of range": ", half way between the darkest and the brightest that is used",
            "bytes": "",
            "mean": ", the mean of a few frames",
        }[grey.why]
        is_between = repeats.pixels.dtype == np.uint8 and not grey.value.is_integer()
        float_ = "; as this is no byte, its frames are delivered as float32" if is_between else ""
        yield (
            f"{source}: a blank screen (frame −1 or none) is taken as grey, {grey.value:.4g} in every pixel"
            f"{how}{float_}"
        )


def _note_jitter(answers: Sequence[Answered]) -> Iterator[str]:
    """Name what had a frame that lasted half as long again in one repeat as in another."""
    for repeats in (answered.repeats for answered in answers):
        if repeats.jitter_s > 0.5 * float(np.median(repeats.bin_duration_s)):
            yield (
                f"{repeats.name}: a bin of one repeat lasted {1000 * repeats.jitter_s:.3g} ms longer than "
                "the same bin of another (a dropped frame); bin durations are averaged over the repeats"
            )


def _note_masked(answers: Sequence[Answered], invalid_s: Float64[np.ndarray, "interval 2"]) -> Iterator[str]:
    if len(invalid_s):
        total_s = float((invalid_s[:, 1] - invalid_s[:, 0]).sum())
        count = f"{len(invalid_s)} invalid interval" + ("s" if len(invalid_s) > 1 else "")
        yield f"{count}, {total_s:.4g} s in all: bins that touch one are masked"
    masked = sum(int(np.isnan(answered.responses).sum()) for answered in answers)
    if masked:
        share = masked / sum(answered.responses.size for answered in answers)
        yield f"{100 * share:.3g} % of the responses, counted over bins, repeats and neurons, are masked"


def _note_behaviour(answers: Sequence[Answered], channels: Sequence[str], parts: Parts) -> Iterator[str]:
    measured = [answered.behaviour for answered in answers if answered.behaviour is not None]
    if not measured:
        return
    rows = np.concatenate([each.reshape(-1, each.shape[2]) for each in measured])  # bin channel
    for name, share in zip(channels, np.isnan(rows).mean(axis=0), strict=True):
        if share:
            yield f"{name}: not measured in {100 * share:.3g} % of the bins"
    parts_of = find_parts(answers, parts)
    averaged = [answered.repeats.name for answered in answers if is_averaged(answered, parts_of)]
    if averaged:
        yield f"behaviour is averaged over the repeats of {_list(averaged)}"


def _list(names: Sequence[str]) -> str:
    return list_some(names, MOST_NAMES)
