"""`sysid convert`: a dataset's recording as Neurodata Without Borders."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("dataset", metavar="DATASET")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="A key of the dataset, as in a recipe's table; repeatable.",
)
@click.option("--out", metavar="FILE.nwb", type=click.Path(path_type=Path), required=True, help="A new file.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def convert(dataset: str, settings: tuple[str, ...], out: Path, overwrite: bool) -> None:
    """Write the recording of DATASET, such as dryad_mea, as an NWB file that other tools read.

    `sysid show dataset:NAME` has its keys. What the source does not say and NWB asks for is said to be
    unknown, in the file's notes and here.
    """
    from sysid.command.discovery import discover_aloud
    from sysid.conversion import convert as convert_dataset

    notes = convert_dataset(dataset, settings, out, discover_aloud(), overwrite=overwrite)
    print_line(f"{out}: {dataset} as NWB")
    for note in notes:
        print_line(f"  {note}")
