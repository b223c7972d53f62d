"""Adversarial images: their figures, their panel and their stored table."""

from helpers.adversarial_images.panel import Attacked, attack_panel, draw_change, show_flip
