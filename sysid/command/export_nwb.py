"""`sysid export-nwb`: what a run found, as Neurodata Without Borders."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command("export-nwb")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", metavar="FILE.nwb", type=click.Path(path_type=Path), required=True, help="A new file.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def export_nwb(run: Path, out: Path, overwrite: bool) -> None:
    """Write predictions, scores and receptive fields of RUN, a finished run, into a new NWB file.

    It needs the run folder and nothing else. Receptive fields are those that its analyses have found. The
    file passes `pynwb.validate`.
    """
    from sysid.nwb.export import export_nwb as export

    done = export(run, out, overwrite=overwrite)
    mark = " SIMULATED" if done.simulated else ""
    print_line(f"{out}: predictions of {done.neurons} neurons in {done.bins} bins{mark}")
    for name in done.fields:
        print_line(f"  receptive fields: {name}")
    if not done.fields:
        print_line("  no receptive fields: no analysis of this run has left any (sta, model_rf, local_rf do)")
