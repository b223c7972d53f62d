"""Figures and tables of the lessons."""

from helpers.figures.plots import draw_activations, draw_map, draw_photos, draw_top_classes, show
from helpers.figures.tables import show_table
from helpers.figures.training_plots import (
    draw_confusion,
    draw_curves,
    draw_intervals,
    draw_lines,
    draw_rate_test,
)
