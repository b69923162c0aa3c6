"""How long a response remembers itself."""

import numpy as np

from sysid.metrics.axes import check_axes, neuron_groups, read_responses
from sysid.metrics.moment import RESPONSE_RESOLUTION, centre, mean_over_repeats, ratio, varies


def autocorrelation_time(responses: np.ndarray) -> int:
    """Return the first lag, in frames, where the autocorrelation has fallen to 1/e of that at lag 1.

    The autocorrelation is that of the mean over repeats, averaged over cells, each with unit variance. The
    fall is counted from lag 1 because the noise of single bins is in lag 0 alone and would hide a slow
    response. At least 1 (also where lag 1 is not positive), at most half the frames.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), or infinite responses.
    """
    responses, _ = check_axes(responses)
    correlogram = _correlogram(responses)
    if len(correlogram) < 2 or not correlogram[1] > 0:
        return 1
    fallen = ~(correlogram[1:] >= correlogram[1] / np.e)  # a lag without pairs ends the search too
    return 1 + int(fallen.argmax()) if fallen.any() else len(correlogram) - 1


def _correlogram(responses: np.ndarray) -> np.ndarray:
    """Return the autocorrelation at lags 0 … frames/2, averaged over cells; NaN where no pair of bins is."""
    frames = responses.shape[1]
    length = 2 * frames  # padded, so that the end does not wrap around to the start
    products, pairs = np.zeros(frames + 1), np.zeros(frames + 1)
    for group in neuron_groups(responses):
        mean = mean_over_repeats(read_responses(responses, group))
        mask = ~np.isnan(mean)
        mask &= varies(mean, mask, 0, RESPONSE_RESOLUTION)
        centred = centre(mean, mask)
        power, bins = np.square(centred).sum(axis=0), mask.sum(axis=0)
        centred *= np.sqrt(np.divide(bins, power, out=np.zeros(len(bins)), where=power > 0))
        products += np.square(np.abs(np.fft.rfft(centred, length, axis=0))).sum(axis=1)
        pairs += np.square(np.abs(np.fft.rfft(mask.astype(np.float64), length, axis=0))).sum(axis=1)
    lags = frames // 2 + 1
    count = np.fft.irfft(pairs, length)[:lags]
    return ratio(np.fft.irfft(products, length)[:lags], count, count > 0.5)
