"""Give every notebook the hash of what its outputs depend on, before jupyter-cache looks for them.

jupyter-cache itself sees only the code cells; `tools/digest.py` knows what they need.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import digest


def _configured(app, config):
    config.nb_execution_cache_path = str(digest.CACHE)
    digest.sources()  # once, before pages are read in several processes


def _source_read(app, docname, source):
    folder, _, chapter = docname.rpartition("/")
    if folder == "notebooks":
        source[0] = digest.stamp(source[0], chapter)


def setup(app):
    app.connect("config-inited", _configured)
    app.connect("source-read", _source_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
