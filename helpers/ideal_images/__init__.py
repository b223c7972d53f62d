"""Ideal images: their panel and figures."""

from helpers.ideal_images.panel import ideal_panel
