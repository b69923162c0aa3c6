"""The page of the keys that sysid itself reads."""

from sysid.configuration import AnalysisKeys, DatasetKeys, Published, Samples, Training
from sysid.recipe_overlay import SECTIONS
from sysid.reference.markdown import NOTICE, join_blocks, tabulate
from sysid.schema import document

TABLES = {
    "datasets": "`[datasets.NAME]`, one for each recording: [its keys](#datasetsname)",
    "samples": "`[samples]`, how a recording becomes samples: [its keys](#samples)",
    "encoder": "`[encoder]`, from stimulus windows to features: [part tables](#encoder-core-and-readout)",
    "core": "`[core]`, from features to features: [part tables](#encoder-core-and-readout)",
    "readout": "`[readout]`, from features to the neurons: [part tables](#encoder-core-and-readout)",
    "training": "`[training]`, how weights are found: [its keys](#training)",
    "analyses": "`[analyses.NAME]`, what is done with finished runs: [its keys](#analysesname)",
    "variants": "`[variants.NAME]`, the models that are compared: [variants](#variantsname)",
    "profiles": "`[profiles.NAME]`, laid over the recipe on request: [profiles](#profilesname)",
    "published": "`[[published]]`, figures of the paper: [its keys](#published)",
}
"""What stands at the top of a recipe, in the order of the page."""

RECIPE_INTRODUCTION = """\
A recipe is one TOML file. `sysid run` makes one run for every variant, dataset, fold and seed in it, named
`variant/dataset/fold0/seed0`. Nothing is converted but int to float: `"32"` is not 32. All mistakes are
reported at once, one line each, with exit code 2.

What is laid over what, in this order:

1. the recipe's own tables;
2. `[profiles.NAME]`, with `--profile NAME`, over the whole recipe, `variants` included;
3. each `--set PATH=VALUE`, over that;
4. each variant's tables, over the recipe's.

Tables are merged key by key. A table that says `use` replaces the table below it, and so does an array.
A default of `none` is what holds where the key is left out; it cannot be written, as TOML has no such value.

At the top of a recipe:
"""

DATASETS = """\
`use` names one of the [datasets](components.md#datasets), whose own keys stand in the same table. Beside them
there are keys that sysid itself reads, for any dataset:
"""

PARTS = """\
`use` names one of the [encoders](components.md#encoders), [cores](components.md#cores) or
[readouts](components.md#readouts), whose own keys stand in the same table. Without a table, encoder and core
are `identity`; the readout is required. A bare name ships with sysid, `plugin:name` comes from an installed
plugin.
"""

ANALYSES = """\
`use` names one of the [analyses](components.md#analyses), whose own keys stand in the same table. One of
scope *run* is carried out on every run, one of scope *recipe* once, on all of them. No analysis is carried
out that a recipe does not ask for. Beside the analysis's own keys there is one that sysid itself reads:
"""

VARIANTS = """\
A variant may have the tables {sections}, laid
over those of the recipe, and one key of its own:

- `datasets`, an array of dataset names: what this variant is run on. By default all that are no stand-in.

A recipe without variants has one, `base`.
"""

PROFILES = """\
A profile may have whatever a recipe has but `profiles` and `published`. It changes variants, datasets and
analyses that the recipe has; of datasets and analyses it may also bring new ones.
"""

PUBLISHED = """\
One row for each figure of a paper that is printed beside ours. It is left out where the responses are
simulated.
"""

COMMAND_LINE = """\
- `--profile NAME` lays `[profiles.NAME]` over the recipe.
- `--set PATH=VALUE`, repeatable, sets one value: `--set training.epochs=5`, `--set readout.loss=mse`,
  `--set encoder.layers.0.channels=8` (rows count from 0), `--set variants.cnn.training.seeds=[0,1]`. The
  value is read as TOML, else as text. A variant's own table still lies over it, so set a value that a variant
  has of its own under `variants.NAME`. A `--set` that changes no run is an error.
- `--only PATTERN`, repeatable, keeps the runs whose name fits: `--only 'cnn/movie1/*'`. A pattern may stop at
  any `/` of the name.
"""


def describe_recipe() -> str:
    """Return the page as Markdown."""
    sections = ", ".join(f"`{name}`" for name in SECTIONS)
    top = [f"- {line}" for line in TABLES.values()]
    blocks = (
        ("# Recipe keys", NOTICE, RECIPE_INTRODUCTION, *top, ""),
        ("## `[datasets.NAME]`", DATASETS, *tabulate(document(DatasetKeys))),
        ("## `[samples]`", *tabulate(document(Samples))),
        ("## `[encoder]`, `[core]` and `[readout]`", PARTS),
        ("## `[training]`", *tabulate(document(Training))),
        ("## `[analyses.NAME]`", ANALYSES, *tabulate(document(AnalysisKeys))),
        ("## `[variants.NAME]`", VARIANTS.format(sections=sections)),
        ("## `[profiles.NAME]`", PROFILES),
        ("## `[[published]]`", PUBLISHED, *tabulate(document(Published))),
        ("## On the command line", COMMAND_LINE),
    )
    return join_blocks(line for block in blocks for line in block)
