"""Ideal images: their panel and figures."""

from helpers.ideal_images.figures import draw_lines, draw_loop
from helpers.ideal_images.panel import ideal_panel
