"""Write a recipe for what was found in a file: complete, with the reasons of its numbers beside them."""

import json
import re
from typing import Any

from sysid_datasets.neurodata.proposal.choice import Choice, Key
from sysid_datasets.neurodata.proposal.model_size import ModelSize, choose_size

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
QUICK_BINS = 6000  # that a quick run trains on, about

STATIC_SAMPLES = """\
[samples]
history = 1 # single images: what was shown before an image does not count"""

RECURRENT_CORE = """\
[core]
use = "lstm"
hidden_units = 16
l2 = 1e-3"""

TRAINING = """\
[training]
epochs = 100
batch_size = 64
learning_rate = 3e-3
patience = 10 # epochs without improvement, then it stops
seeds = [0] # more seeds, surer differences"""

VARIANTS = """\
[variants.ln] # the linear-nonlinear model, which every other has to beat
encoder = {{ use = "identity" }}
core = {{ use = "identity" }}
readout = {{ use = "window", window_px = {window_px}, {observed} }} # around each receptive field
training = {{ method = "least_squares" }}

[variants.cnn]"""

RECURRENT_VARIANTS = """
core = { use = "identity" }

[variants.crnn] # as the tables above"""

ANALYSES = """\
[analyses.sta] # receptive fields of the data
use = "sta"
only = ["ln/*"] # they are the same for every model

[analyses.comparison] # which model predicts better, and whether beyond chance
use = "comparison\""""

RECURRENT_ANALYSES = """
recurrent = "crnn"
feedforward = "cnn\""""

QUICK = """\
# `--profile quick`: everything once, in minutes on a laptop; not a result

[profiles.quick.training]
epochs = 8
learning_rate = 1e-2
patience = 4

[profiles.quick.analyses.sta]
shifts = 99"""


def write_recipe(choice: Choice) -> str:
    """Return the text of a recipe, TOML with comments."""
    size = choose_size(choice.history, choice.size_px, choice.neurons)
    movie = not choice.is_image
    blocks = [
        _write_heading(choice),
        _write_dataset(choice),
        _write_samples(choice) if movie else STATIC_SAMPLES,
        _write_encoder(choice, size),
        *([RECURRENT_CORE] if movie else []),
        _write_readout(choice),
        TRAINING,
        _write_variants(choice, size) + (RECURRENT_VARIANTS if movie else ""),
        ANALYSES + (RECURRENT_ANALYSES if movie else ""),
        QUICK,
        *_write_fraction(choice),
    ]
    return "\n\n".join(blocks) + "\n"


def name_table(file: str) -> str:
    """Return a name for the table of a file's data that TOML and folders take."""
    stem = file.rpartition(".")[0] or file
    return NOT_IN_NAMES.sub("_", stem).strip("_-") or "recording"


def write_value(value: Any) -> str:
    """Return a value in TOML's notation, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # TOML's basic strings are JSON's
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {write_value(each)}' for name, each in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(write_value(each) for each in value)}]"
    return str(value)


def _write_heading(choice: Choice) -> str:
    lines = (
        f"{choice.file}: {choice.summary}",
        *(f"To choose: {doubt}" for doubt in choice.doubts),
        "",
        "Written by `sysid inspect`, to begin with; every number is a choice that you may change.",
        f"`sysid show dataset:{choice.dataset}` explains the keys of the data, `sysid list` shows what else",
        "there is.",
    )
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _write_dataset(choice: Choice) -> str:
    return "\n".join([f"[datasets.{name_table(choice.file)}]", *map(_write_key, choice.keys)])


def _write_key(key: Key) -> str:
    if key.value is None:
        return f"# {key.remark}"
    return f"{key.name} = {write_value(key.value)}{f' # {key.remark}' if key.remark else ''}"


def _write_samples(choice: Choice) -> str:
    bin_ms = 1000 * choice.bin_s
    why = "for spikes" if choice.is_spikes else "fluorescence is slow"
    history_ms = choice.history * bin_ms
    return f"[samples]\nhistory = {choice.history} # × {bin_ms:.3g} ms = {history_ms:.0f} ms: {why}"


def _write_encoder(choice: Choice, size: ModelSize) -> str:
    layers = (
        f"  {{ channels = {channels}, kernel_px = {kernel_px}, l2 = 1e-3, noise_sd = 0.1, dropout = 0.2 }},"
        for channels, kernel_px in zip(size.channels, size.kernels_px, strict=True)
    )
    height, width = choice.size_px
    heading = f'[encoder]\nuse = "conv2d"\nlayers = [ # for frames of {height} × {width} px'
    return "\n".join([heading, *layers, "]"])


def _write_readout(choice: Choice) -> str:
    lines = ["[readout]", 'use = "dense"', 'activity_reduction = "batch_mean"']
    if choice.is_spikes:
        lines += ['nonlinearity = "parametric_softplus"', 'loss = "poisson" # for counts']
    else:
        lines += [
            'nonlinearity = "identity"',
            'loss = "mse" # these responses go below zero, counts never do',
        ]
    if choice.has_behaviour:
        lines.append('behaviour = "gain" # it scales the responses; "none" leaves it out')
    return "\n".join(lines)


def _write_variants(choice: Choice, size: ModelSize) -> str:
    observed = 'loss = "poisson"' if choice.is_spikes else 'nonlinearity = "identity", loss = "mse"'
    return VARIANTS.format(window_px=size.window_px, observed=observed)


def _write_fraction(choice: Choice) -> list[str]:
    """Return the table that shortens a long recording for a quick run, in a list; an empty list else."""
    if choice.bins <= 1.5 * QUICK_BINS:
        return []
    fraction = max(0.01, round(QUICK_BINS / choice.bins, 2))
    return [f"[profiles.quick.samples]\nfraction = {fraction:g} # of about {choice.bins} bins"]
