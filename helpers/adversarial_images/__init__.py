"""Adversarial images: their panel, figures and stored table."""

from helpers.adversarial_images.figures import attack_html, draw_change, draw_steps, show_flip
from helpers.adversarial_images.panel import Attacked, attack_panel
