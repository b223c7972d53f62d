"""Ideal images: their panel."""

from helpers.ideal_images.panel import ideal_panel
