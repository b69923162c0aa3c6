"""`sysid predict`: the responses of a run's model to any movie."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--stimulus",
    metavar="FILE.npy",
    type=click.Path(path_type=Path),
    required=True,
    help="(frame, height, width) or (frame, channel, height, width), in the units of the training stimulus.",
)
@click.option(
    "--behaviour",
    metavar="FILE.npy",
    type=click.Path(path_type=Path),
    help="(frame, channel) beside the stimulus, NaN where not measured; the average behaviour if absent.",
)
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), required=True, help=".npy, .npz or .csv."
)
@click.option("--session", metavar="NAME", help="Whose neurons, where the run has several sessions.")
@click.option(
    "--spikes", metavar="N", type=click.IntRange(min=1), help="Write N trials of Poisson spikes instead."
)
@click.option("--seed", metavar="S", type=click.IntRange(min=0), help="Of the spikes; 0 if absent.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def predict(
    run: Path,
    stimulus: Path,
    behaviour: Path | None,
    out: Path,
    session: str | None,
    spikes: int | None,
    seed: int | None,
    overwrite: bool,
) -> None:
    """Write what the model of RUN, a run folder, expects each neuron to do at each frame of a movie.

    Rates are spikes per frame, (frame, neuron); spikes are counts, (repeat, frame, neuron). The first frames,
    which have no whole window behind them, are not predicted: NaN, or an empty cell.
    """
    from sysid.behaviour_file import read_behaviour
    from sysid.command.discovery import discover_aloud
    from sysid.errors import SysidError
    from sysid.prediction import keep_on_disk, stream_rates, stream_spikes
    from sysid.prediction_file import Layout, check_output, write_prediction
    from sysid.run_loading import load_run
    from sysid.stimulus_file import open_stimulus

    if seed is not None and spikes is None:
        raise SysidError("--seed: expected together with --spikes: rates need no seed")
    for given, what in ((stimulus, "stimulus"), (behaviour, "behaviour")):
        if given is not None and out.resolve() == given.resolve():
            raise SysidError(f"--out {out}: expected another file than the {what}")
    check_output(out, overwrite=overwrite)
    loaded = load_run(run, registry=discover_aloud())
    for line in loaded.notes:
        print_line(f"note: {line}", err=True)
    movie = open_stimulus(stimulus, loaded.architecture.input_shape[1:])
    sessions = loaded.information["sessions"]
    if session is None and len(sessions) > 1:
        raise SysidError(f"--session: expected one of {', '.join(sessions)}, got none")
    if session is not None and session not in sessions:
        raise SysidError(f'--session: expected one of {", ".join(sessions)}, got "{session}"')
    about = sessions[session or next(iter(sessions))]
    neurons, channels = tuple(about["neurons"]), about.get("behaviour", ())
    beside = None if behaviour is None else read_behaviour(behaviour, movie.frames, channels)
    shape, reach = (movie.frames, len(neurons)), loaded.window.reach
    rows = stream_rates(loaded, movie, session, beside)
    if spikes is None:
        write_prediction(out, Layout("rates", shape, neurons), rows)
    else:
        rates = keep_on_disk(rows, shape, out.parent)
        trials = stream_spikes(rates, reach, spikes, seed or 0)
        write_prediction(out, Layout("spikes", (spikes, *shape), neurons), trials)
    what = "rates" if spikes is None else f"{spikes} trials"
    mark = " SIMULATED" if loaded.information["simulated"] else ""
    print_line(
        f"{out}: {what} of {len(neurons)} neurons at {movie.frames - reach} of {movie.frames} frames{mark}"
    )
