"""Settings of the website, for Sphinx: `make html`.

Pets are drawn and nothing is fetched, so the pages may be published. With the tag `photos` the
notebooks take photographs as in JupyterLab: pages for yourself (data/README.md says why).
"""

import hashlib
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

from docutils import nodes
from jupyter_cache.executors import utils
from latex2mathml.converter import convert
from myst_nb import sphinx_ext

SITE = Path(__file__).parent
REPOSITORY = SITE.parents[1]
sys.path.append(str(SITE.parent))
from open_lab import FILES  # noqa: E402

project, author = "Pretrained networks and transfer learning", "The authors of the course"
project_copyright = "the authors of the course, MIT licence"
extensions, html_theme = ["myst_nb", "sphinx.ext.githubpages"], "sphinx_book_theme"
root_doc, html_title, html_extra_path = "README", project, ["index.html"]
include_patterns = list(FILES)
# The solutions stay in the course's folder: here, whoever looks for a word would find them.
exclude_patterns = [".*", "my_course", "site", "**/pictures", "lab/solutions"]
highlight_language = "none"  # of a block that does not name its language
html_static_path, html_css_files, html_js_files = ["static"], ["course.css"], ["course.js"]
html_show_search_summary = False  # it would fetch each page that is found, some MB
html_context = {"default_mode": "auto"}  # dark or light as the reader's computer is set
html_sidebars = {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]}
html_theme_options = {
    "repository_url": "https://github.com/OWNER/transfer-learning-course",
    "repository_branch": "main",
    "use_repository_button": True,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "launch_buttons": {
        "notebook_interface": "jupyterlab",
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "jupyterhub_url": os.environ.get("COURSE_HUB", ""),
    },
}

# Formulas as MathML, which needs no script.
html_math_renderer = "mathml"
# Widgets need a running notebook: beside them stands their still form, HTML.
nb_ipywidgets_js, nb_merge_streams = {}, True
myst_enable_extensions, myst_heading_anchors = ["dollarmath"], 3
myst_dmath_double_inline = True

# The notebooks. What they make belongs to one state of the course: another one begins anew.
photos = tags.has("photos")  # noqa: F821, Sphinx defines `tags`
state = hashlib.sha256(b"photos" if photos else b"drawn")
for pattern in ("*.py", "helpers/**/*.*", "lab/**/*.*", "notebooks/**/*.*", "data/*.json"):
    for path in sorted(REPOSITORY.glob(pattern)):
        if path.suffix in (".css", ".js", ".json", ".py"):
            state.update(path.read_bytes())
made = REPOSITORY / ".site" / state.hexdigest()[:12]
for old in made.parent.glob("*"):
    if old.is_dir() and old not in (made, made.parent / "doctrees"):
        shutil.rmtree(old)
sphinx_ext.OUTPUT_FOLDER = str(made / "executed")
nb_execution_mode, nb_execution_cache_path = "cache", str(made / "cache")
# A progress bar is its last line. jupyter-cache has no setting for it.
utils.executenb = partial(utils.executenb, coalesce_streams=True)
nb_execution_timeout, nb_execution_raise_on_error = 600, True  # seconds, for one cell
nb_execution_excludepatterns = os.environ.get("COURSE_SKIP", "").split()  # for a quick look
os.environ |= {"COURSE_PAGES": "1"}
if not photos:
    os.environ |= {"COURSE_OFFLINE": "1", "COURSE_DATA": str(made / "data")}
    os.environ |= dict.fromkeys(("COURSE_MIRROR", "COURSE_PHOTOS"), "")


# Each page is in the table of contents, with no list to keep by hand.
CONTENTS = """
```{toctree}
:hidden:
:glob:
:caption: %s
%s
```
"""
DOCS = ["docs/*"] if any(REPOSITORY.glob("docs/*.md")) else []
PARTS = {
    "Begin here": [
        "notebooks/00_start_here",
        "The lecture: English <notebooks/README>",
        "Bài giảng: tiếng Việt <notebooks/README.vi>",
        "notebooks/00_lecture_quizzes",
    ],
    # "Next" leads through one framework.
    **{
        f"In {framework}": [f"notebooks/0[1-9]*_{name}", f"lab/*_{name}"]
        for framework, name in {"PyTorch": "pytorch", "TensorFlow": "tensorflow"}.items()
    },
    "About the course": ["lab/README*", *DOCS, "benchmarks/README", "data/README", "CONTRIBUTING"],
}


def change_source(app, name, source):
    """Put the table of contents below the first page; leave out the lab's links to solutions."""
    if name == root_doc:
        source[0] += "".join(CONTENTS % (part, "\n".join(names)) for part, names in PARTS.items())
    if name.startswith("lab/README"):
        source[0] = re.sub(r"(?m)^\| solution .*\n", "", source[0])


def finish_page(app, name, template, context, doctree):
    """Leave out what only widgets read; name the language, so that screen readers pronounce it."""
    app.env.nb_metadata.get(name, {}).pop("js_files", None)
    if name.endswith(".vi"):
        context["language"] = "vi"


def write_formula(translator, node, display="block"):
    """Write a formula as MathML."""
    formula = convert(node.astext(), display=display)
    box = '<div class="course-formula" tabindex="0">{}</div>' if display == "block" else "{}"
    translator.body.append(box.format(formula))
    raise nodes.SkipNode


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", change_source)
    app.connect("html-page-context", finish_page, priority=400)
    inline = partial(write_formula, display="inline")
    app.add_html_math_renderer("mathml", (inline, None), (write_formula, None))
