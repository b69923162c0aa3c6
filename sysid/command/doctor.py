"""`sysid doctor`: is everything here as it should be, and if not, what to do?"""

import sys
from pathlib import Path

import click

from sysid.command.option import folder_option


@click.command()
@folder_option
@click.option("--full", is_flag=True, help="Read all of every recording and compare checksums.")
@click.option("--no-training", is_flag=True, help="Leave out the training of ten seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(folder: Path, full: bool, no_training: bool, as_json: bool) -> None:
    """Look at the whole installation and say what to do about each finding.

    That is: versions, devices, threads, memory, disk, plugins, recordings and their checksums, and a training
    of ten seconds. "note" works, and one should know; a "problem" makes the exit code 1.
    """
    from sysid.command.doctor_page import print_area, print_json, print_total
    from sysid.doctor.examination import examine_installation

    areas = []
    for area in examine_installation(folder, full=full, training=not no_training):
        if not as_json:
            print_area(area)
        areas.append(area)
    (print_json if as_json else print_total)(areas)
    if not all(area.sound for area in areas):
        sys.exit(1)
