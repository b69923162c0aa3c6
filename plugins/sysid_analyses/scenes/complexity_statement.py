"""Say in sentences what the complexity of the movies came to."""

import math

import attrs
import numpy as np

from sysid import Interval
from sysid_analyses.scenes.scene import NoScene
from sysid_analyses.scenes.scene_measure import KINDS, Difference, Measured
from sysid_analyses.scenes.scene_relation import Related, mean_of_known
from sysid_analyses.wording import counted, interval, listed, number

IN = {"spatial": "in space", "temporal": "in time"}


def state_difference(difference: Difference) -> str:
    """Say which of two movies is more complex, in space and in time; only an interval without 0 tells."""
    a, b = difference.a, difference.b
    if a.scene.digest == b.scene.digest:
        return f"{a.scene.label} and {b.scene.label} are the same movie."
    found = difference.by_kind
    if not any(_side(each) > 0 for each in found.values()) and any(
        _side(each) < 0 for each in found.values()
    ):
        a, b, found = b, a, {kind: _turned(each) for kind, each in found.items()}
    shown = {kind: f"{IN[kind]} ({_contrast(b.mean[kind], a.mean[kind], found[kind])})" for kind in KINDS}
    more, same, less = ([kind for kind in KINDS if _side(found[kind]) == side] for side in (1, 0, -1))
    if not more:
        either = " or ".join(shown.values())
        return f"It cannot be told whether {b.scene.label} is more complex than {a.scene.label} {either}."
    sentence = f"{b.scene.label} is more complex than {a.scene.label} {' and '.join(map(shown.get, more))}"
    sentence += "".join(f", but less {shown[kind]}" for kind in less)
    return sentence + "".join(f"; it cannot be told {shown[kind]}" for kind in same) + "."


def _side(interval: Interval) -> int:
    """Return 1 where all of the interval is above 0, −1 where all is below, else 0."""
    return int(interval.low > 0) - int(interval.high < 0)


def _turned(found: Interval) -> Interval:
    """Return the interval of the difference taken the other way round."""
    return attrs.evolve(found, estimate=-found.estimate, low=-found.high, high=-found.low)


def _contrast(more: Interval, less: Interval, difference: Interval) -> str:
    means = f"{number(more.estimate)} against {number(less.estimate)}"
    return f"{means}; difference: {interval(difference.low, difference.high)}"


def state_pixels(measured: list[Measured]) -> list[str]:
    """Say what a reader must know of the pixels before comparing with another source."""
    sentences = []
    alike: dict[tuple[int, int], list[str]] = {}
    for each in measured:
        alike.setdefault((each.scene.block_px, each.patch_px), []).append(each.scene.label)
    for (size, patch_px), names in alike.items():
        if size > 1:
            cut = f"cut through them; a multiple of {size} does not" if patch_px % size else "do not cut them"
            sentences.append(
                f"The frames of {listed(names)} come in blocks of {size} × {size} equal pixels (patches of "
                f"{patch_px} px {cut}): finer detail was averaged away, and the complexities of whole "
                f"pixels, as in the paper, are others."
            )
    rescaled = [each.scene.label for each in measured if each.scene.rescaled]
    if rescaled:
        sentences.append(
            f"The grey levels of {listed(rescaled)} were stretched to 0 … 255, the range that structural "
            f"similarity assumes: compare them with other movies with care."
        )
    return sentences


def state_relation(related: Related) -> str:
    """Say how CC goes with complexity under the receptive field: for the best variant, and for how many."""
    best, scene = related.best_variant, related.measured.scene
    cells = int(np.isfinite(related.scores[best]).sum())  # the others enter no correlation
    rho = {kind: _rho(related.correlations[best, kind]) for kind in KINDS}
    sentence = (
        f"{scene.label}, {counted(cells, 'cell')}, best variant {best} (mean CC "
        f"{number(mean_of_known(related.scores[best]))}): Spearman's ρ of a cell's CC with the complexity "
        f"under its receptive field is {rho['spatial']} in space and {rho['temporal']} in time."
    )
    if len(related.scores) > 1:
        clear = sum(_side(each) != 0 for each in related.correlations.values())
        sentence += (
            f" Of the {len(related.correlations)} such correlations of {len(related.scores)} variants "
            f"{clear or 'none'} {'have' if clear > 1 else 'has'} an interval without zero; they share cells "
            f"and movie and are not adjusted for one another."
        )
    if not related.from_outlines:
        sentence += " Fields are discs around known centres."
    return sentence


def _rho(found: Interval) -> str:
    if not math.isfinite(found.estimate):
        return "undefined"
    return f"{number(found.estimate)} ({interval(found.low, found.high)})"


def state_missing(left_out: list[NoScene], unrelated: list[NoScene]) -> list[str]:
    """Say which movies are left out, and which are not related to CC, and why."""
    sentences = [f"{each.name} is left out: {each.reason}." for each in left_out]
    by_reason: dict[str, list[str]] = {}
    for each in unrelated:
        by_reason.setdefault(each.reason, []).append(each.name)
    return sentences + [
        f"Complexity is not related to CC in {listed(names)}: {reason}."
        for reason, names in by_reason.items()
    ]
