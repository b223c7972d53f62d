"""Plumbing of the course: files, photographs, networks, plots and panels.

What the course teaches stands in the notebooks. Importing `helpers` loads no framework.
"""

import os

from helpers.settings import cores

# These must be set before a framework is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors, not every detail
os.environ["KERAS_BACKEND"] = "tensorflow"
# PyTorch's threads wait for each other by spinning. Where other programs run too, short waits
# are better: two programs on two cores took 13 to 26 s for gradients that take 7 s alone; with
# ten times this number they took 42 to 109 s.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# The same for NumPy and scikit-learn, whose tables are small here. A logistic regression on 185
# photographs: 0.2 s with one thread, 9 s with two on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if cores() < (os.cpu_count() or 1):  # in a container the frameworks would count what it may not use
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, str(cores()))
