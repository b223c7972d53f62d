"""Photographs: open them, change them, measure them, and a folder of one's own."""

from helpers.photographs.image_measures import amplitudes, check_image, fine_detail, shifted_copies
from helpers.photographs.own_folders import FolderError, own_photographs
from helpers.photographs.photo_changes import add_noise, blur, compress, cut_border, shrink, to_8bit
from helpers.photographs.photos import (
    PhotoError,
    batches_of,
    load_squares,
    open_photo,
    sample_photos,
    save_png,
    square,
)
