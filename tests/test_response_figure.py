import numpy as np

from sysid.evaluation import TestPart
from sysid.response_figure import draw_responses
from tests.conftest import make_presentation, make_recording


def test_the_best_and_the_worst_neuron_are_drawn():
    presentation = make_presentation(frames=50, neurons=6)
    generator = np.random.default_rng(0)
    prediction = generator.random((50, 6))
    prediction[:, 3] = presentation.responses[:, :, 3].mean(axis=0)  # perfect
    prediction[:, 1] = -presentation.responses[:, :, 1].mean(axis=0)  # as wrong as can be
    bins = np.arange(50)
    part = TestPart(prediction, presentation.responses, bins, bins * 0, bins, bins / 30, np.ones(6))
    figure = draw_responses(part, make_recording(presentation))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == "cell3: CC 1.00"
    assert titles[-1] == "cell1: CC -1.00"
    assert len(titles) == 4
