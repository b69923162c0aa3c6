"""Where pip got a package from, if not by its name: the file `direct_url.json` that it leaves (PEP 610)."""

import importlib.metadata
import json
import urllib.parse
import urllib.request


def find_install_source(package: str) -> str:
    """Return what `pip install` was given: a folder, a file, a repository with its commit.

    Nothing for a package that is not installed, or that came from an index: there its name and version do.
    """
    try:
        text = importlib.metadata.distribution(package).read_text("direct_url.json")
        content = json.loads(text or "{}")
        url = content.get("url", "")
        if "vcs_info" in content:
            return f"{content['vcs_info']['vcs']}+{url}@{content['vcs_info']['commit_id']}"
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError, KeyError, TypeError):
        return ""  # whatever wrote the file, no run is lost for it
    place = urllib.parse.urlsplit(url)
    return urllib.request.url2pathname(place.path) if place.scheme == "file" else url
