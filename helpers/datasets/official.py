"""The official files. They hold the photographs, and for pets the lists with their classes."""

from pathlib import Path

from helpers.downloads.places import fetch
from helpers.files import OfficialFile

MICROSOFT = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F"
OXFORD = "https://thor.robots.ox.ac.uk/~vgg/data/pets"
CATS_AND_DOGS = OfficialFile(
    name="kagglecatsanddogs_5340.zip",
    url=f"{MICROSOFT}/kagglecatsanddogs_5340.zip",
    size=824_887_076,
    sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
)
PET_IMAGES = OfficialFile(
    name="images.tar.gz",
    url=f"{OXFORD}/images.tar.gz",
    size=791_918_971,
    sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
)
PET_LISTS = OfficialFile(
    name="annotations.tar.gz",
    url=f"{OXFORD}/annotations.tar.gz",
    size=19_173_078,
    sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
)


def copy_archives(folder: str | Path) -> list[Path]:
    """Bring the official archives, whole, into `folder`: it can then serve as a mirror."""
    return [fetch(file, folder) for file in (CATS_AND_DOGS, PET_LISTS, PET_IMAGES)]
