"""Tests for `sysid.testing`: cores that are broken on purpose, each caught by the name of the check."""

from typing import ClassVar, Literal

import attrs
import numpy as np
import pytest
import torch
from torch import nn

import sysid
from sysid.testing import check_core, check_encoder
from sysid.testing.config_check import check_config
from sysid.testing.subject import Subject

CHANNELS = 3


class Sound(nn.Module):
    """Convolve over time, padding the beginning alone; every broken core is this one but for a detail."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(CHANNELS, 4)
        self.decay = nn.Parameter(torch.tensor(0.5))
        self.dropout = nn.Dropout(0.2)

    def forward(self, features):
        earlier = torch.cat([torch.zeros_like(features[:, :1]), features[:, :-1]], dim=1)
        mixed = self.mix((features + self.decay * earlier).movedim(2, -1)).movedim(-1, 2)
        return self.change(self.dropout(mixed)), self.mix.weight.square().sum()

    def change(self, output):
        return output


class Flipped(Sound):
    def change(self, output):
        return output.flip(1)


class Padded(Sound):
    def change(self, output):
        return (output + torch.roll(output, -1, dims=1)) / 2


class TimeMean(Sound):
    def change(self, output):
        return output - output.mean(dim=1, keepdim=True)


class LeftAligned(Sound):
    def forward(self, features):
        output, penalty = super().forward(features)
        return output[:, :-1], penalty


class BatchMean(Sound):
    def change(self, output):
        return output - output.mean(dim=0, keepdim=True)


class Squeezed(Sound):
    def forward(self, features):
        output, penalty = super().forward(features.squeeze(0) if len(features) == 1 else features)
        return output, penalty


class Flat(Sound):
    def change(self, output):
        return output.flatten(2)


class Swapped(Sound):
    def change(self, output):
        return output.movedim(0, 1)


class Divided(Sound):
    def change(self, output):
        return output / torch.zeros(())


class Alone(Sound):
    def forward(self, features):
        return super().forward(features)[0]


class NumberPenalty(Sound):
    def forward(self, features):
        return super().forward(features)[0], 0.0


class VectorPenalty(Sound):
    def forward(self, features):
        return super().forward(features)[0], self.mix.weight.square().sum(1)


class Single(Sound):
    def change(self, output):
        return output.float()


class SingleInside(Sound):
    def change(self, output):
        return output.float().to(output.dtype)


class Longer(Sound):
    def change(self, output):
        return torch.cat([output, output[:, -1:]], dim=1)


class BrokenPenalty(Sound):
    def forward(self, features):
        return super().forward(features)[0], torch.tensor(float("nan"))


class Forgetful(Sound):
    calls = 0

    def change(self, output):
        self.calls += 1
        return output * self.calls


class Exploding(Sound):
    def change(self, output):
        return output / 0 if self.training else output


class OtherOutline(Sound):
    def change(self, output):
        return output[:, :-1] if output.is_meta else output


class OtherWeights(Sound):
    def __init__(self):
        super().__init__()
        if not self.decay.is_meta:
            self.register_buffer("late", torch.zeros(2))


class Unused(Sound):
    def __init__(self):
        super().__init__()
        self.forgotten = nn.Parameter(torch.ones(3))


class Detached(Sound):
    def forward(self, features):
        return super().forward(features.detach())


class RootOfZero(Sound):
    def change(self, output):
        return output + (output - output).square().sum(2, keepdim=True).sqrt()


class Noisy(Sound):
    def change(self, output):
        return output + torch.rand_like(output)


class Numpy(Sound):
    def change(self, output):
        return output * (1 + 1e-3 * np.random.rand())  # noqa: NPY002  # the mistake


class Precise(Sound):
    def __init__(self):
        torch.set_default_dtype(torch.float64)
        super().__init__()


class Reseeded(Sound):
    def __init__(self):
        torch.manual_seed(0)
        super().__init__()


class OwnGenerator(Sound):
    def __init__(self):
        super().__init__()
        values = np.random.default_rng().normal(size=tuple(self.mix.weight.shape))
        self.mix.weight = nn.Parameter(torch.tensor(values.tolist()))


class SameStart(Sound):
    def __init__(self):
        super().__init__()
        generator = np.random.default_rng(0)
        for each in (self.mix.weight, self.mix.bias):
            each.data = torch.tensor(generator.normal(size=tuple(each.shape)).tolist())


class Shared(Sound):
    level: ClassVar[list[float]] = [0.0]

    def change(self, output):
        if self.training:
            self.level[0] += 1
        return output + self.level[0]


class Counting(Sound):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def change(self, output):
        self.calls += 1
        return output


class Hidden(Sound):
    scale = 1.0

    def change(self, output):
        if self.training:
            self.scale = 2.0
        return output * self.scale


class Elsewhere(Sound):
    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.zeros((), device="cpu"))


class Reading(Sound):
    def __init__(self):
        super().__init__()
        self.size = float(self.mix.weight.sum())


class OneElement(Sound):
    def change(self, output):
        if self.training:
            raise ValueError("only evaluation")
        return output


MODULES = {cls.__name__: cls for cls in Sound.__subclasses__()} | {"Sound": Sound}


@attrs.frozen
class Core(sysid.Core):
    """Do one thing wrong (Murphy 1949)."""

    kind: str = sysid.key("what is wrong", default="Sound")

    def build(self, input_shape):
        if input_shape[1] != CHANNELS:
            raise sysid.SysidError(f"core: expected {CHANNELS} channels, got {input_shape[1]}")
        return MODULES[self.kind]()


def test_the_core_that_the_others_are_made_of_passes():
    check_core(Core())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Flipped", "causality: Core(kind='Flipped'): expected outputs before step 3 to stay as they are"),
        ("Flipped", "a later frame changed an earlier output. Usual mistake: time is flipped"),
        ("Padded", "causality: Core(kind='Padded'): expected outputs before step 3 to stay"),
        ("TimeMean", "got a change in step 0, 1, 2: a later frame changed an earlier output"),
        (
            "LeftAligned",
            "alignment: Core(kind='LeftAligned'): expected the last output to change with the last",
        ),
        ("BatchMean", "batch: Core(kind='BatchMean'): expected an element's output to stay as it is"),
        ("Flat", "shapes: Core(kind='Flat'): expected an output of (batch, time, channel, height, width)"),
        ("Swapped", "shapes: Core(kind='Swapped'): expected an output with 4 elements in its batch axis"),
        ("Divided", "shapes: Core(kind='Divided'): expected a finite output for standard normal input"),
        ("Longer", "expected between 1 and 6 time steps for an input (4, 6, 3, 7, 5), got 7 in (4, 7, 4, 7"),
        ("BrokenPenalty", "expected a finite scalar, a tensor of shape (), got nan"),
        ("Squeezed", "batch: Core(kind='Squeezed'): expected forward on (1, 6, 3, 7, 5) to work"),
        ("Forgetful", "modes: Core(kind='Forgetful'): expected the same output twice for the same input in"),
        (
            "Exploding",
            "modes: Core(kind='Exploding'): expected finite outputs of (2, 6, 4, 7, 5) in training",
        ),
        ("OtherOutline", "meta: Core(kind='OtherOutline'): expected the shape of the real output"),
        ("OtherWeights", "same shapes, as on the CPU, got others in late"),
        ("Alone", "TypeError: forward returned Tensor, expected a pair (output, penalty)"),
        ("NumberPenalty", "TypeError: forward returned a float as penalty, expected a tensor"),
        (
            "VectorPenalty",
            "penalty: Core(kind='VectorPenalty'): expected a finite scalar, a tensor of shape ()",
        ),
        ("Single", "float64: Core(kind='Single'): expected output in float64, got torch.float32"),
        (
            "SingleInside",
            "float64: Core(kind='SingleInside'): expected the output to follow changes of 1e-07",
        ),
        (
            "Unused",
            "gradients: Core(kind='Unused'): expected a gradient at every parameter within 3 steps, got",
        ),
        ("Unused", "at forgotten. Usual mistake: it is not used in forward"),
        ("Detached", "gradients: Core(kind='Detached'): expected a gradient at the input"),
        ("RootOfZero", "gradients: Core(kind='RootOfZero'): expected finite gradients"),
        (
            "Noisy",
            "global_state: Core(kind='Noisy'): expected evaluating to leave the process as it is, got a",
        ),
        ("Noisy", "got a change of torch's generator."),
        ("Numpy", "got a change of numpy's generator."),
        ("Precise", "got a change of torch's default dtype."),
        ("Reseeded", "expected building to go on with torch's generator from where it was"),
        (
            "Shared",
            "global_state: Core(kind='Shared'): expected an instance's output to stay as it is when a",
        ),
        (
            "OwnGenerator",
            "seed: Core(kind='OwnGenerator'): expected the same weights from the same seed, got",
        ),
        ("SameStart", "seed: Core(kind='SameStart'): expected other weights from another seed"),
        ("Counting", "expected evaluation to leave parameters and buffers as they are, got changes in calls"),
        ("OneElement", "modes: Core(kind='OneElement'): expected a training step on a batch of two to work"),
        ("Hidden", "state_dict: Core(kind='Hidden'): expected the same output from a new module"),
        ("Elsewhere", "meta: Core(kind='Elsewhere'): expected every parameter and buffer on the device"),
        (
            "Reading",
            "build: Core(kind='Reading'): expected build((6, 3, 7, 5)) to make a module on torch's meta",
        ),
    ],
)
def test_a_broken_core_is_caught_by_name(kind, words):
    with pytest.raises(AssertionError) as caught:
        check_core(Core(kind))
    assert words in str(caught.value)
    assert str(caught.value).startswith("check_core: ")


def test_the_process_is_as_before_whatever_a_part_did_to_it():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    for kind in ("Precise", "Reseeded", "Noisy"):
        with pytest.raises(AssertionError):
            check_core(Core(kind))
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(before, torch.get_rng_state())


def test_a_part_may_refuse_inputs_and_is_then_told_to_name_one():
    check_core(Core(), input_shape=(4, CHANNELS, 2, 3))
    with pytest.raises(
        AssertionError, match=r"build: Core\(\): expected at least one input .* that it takes"
    ):
        check_core(Core(), input_shape=(4, CHANNELS + 1, 2, 3))


@attrs.frozen
class Sourceless(Core):
    """Do as others do, since 2021."""


@attrs.frozen
class Undocumented(Core):
    pass


@attrs.frozen
class Helpless(Core):
    """Do it (Murphy 1949)."""

    units: int = sysid.key("", default=3)


@attrs.frozen
class Plain(Core):
    """Do it (Murphy 1949)."""

    units: int = 3


@attrs.define
class Thawed(sysid.Core):
    """Do it (Murphy 1949)."""

    def build(self, input_shape):
        return Sound()


@attrs.frozen
class Doubled(Core):
    """Do it (Murphy 1949)."""

    units: int = sysid.key("how many", default=3)

    def __attrs_post_init__(self):
        object.__setattr__(self, "units", 2 * self.units)


@attrs.frozen(init=False)
class Swallowing(sysid.Core):
    """Do it (Murphy 1949)."""

    mode: Literal["a", "b"] = sysid.key("which", default="a")

    def __init__(self, mode="a", **options):
        self.__attrs_init__(mode)

    def build(self, input_shape):
        return Sound()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            Sourceless(),
            'source: Sourceless(): expected a docstring that names a source, got "Do as others do',
        ),
        (Undocumented(), "docstring: Undocumented(): expected a docstring of its own, got none"),
        (Helpless(), "config: Helpless(): expected a help text for the key units, got an empty one"),
        (
            Plain(),
            "config: Plain(): expected the field units to be made by sysid.key, got another attrs field",
        ),
        (Thawed(), "expected a frozen attrs class (@attrs.frozen), got Thawed"),
        (Doubled(), "expected the same config after it was written as a table and read back"),
        (Swallowing(), "unknown_fields: Swallowing(): expected Swallowing(…, no_such_key=1) to be refused"),
    ],
)
def test_a_broken_config_is_caught_by_name(config, words):
    with pytest.raises(AssertionError) as caught:
        check_core(config)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Core, "expected an instance of a class derived from sysid.Core, got the class Core itself"),
        (nn.Identity(), "expected an instance of a class derived from sysid.Core, got Identity"),
    ],
)
def test_what_is_no_config_is_told(given, words):
    with pytest.raises(AssertionError) as caught:
        check_config(Subject("check_core", given), "core")
    assert words in str(caught.value)


def test_an_encoder_is_checked_alike():
    @attrs.frozen
    class Encoder(sysid.Encoder):
        """Look ahead (Murphy 1949)."""

        def build(self, input_shape):
            return MODULES["Padded"]()

    with pytest.raises(AssertionError, match=r"check_encoder: causality: Encoder\(\): expected"):
        check_encoder(Encoder())


def test_a_larger_input_is_tried_where_a_part_refuses_a_small_one():
    seen = []

    @attrs.frozen
    class Wide(Core):
        """Need room (Murphy 1949)."""

        def build(self, input_shape):
            if input_shape[3] < 10:
                raise sysid.SysidError("core: expected 10 pixels")
            seen.append(input_shape)
            return super().build(input_shape)

    check_core(Wide())
    assert set(seen) == {(8, 3, 23, 19)}
