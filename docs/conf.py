"""How the documentation site is built; `make docs` runs it."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "Limner"
copyright = "The Limner authors"  # noqa: A001 - the name that Sphinx reads
release = version = version_of("limner")

extensions = ["myst_parser", "sphinx_copybutton", "limner_reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "reference/_generated"]
suppress_warnings: list[str] = []
nitpicky = True
smartquotes = False  # it would turn the -- of options into dashes

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "pydata_sphinx_theme"
html_title = "Limner"
html_static_path = ["_static"]
html_css_files = ["limner.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "Limner"},
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "navigation_depth": 3,
    "show_prev_next": True,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": [], "quickstart": []}

# `make docs-links` asks every external address; these answer only members or browsers.
linkcheck_ignore = [
    r"https?://(127\.0\.0\.1|localhost)",
    r"https://YOUR-HOST",
    r"https://discord\.com/developers",
    r"https://api\.slack\.com/apps",
    r"https://.*example\.(org|com)",
]
linkcheck_timeout = 20
