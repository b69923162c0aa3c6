"""Say which model predicts better, by how much, whether that is beyond chance, and on what data."""

from collections.abc import Sequence

import attrs
import numpy as np

from sysid_analyses.comparisons.ensemble import LeftOut
from sysid_analyses.comparisons.explanation import Roles
from sysid_analyses.comparisons.model_summary import ModelSummary
from sysid_analyses.comparisons.sign_flip import smallest_p
from sysid_analyses.comparisons.variant_pair import Pair, find_pair
from sysid_analyses.wording import counted, interval, listed, number, probability


def rank(models: Sequence[ModelSummary]) -> list[ModelSummary]:
    """Return models with the best mean CC first, in the recipe's order where they are equal."""
    return sorted(models, key=lambda model: -model.correlation.estimate)


def state_best(models: Sequence[ModelSummary], pairs: Sequence[Pair], alpha: float, draws: int) -> str:
    """Say in a few sentences, for a reader who reads no further, what came out on one dataset."""
    best, following = rank(models)[:2]
    pair = find_pair(pairs, best.variant, following.variant)
    kind = "SIMULATED responses" if best.simulated else "recorded responses"
    tests = f"Holm over {len(pairs)} pairs of models" if len(pairs) > 1 else "one pair of models"
    sentences = [
        f"{best.dataset} ({kind}: {best.source}; {counted(best.cells, 'cell')}): {best.variant} has "
        f"the highest mean CC, {number(best.correlation.estimate)}, {number(pair.difference)} ± "
        f"{number(pair.standard_error)} above {following.variant} ({interval(pair.low, pair.high)})",
        f"This is {'' if pair.p_holm <= alpha else 'not '}beyond chance: "
        f"{probability('adjusted p', pair.p_holm)} (sign flips over {counted(pair.blocks, 'block')} of time, "
        f"{tests})",
    ]
    smallest = min(1.0, len(pairs) * smallest_p(pair.blocks, draws))
    if smallest > alpha:
        sentences.append(
            f"With so few blocks no difference could be: the smallest adjusted p they allow is {smallest:.2g}"
        )
    elif len(models) > 2:
        sentences.append(state_beaten(rank(models), pairs, alpha))
    sentences += state_interval(pair, alpha)
    return ". ".join(sentences) + "."


def state_interval(pair: Pair, alpha: float) -> tuple[str, ...]:
    """Say why an interval and a p beside it differ, where they do: they answer two questions."""
    holds_zero = pair.low <= 0 <= pair.high
    if pair.p_holm <= alpha and holds_zero:
        return (
            f"Between {pair.a} and {pair.b} the p is of these very cells; the interval, for which cells are "
            "drawn anew as well, holds 0, so other cells of the kind may show no difference",
        )
    if pair.p_holm > alpha and not holds_zero and np.isfinite([pair.low, pair.high]).all():
        return (
            f"The interval of {pair.a} and {pair.b} leaves out 0, but is of this pair alone and no test: it "
            "is not adjusted, and too narrow where blocks are few",
        )
    return ()


def state_beaten(ranked: Sequence[ModelSummary], pairs: Sequence[Pair], alpha: float) -> str:
    """Say which of the others the best model beats, and how many pairs differ beyond chance at all."""
    best = ranked[0].variant
    beaten = [other.variant for other in ranked[1:] if find_pair(pairs, best, other.variant).p_holm <= alpha]
    differing = sum(pair.p_holm <= alpha for pair in pairs)
    if not differing:
        return "No two models differ beyond chance"
    above = f"{best} is beyond chance above {listed(beaten) if beaten else 'none'}"
    return f"{above}; {differing} of {len(pairs)} pairs differ beyond chance"


def state_published(models: Sequence[ModelSummary]) -> tuple[str, ...]:
    """Set the paper's own figures beside ours."""
    figures = [(model, figure) for model in models for figure in model.published]
    if not figures:
        return ()
    shown = [
        f"{model.variant} {number(figure.correlation)} ({figure.source}; here "
        f"{number(model.correlation.estimate)}, {counted(model.cells, 'cell')})"
        for model, figure in figures
    ]
    return (
        "The paper's own figures, of other cells and another amount of data, so no bar to reach here: "
        f"{listed(shown)}.",
    )


def state_left_out(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    """Say which variants are not compared on which dataset, and why."""
    return tuple(f"{each.dataset}: {each.variant} is not compared: {each.reason}." for each in left_out)


def state_missing(models: Sequence[ModelSummary], roles: Roles) -> tuple[str, ...]:
    """Say which of the variants that the question needs are not among those compared."""
    there = {model.variant for model in models}
    missing = [
        f"{name} ({role.replace('_', ' ')})"
        for role, name in attrs.asdict(roles).items()
        if name is not None and name not in there
    ]
    if not missing:
        return ()
    return (f"Not compared, for want of runs that predict the same bins: {listed(missing)}.",)


def state_seeds(models: Sequence[ModelSummary]) -> str:
    """Say what a difference is a difference of: networks as trained, or their average over seeds."""
    fewest, most = (choose(model.seeds for model in models) for choose in (min, max))
    if most == 1:
        return (
            "Every model was trained from one seed, so a difference is one of these trained networks: "
            "another seed may turn a small one round."
        )
    seeds = f"{most}" if fewest == most else f"{fewest} to {most}"
    return f"Predictions are averaged over each model's seeds ({seeds}) before they are scored."
