"""Recordings of many neurons, frames, presentations or repeats, made from their sizes when they are read.

A test installs `PLUGIN`; its recipes then say `use = "acme:large"` and how large.
"""

import numpy as np

from sysid.provenance import Provenance
from sysid.recording import Neuron, Presentation, Recording
from tests.lazy_movie import LazyMovie

PLUGIN = """
    import attrs, sysid
    from tests.large_recording import make

    @attrs.frozen
    class Large(sysid.Dataset):
        '''A recording of many things.'''

        neurons: int = sysid.key("how many", default=3)
        frames: int = sysid.key("of each presentation", default=120)
        presentations: int = sysid.key("how many, of which the last tenth tests", default=1)
        repeats: int = sysid.key("of each presentation", default=2)
        size_px: int = sysid.key("height and width", default=8)
        seed: int = sysid.key("of the responses", default=0)

        def describe(self):
            bins = self.frames * self.presentations
            size = self.size_px
            return {"session": sysid.Description(1, size, size, self.neurons, bins, 30.0)}

        def provenance(self):
            return sysid.Provenance(source="a test", checksum=repr(self), simulated=True)

        def load(self):
            return {"session": make(self)}

    @sysid.hookimpl
    def sysid_datasets():
        return {"large": Large}
"""


def make(config) -> Recording:
    """Return presentations of lazy frames; the last tenth of the frames, or of the presentations, tests."""
    generator = np.random.default_rng(config.seed)
    count, frames = config.presentations, config.frames
    test_from = count - max(1, count // 10)
    shown = []
    for number in range(count):
        size = (config.repeats, frames, config.neurons)
        responses = generator.poisson(0.4, size).astype(np.float32)
        if count == 1:
            ends = [frames * tenths // 10 for tenths in (8, 9)]
            ranges = {"train": ((0, ends[0]),), "validation": (tuple(ends),), "test": ((ends[1], frames),)}
        else:
            part = "test" if number >= test_from else "validation" if number == 0 else "train"
            ranges = {part: ((0, frames),)}
        movie = LazyMovie(frames, config.size_px, config.size_px)
        name = f"movie{number}"
        shown.append(Presentation(name, movie, responses, np.full(frames, 1 / 30), **ranges))
    neurons = tuple(Neuron(f"cell{number}") for number in range(config.neurons))
    provenance = Provenance("a test", checksum=repr(config), simulated=True)
    return Recording(tuple(shown), neurons, 30.0, provenance)
