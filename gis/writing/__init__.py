"""The one way to the disk: whole or not at all, and never over what this product did not write.

`atomic_file`, `atomic_folder` and `merged_folder` write; `require_file`, `require_folder` and `reserved` refuse a place
before anything is computed for it; `permitted` names inputs, which nothing is written over, and lets other files be.
"""

from gis.writing.exchange import atomic_file, atomic_folder, merged_folder, remove_folder, require_listed, reserved
from gis.writing.places import free_name, permitted, require_file, require_folder, require_place

__all__ = [
    "atomic_file",
    "atomic_folder",
    "free_name",
    "merged_folder",
    "permitted",
    "remove_folder",
    "require_file",
    "require_folder",
    "require_listed",
    "require_place",
    "reserved",
]
