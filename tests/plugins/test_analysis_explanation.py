"""What is concluded of recurrence and bottleneck, in situations where the answer is known."""

import math

import pytest

from sysid_analyses.comparisons.explanation import Criterion, Roles, explain, judge
from sysid_analyses.comparisons.variant_pair import Pair, find_pair

ROLES = Roles("crnn", "cnn", "crnn_without", "cnn_bottleneck", "crnn_shuffled")
CRITERION = Criterion(alpha=0.05, margin=0.02)


def make_pair(a, b, difference, p_holm=0.001, half=0.01):
    return Pair(
        dataset="movie1",
        a=a,
        b=b,
        difference=difference,
        standard_error=half / 2,
        low=difference - half,
        high=difference + half,
        p=p_holm / 2,
        p_holm=p_holm,
        blocks=40,
        effect_size=0.5 * math.copysign(1, difference),
        cells=30,
        cells_a=20,
        cells_b=10,
    )


def situation(scores, unclear=()):
    """Pairs of all models with these mean CCs; a gap of .03 or more is beyond chance, smaller ones are alike.

    Pairs that hold a model named in `unclear` have wide intervals and large p.
    """
    names = list(scores)
    pairs = []
    for number, a in enumerate(names):
        for b in names[number + 1 :]:
            gap = scores[a] - scores[b]
            vague = a in unclear or b in unclear
            beyond = abs(gap) >= 0.03 and not vague
            pairs.append(make_pair(a, b, gap, 0.001 if beyond else 0.6, 0.3 if vague else 0.01))
    return pairs


def conclude(scores, **options):
    return explain(situation(scores, **options), ROLES, CRITERION)


