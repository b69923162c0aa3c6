"""How much memory the responses of a run take, before it is run."""

import attrs

from sysid.configuration import Samples
from sysid.interface import Description
from sysid.metrics.axes import GROUP_VALUES
from sysid.recording import Recording
from sysid.resampling import BATCH_VALUES

RESPONSE_BYTES = 4
DOUBLE_BYTES = 8
DRAWS = 1000  # of the interval of a score
SCORING_COPIES = 6  # of a group of neurons in double precision, while it is scored
DRAWING_COPIES = 10  # of the correlations of some draws, while they are averaged


@attrs.frozen
class ResponseSize:
    """Bytes of the responses.

    Attributes:
        source_bytes: as the dataset holds them, and their mean over repeats where that is trained on.
        sample_bytes: of the samples, brought to the device at once: responses, and which were recorded.
        scoring_bytes: what scores take after training: the test part, and copies of some of it.
    """

    source_bytes: int
    sample_bytes: int
    scoring_bytes: int


NO_RESPONSES = ResponseSize(0, 0, 0)


def size_responses(
    described: dict[str, Description], recordings: dict[str, Recording] | None, samples: Samples
) -> ResponseSize:
    """Return the bytes of all sessions' responses; of data not read, as if there were one repeat."""
    if recordings is None:
        values = sum((each.bins or 0) * (each.neurons or 0) for each in described.values())
        held, trials, tested = values, values, values
    else:
        shown = [each for recording in recordings.values() for each in recording.presentations]
        held = sum(each.responses.size for each in shown)
        values = sum(each.responses[0].size for each in shown)
        trials = held if samples.trials == "single" else values
        tested = sum(
            (stop - start) * each.responses[:, 0].size for each in shown for start, stop in each.test
        )
    means = 0 if samples.trials == "single" else values
    cells = sum(each.neurons or 0 for each in described.values())
    copies = max(
        SCORING_COPIES * min(tested, GROUP_VALUES), DRAWING_COPIES * min(DRAWS * cells, BATCH_VALUES)
    )
    return ResponseSize(
        source_bytes=RESPONSE_BYTES * (held + means),
        sample_bytes=(RESPONSE_BYTES + 1) * trials,
        scoring_bytes=RESPONSE_BYTES * tested + DOUBLE_BYTES * copies,
    )
