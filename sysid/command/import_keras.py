"""`sysid import-keras`: networks released with Zheng et al. 2021 become run folders."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command("import-keras")
@click.argument("architecture", metavar="ARCHITECTURE.json", type=click.Path(path_type=Path))
@click.argument("weights", metavar="WEIGHTS.h5", type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="RUN", type=click.Path(path_type=Path), required=True, help="A new or empty folder."
)
def import_keras(architecture: Path, weights: Path, out: Path) -> None:
    """Turn the weights of a Keras 2 network, as released with Zheng et al. 2021, into a run folder.

    ARCHITECTURE.json and WEIGHTS.h5 are read as data: nothing in them is executed. RUN predicts and is
    analysed like any other. Its test part is scored if the released recording is on this machine.
    """
    from sysid.command.discovery import discover_aloud
    from sysid.keras.imported_run import import_keras as import_files

    run = import_files(architecture, weights, out, registry=discover_aloud())
    _, _, height, width = run.architecture.input_shape
    (session,) = run.information["sessions"].values()
    name = run.information["identity"]["configuration"]["variant"]
    neurons, history = len(session["neurons"]), run.samples.history
    print_line(f"{out}: {name}, {neurons} neurons, windows of {history} frames of {height}×{width} px")
    if run.folder.scores_file.exists():
        mean = run.metrics["correlation"]["mean"]
        print_line(f"CC {float('nan') if mean is None else mean:.3f}")
    else:
        print_line(f"not scored: {'; '.join(run.information['data']['notes'])}")
