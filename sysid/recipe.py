"""Load a recipe: from a file and what is laid over it to checked, typed runs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from sysid.bundled import find_recipe
from sysid.configuration import Published
from sysid.errors import SysidError, SysidErrors, did_you_mean
from sysid.recipe_file import read_recipe, shorten_path
from sysid.recipe_origin import Origin, explain_no_change
from sysid.recipe_overlay import Setting, Table, apply_setting, lay, parse_setting
from sysid.recipe_plan import plan_runs
from sysid.recipe_shape import find_misshapen, find_unknown_keys, find_unknown_names
from sysid.registry import Registry, discover
from sysid.run_name import fits
from sysid.run_plan import RunPlan

__all__ = ["Recipe", "RunPlan", "load_recipe"]

IDENTITY = {"use": "identity"}
DEFAULTS: Table = {"encoder": IDENTITY, "core": IDENTITY, "variants": {"base": {}}}
SHOWN = 12  # run names in a message


@attrs.frozen
class Recipe:
    """A checked recipe.

    Attributes:
        name: of the file, without `.toml`.
        path: of the file.
        text: of the file, word for word.
        profile: that was laid over it, or None.
        settings: that were laid over both, as given: `path=value`.
        runs: variant by variant, in the order of the file.
        published: figures of the paper.
        changed_by_settings: names of the runs that are not what they are without `settings`.
    """

    name: str
    path: Path
    text: str
    profile: str | None
    settings: tuple[str, ...]
    runs: tuple[RunPlan, ...]
    published: tuple[Published, ...]
    changed_by_settings: tuple[str, ...]

    def select(self, only: Sequence[str]) -> "Recipe":
        """Return the recipe with those runs whose name, or the start of it up to a `/`, fits a pattern.

        Patterns are those of a shell, such as `crnn_lstm/movie1/*`; without any, all runs stay.

        Raises:
            SysidError: a pattern fits no run; the line names the runs that there are.
        """
        if not only:
            return self
        chosen: set[str] = set()
        names = [run.name for run in self.runs]
        for pattern in only:
            fitting = [name for name in names if fits(name, pattern)]
            if not fitting:
                more = f", … ({len(names)} in all)" if len(names) > SHOWN else ""
                raise SysidError(f"--only {pattern}: fits no run; there are {', '.join(names[:SHOWN])}{more}")
            chosen.update(fitting)
        return attrs.evolve(self, runs=tuple(run for run in self.runs if run.name in chosen))


def load_recipe(
    path_or_name: str | Path,
    *,
    profile: str | None = None,
    settings: Iterable[str] = (),
    registry: Registry | None = None,
) -> Recipe:
    """Load a recipe and check all of it.

    Args:
        path_or_name: a TOML file, or the name of a recipe that ships with sysid.
        profile: name of the `[profiles.NAME]` to lay over it.
        settings: `path=value`, laid over recipe and profile one after the other.
        registry: where components are looked up; the installed ones by default.

    Raises:
        SysidError: the file cannot be found or read.
        SysidErrors: mistakes in it, one line for each, all at once.
    """
    path = find_recipe(path_or_name)
    text, tables = read_recipe(path)
    parsed = tuple(parse_setting(setting) for setting in settings)
    file = shorten_path(path)
    document, overlay, lines = _lay_profile(tables, profile, file)
    origin = Origin(file, document, profile, overlay, parsed)
    final = _apply_settings(document, parsed)
    lines += [origin.write(mistake) for mistake in find_unknown_keys(final)]
    misshapen = [origin.write(mistake) for mistake in find_misshapen(final)]
    if misshapen:
        raise SysidErrors([*lines, *misshapen])
    registry = registry or discover()
    plan = plan_runs(final, registry)
    lines += [origin.write(mistake) for mistake in plan.mistakes]
    if lines:
        raise SysidErrors(lines)
    changed = _find_changed(plan.runs, document, parsed, registry)
    return Recipe(
        path.stem, path, text, profile, tuple(s.text for s in parsed), plan.runs, plan.published, changed
    )


def _lay_profile(tables: Table, profile: str | None, file: str) -> tuple[Table, Table, list[str]]:
    """Return a recipe's tables with the profile laid over them, the profile's own, and mistakes as lines."""
    plain = Origin(file, {})
    lines = [plain.write(mistake) for mistake in find_unknown_keys(tables)]
    misshapen = [plain.write(mistake) for mistake in find_misshapen(tables)]
    if misshapen:
        raise SysidErrors([*lines, *misshapen])
    document = DEFAULTS | {name: value for name, value in tables.items() if name != "profiles"}
    document["variants"] = document["variants"] or DEFAULTS["variants"]
    if profile is None:
        return document, {}, lines
    known = tables.get("profiles", {})
    if profile not in known:
        near = did_you_mean(profile, known) or f"; it has {', '.join(known) or 'none'}"
        raise SysidError(f'{file}: profiles: unknown profile "{profile}"{near}')
    overlay = known[profile]
    located = Origin(file, {}, profile, overlay)
    unknown = [located.write(mistake) for mistake in find_unknown_names(document, overlay)]
    if unknown:  # what they would make is not what was meant, so its mistakes would mislead
        raise SysidErrors([*lines, *unknown])
    return lay(document, overlay), overlay, lines


def _apply_settings(document: Table, settings: Iterable[Setting]) -> Table:
    """Return a recipe's tables with the settings laid over them."""
    for setting in settings:
        section, *below = setting.path
        known = document.get(section, {})
        if section in ("variants", "datasets") and below and below[0] not in known:
            raise SysidError(
                f'--set {setting.text}: unknown {section[:-1]} "{below[0]}"{did_you_mean(below[0], known)}'
            )
        document = apply_setting(document, setting)
    return document


def _find_changed(
    runs: tuple[RunPlan, ...], document: Table, settings: tuple[Setting, ...], registry: Registry
) -> tuple[str, ...]:
    """Return the runs that the settings change together.

    Raises:
        SysidErrors: a setting changes none, all the others being laid.
    """
    now = {run.name: run for run in runs}
    useless = [
        f"--set {setting.text}: {explain_no_change(document, setting)}"
        for setting in settings
        if _plan_without(document, [other for other in settings if other is not setting], registry) == now
    ]
    if useless:
        raise SysidErrors(useless)
    before = _plan_without(document, (), registry) if settings else now
    return tuple(name for name, run in now.items() if before.get(name) != run)


def _plan_without(document: Table, settings: Iterable[Setting], registry: Registry) -> dict[str, RunPlan]:
    """Return the runs by name with fewer settings; none where the others alone make no recipe."""
    try:
        tables = _apply_settings(document, settings)
    except SysidError:  # a path that only the missing setting makes
        return {}
    if any(find_misshapen(tables)):
        return {}
    plan = plan_runs(tables, registry)
    return {} if plan.mistakes else {run.name: run for run in plan.runs}
