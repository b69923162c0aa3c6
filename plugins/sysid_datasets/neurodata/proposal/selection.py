"""Choose from what is in a file what a first recipe models, and say what else could be chosen."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sysid import SysidError
from sysid_datasets.neurodata.contents import Contents
from sysid_datasets.neurodata.doubt import find_doubts
from sysid_datasets.neurodata.proposal.behaviour import choose_behaviour
from sysid_datasets.neurodata.proposal.candidate import Candidate
from sysid_datasets.neurodata.proposal.choice import Choice, Key
from sysid_datasets.neurodata.proposal.model_size import choose_height, choose_history
from sysid_datasets.neurodata.proposal.response import ResponseOption
from sysid_datasets.neurodata.proposal.test_part import choose_test
from sysid_datasets.neurodata.proposal.unit import choose_units
from sysid_datasets.neurodata.twin import drop_twins


def choose(
    path: Path,
    name: str,
    templates: Path | None,
    contents: Contents,
    candidates: Sequence[Candidate],
    options: Sequence[ResponseOption],
) -> Choice:
    """Return what a first recipe models: the stimuli that fit together and last longest, and one population.

    Args:
        path: of the file, as the recipe is to have it.
        name: of the dataset in a recipe.
        templates: where pixels are; None = in the file.
        contents: of the file.
        candidates: one or more.
        options: one or more, the preferred first.
    """
    option = options[0]
    overlapping = [each for each in candidates if overlap(each, option)]
    distinct = leave_out_twins(str(path), overlapping)
    taken = _longest_group(distinct)
    shown = list(taken)
    height = choose_height(shown[0].size_px)
    bin_s, bins = min(each.bin_s for each in shown), sum(each.bins for each in shown)
    history = choose_history(bin_s, bins, is_image=shown[0].is_image, is_spikes=option.is_spikes)
    keys = [
        Key("use", name),
        Key("path", str(path), "relative to where the command is run"),
        *_stimulus_keys(shown, [each for each in overlapping if each not in taken]),
        *_templates_keys(templates),
        *_size_keys(shown[0], height),
        *_response_keys(option, options, shown),
        *(choose_units(contents) if option.is_spikes else ()),
        *choose_behaviour(contents, option.span_s),
        *choose_test(shown, history, np.array(option.recorded_s).reshape(-1, 2), contents.invalid_s),
    ]
    return Choice(
        file=path.name,
        dataset=name,
        summary=f"{', '.join(each.name for each in shown)} → {option.words}",
        keys=tuple(keys),
        bin_s=bin_s,
        bins=bins,
        history=history,
        is_image=shown[0].is_image,
        is_spikes=option.is_spikes,
        size_px=_scale(shown[0].size_px, height),
        neurons=option.count,
        has_behaviour=any(key.name == "behaviour" and key.value for key in keys),
        doubts=tuple(_find_doubts(shown, distinct, options)),
    )


def overlap(candidate: Candidate, option: ResponseOption) -> bool:
    """Say whether anything was recorded while a stimulus was shown."""
    (start_s, stop_s), (first_s, last_s) = candidate.span_s, option.span_s
    return start_s < last_s and stop_s > first_s


def leave_out_twins(where: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates of which no two describe the same time, as a series and a table of it often do."""
    showings = [showing for each in candidates for showing in each.showings]
    kept, _ = drop_twins(showings, where, choose=True)
    return [each for each in candidates if any(showing in kept for showing in each.showings[:1])]


def _longest_group(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those that one model can see together, frames alike, and that lasted longest."""
    groups: dict[tuple[object, ...], list[Candidate]] = {}
    for each in candidates:
        groups.setdefault((each.size_px, each.channels, each.is_image), []).append(each)
    return max(groups.values(), key=lambda group: sum(each.bins * each.bin_s for each in group))


def _scale(size_px: tuple[int, int], height: int | None) -> tuple[int, int]:
    if height is None:
        return size_px
    return height, max(1, round(size_px[1] * height / size_px[0]))


def _stimulus_keys(shown: Sequence[Candidate], others: Sequence[Candidate]) -> Iterator[Key]:
    remark = f"also there: {', '.join(each.name for each in others)}" if others else ""
    yield Key("stimulus", [name for each in shown for name in each.names], remark)


def _templates_keys(templates: Path | None) -> Iterator[Key]:
    if templates is not None:
        yield Key("templates", str(templates), "where the pixels are")


def _size_keys(candidate: Candidate, height: int | None) -> Iterator[Key]:
    if height is not None:
        stored = " × ".join(map(str, candidate.size_px))
        yield Key("size_px", height, f"{stored} px averaged to this height, so that a run takes minutes")


def _response_keys(
    option: ResponseOption, options: Sequence[ResponseOption], shown: Sequence[Candidate]
) -> Iterator[Key]:
    others = [f'"{each.names}"' for each in options if each is not option]
    remarks = [f"also there: {', '.join(others)}"] if others else []
    if option.interval_s > 1.1 * min(each.bin_s for each in shown):
        remarks.append(f"sampled every {1000 * option.interval_s:.3g} ms; bins without a sample are masked")
    yield Key("responses", option.names, "; ".join(remarks))


def _find_doubts(
    shown: Sequence[Candidate], distinct: Sequence[Candidate], options: Sequence[ResponseOption]
) -> Iterator[str]:
    if len(options) > 1:
        others = " or ".join(f'"{each.names}" ({each.words})' for each in options[1:])
        yield f'responses: the recipe takes "{options[0].names}"; there is also {others}'
    with contextlib.suppress(SysidError):  # frames that cannot be read are told by who reads them whole
        yield from (
            f"stimulus: {each}" for each in find_doubts({each.name: each.repeats[0] for each in shown})
        )
    others = [each for each in distinct if each not in shown]
    if others:
        left = ", ".join(f"{each.name} ({' × '.join(map(str, each.size_px))} px)" for each in others)
        yield (
            f"stimulus: one model sees frames of one size and kind; the recipe takes "
            f"{', '.join(each.name for each in shown)} and leaves out {left}"
        )
