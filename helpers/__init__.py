"""Plumbing of the course: files, photographs, networks, plots and panels.

What the course teaches stands in the notebooks. Importing `helpers` loads no framework.
"""

import os

# Both must be set before TensorFlow and Keras are loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors, not every detail
os.environ["KERAS_BACKEND"] = "tensorflow"
