"""Say whether recurrence or the bottleneck explains why a recurrent network predicts better, or neither."""

from collections.abc import Sequence
from typing import Literal

import attrs

from sysid_analyses.comparisons.variant_pair import Pair, find_pair
from sysid_analyses.wording import contrast

Verdict = Literal["above", "below", "alike", "unclear"]


@attrs.frozen
class Roles:
    """Name the variants that answer the question; None where the recipe has no such variant.

    Attributes:
        recurrent: the network with recurrence.
        feedforward: the network it is compared with.
        without_recurrence: the recurrent network with its recurrent matrix at zero.
        bottleneck: the feedforward network with the recurrent one's projection and nothing recurrent.
        shuffled: the recurrent network with its steps in a random order.
    """

    recurrent: str | None
    feedforward: str | None
    without_recurrence: str | None = None
    bottleneck: str | None = None
    shuffled: str | None = None


@attrs.frozen
class Criterion:
    """Say what counts as a difference, and what as none.

    Attributes:
        alpha: a difference is one from an adjusted p of so much or less.
        margin: two models are alike where the interval of their difference lies within ± so much CC.
    """

    alpha: float
    margin: float


def judge(pair: Pair | None, criterion: Criterion) -> Verdict | None:
    """Say how `a` stands to `b`; "unclear" where the data show neither a difference nor the lack of one."""
    if pair is None:
        return None
    if pair.p_holm <= criterion.alpha and pair.difference:
        return "above" if pair.difference > 0 else "below"
    within = -criterion.margin <= pair.low and pair.high <= criterion.margin
    return "alike" if within else "unclear"


def explain(pairs: Sequence[Pair], roles: Roles, criterion: Criterion) -> tuple[str, ...]:
    """Return the conclusion from the tests on the pairs that the roles name, each with its evidence."""
    gain = find_pair(pairs, roles.recurrent, roles.feedforward)
    if gain is None:
        return ()
    conclusion = {
        "above": explain_gain(pairs, gain, roles, criterion),
        "below": f"{gain.a} predicts worse than {gain.b}: recurrence has no gain to explain",
        "alike": f"{gain.a} and {gain.b} predict alike (within ±{criterion.margin:g} CC): there is no gain "
        "that recurrence or the bottleneck could explain",
        "unclear": f"Which of {gain.a} and {gain.b} predicts better, these data cannot tell, nor what "
        "recurrence or the bottleneck adds",
    }
    asked = (
        (roles.recurrent, roles.feedforward),
        (roles.recurrent, roles.without_recurrence),
        (roles.without_recurrence, roles.feedforward),
        (roles.bottleneck, roles.feedforward),
        (roles.recurrent, roles.bottleneck),
    )
    found = [pair for pair in (find_pair(pairs, *names) for names in asked) if pair is not None]
    evidence = "; ".join(map(contrast, found))
    return (
        f"{conclusion[judge(gain, criterion)]}: {evidence}.",
        *explain_order(pairs, roles, criterion),
    )


def explain_gain(pairs: Sequence[Pair], gain: Pair, roles: Roles, criterion: Criterion) -> str:
    """Say where the recurrent network's gain over the feedforward one comes from.

    Recurrence carries it where taking the recurrence away costs; the bottleneck carries it where it alone
    beats the feedforward network, and the recurrent one is not above it.
    """
    without = judge(find_pair(pairs, roles.recurrent, roles.without_recurrence), criterion)
    alone = judge(find_pair(pairs, roles.bottleneck, roles.feedforward), criterion)
    left = judge(find_pair(pairs, roles.recurrent, roles.bottleneck), criterion)
    rest = judge(find_pair(pairs, roles.without_recurrence, roles.feedforward), criterion)
    better = f"{gain.a} predicts better than {gain.b}"
    if without is None and alone is None:
        return f"{better}; no control was run that tells recurrence from the bottleneck"
    if alone == "above" and left == "above":
        other = "recurrence" if without == "above" else "something beyond it"
        return f"{better}: the bottleneck explains a part, and {other} another"
    if alone == "above" and without == "above":
        return f"{better}, but the bottleneck alone does as well: recurrence helps {gain.a} and is not needed"
    if alone == "above":
        more = "nothing" if left == "alike" else "nothing that these data can show"
        return f"{better}, and the bottleneck explains it: recurrence adds {more}"
    if without == "above":
        return f"{better}, and recurrence explains {'a part of it' if rest == 'above' else 'it'}"
    return f"{better}, but whether recurrence or the bottleneck explains it, these data cannot tell"


def explain_order(pairs: Sequence[Pair], roles: Roles, criterion: Criterion) -> tuple[str, ...]:
    """Say whether the order of the steps matters, as a sequence must have it."""
    pair = find_pair(pairs, roles.recurrent, roles.shuffled)
    verdict = judge(pair, criterion)
    if pair is None or verdict is None:
        return ()
    words = {
        "above": "The order of the feature maps matters: shuffled maps predict worse",
        "below": "Shuffled feature maps predict better, so their order carries nothing of use",
        "alike": "The order of the feature maps carries nothing: shuffled maps predict alike (within "
        f"±{criterion.margin:g} CC)",
        "unclear": "Whether the order of the feature maps carries anything, these data cannot tell",
    }
    return (f"{words[verdict]}: {contrast(pair)}.",)