def test_recurrence_explains_a_gain_that_goes_without_it():
    first, order = conclude(
        {"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.3, "cnn_bottleneck": 0.3, "crnn_shuffled": 0.4}
    )
    assert first.startswith(
        "crnn predicts better than cnn, and recurrence explains it: crnn − cnn = +0.200 ("
    )
    assert "crnn − crnn_without = +0.200 (95 % interval +0.190 to +0.210, adjusted p = 0.001)" in first
    assert order.startswith("The order of the feature maps matters: shuffled maps predict worse: crnn − ")


def test_recurrence_explains_a_part_where_the_rest_stays_without_it():
    (first,) = conclude({"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.4, "cnn_bottleneck": 0.3})
    assert first.startswith("crnn predicts better than cnn, and recurrence explains a part of it: ")


def test_the_bottleneck_explains_a_gain_that_it_reaches_alone():
    first, order = conclude(
        {"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.5, "cnn_bottleneck": 0.5, "crnn_shuffled": 0.5}
    )
    assert first.startswith(
        "crnn predicts better than cnn, and the bottleneck explains it: recurrence adds nothing: crnn − cnn "
        "= "
    )
    assert "cnn_bottleneck − cnn = +0.200" in first
    assert order.startswith(
        "The order of the feature maps carries nothing: shuffled maps predict alike (within ±0.02 CC): "
    )


def test_nothing_more_than_the_data_show_is_said_of_what_recurrence_adds():
    pairs = situation({"cnn": 0.3, "crnn": 0.5, "cnn_bottleneck": 0.48})
    pairs[2] = make_pair("crnn", "cnn_bottleneck", 0.02, 0.4, 0.05)
    (first,) = explain(pairs, ROLES, CRITERION)
    assert "the bottleneck explains it: recurrence adds nothing that these data can show: " in first
    assert "crnn − cnn_bottleneck = +0.020 (95 % interval −0.030 to +0.070, adjusted p = 0.40)" in first


def test_both_explain_a_part_where_each_adds_something():
    (first,) = conclude({"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.4, "cnn_bottleneck": 0.4})
    assert first.startswith(
        "crnn predicts better than cnn: the bottleneck explains a part, and recurrence another: "
    )
    (first,) = conclude({"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.5, "cnn_bottleneck": 0.4})
    assert "the bottleneck explains a part, and something beyond it another: " in first


def test_recurrence_that_helps_but_is_not_needed_is_said_so():
    (first,) = conclude({"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.3, "cnn_bottleneck": 0.5})
    assert first.startswith(
        "crnn predicts better than cnn, but the bottleneck alone does as well: recurrence helps crnn and is "
        "not needed: "
    )


def test_a_gain_whose_controls_are_unclear_is_not_explained():
    first, order = conclude(
        {"cnn": 0.3, "crnn": 0.5, "crnn_without": 0.4, "cnn_bottleneck": 0.4, "crnn_shuffled": 0.4},
        unclear=("crnn_without", "cnn_bottleneck", "crnn_shuffled"),
    )
    assert first.startswith(
        "crnn predicts better than cnn, but whether recurrence or the bottleneck explains it, these data "
        "cannot tell: "
    )
    assert "cnn_bottleneck − cnn = +0.100 (95 % interval −0.200 to +0.400, adjusted p = 0.60)" in first
    assert order.startswith(
        "Whether the order of the feature maps carries anything, these data cannot tell: "
    )


def test_a_gain_without_controls_is_not_explained():
    (first,) = conclude({"cnn": 0.3, "crnn": 0.5})
    assert first == (
        "crnn predicts better than cnn; no control was run that tells recurrence from the bottleneck: "
        "crnn − cnn = +0.200 (95 % interval +0.190 to +0.210, adjusted p = 0.001)."
    )


@pytest.mark.parametrize(
    ("scores", "unclear", "start"),
    [
        (
            {"cnn": 0.5, "crnn": 0.3},
            (),
            "crnn predicts worse than cnn: recurrence has no gain to explain: crnn − cnn = −0.200 (",
        ),
        (
            {"cnn": 0.5, "crnn": 0.505},
            (),
            "crnn and cnn predict alike (within ±0.02 CC): there is no gain that recurrence or the "
            "bottleneck could explain: crnn − cnn = +0.005 (",
        ),
        (
            {"cnn": 0.5, "crnn": 0.6},
            ("crnn",),
            "Which of crnn and cnn predicts better, these data cannot tell, nor what recurrence or the "
            "bottleneck adds: crnn − cnn = +0.100 (",
        ),
    ],
)
def test_where_there_is_no_gain_nothing_explains_it(scores, unclear, start):
    (first,) = conclude(scores, unclear=unclear)
    assert first.startswith(start)


def test_shuffled_maps_that_predict_better_say_that_order_carries_nothing_of_use():
    _, order = conclude({"cnn": 0.3, "crnn": 0.5, "crnn_shuffled": 0.6})
    assert order.startswith("Shuffled feature maps predict better, so their order carries nothing of use: ")


def test_without_the_two_models_there_is_nothing_to_say():
    assert explain(situation({"ln": 0.3, "cnn": 0.5}), ROLES, CRITERION) == ()
    assert explain(situation({"ln": 0.3, "cnn": 0.5}), Roles(None, None), CRITERION) == ()


def test_a_pair_is_found_either_way_round():
    pair = make_pair("cnn", "crnn", -0.2)
    turned = find_pair([pair], "crnn", "cnn")
    assert (turned.difference, turned.low, turned.high) == pytest.approx((0.2, 0.19, 0.21))
    assert (turned.effect_size, turned.cells_a, turned.cells_b) == (0.5, 10, 20)
    assert turned.turned() == pair
    assert find_pair([pair], "crnn", None) is None


def test_an_interval_that_is_not_known_is_neither_alike_nor_different():
    pair = make_pair("crnn", "cnn", 0.001, math.nan, math.nan)
    assert judge(pair, CRITERION) == "unclear"
    assert "no interval, for want of blocks, adjusted p undefined" in explain([pair], ROLES, CRITERION)[0]
