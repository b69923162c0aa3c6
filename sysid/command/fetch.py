"""`sysid fetch`: bring a public recording to this machine."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where to put it; $SYSID_DATA_DIR or the cache if absent.",
)
def fetch(name: str, folder: Path | None) -> None:
    """Fetch the recording NAME: dryad_4ch10 or zheng2021_hdf5. Goes on where an earlier fetch stopped."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from sysid.fetch import fetch as fetch_recording
    from sysid.visible_text import make_visible

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[str, int] = {}

        def tell(done: int, total: int | None, file: str) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(escape(make_visible(file)), total=total)
                if not console.is_terminal:
                    print_line(f"{file}: {'?' if total is None else total} bytes", err=True)
            progress.update(tasks[file], completed=done, total=total)

        target = fetch_recording(name, folder=folder, progress=tell)
    print_line(str(target))
