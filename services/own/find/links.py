"""Symbolic links of the project that lead out of it, to what the image has not."""

import os
from pathlib import Path


def outside(root: Path, folder: str) -> tuple[str, ...]:
    """Each with where it leads to; `folder` is the root's path on the host, where absolute links begin."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            name = path.relative_to(root)
            to = os.readlink(path)
            whole = os.path.normpath(to if os.path.isabs(to) else os.path.join(folder, name.parent, to))
            if os.path.isabs(to) or not Path(whole).is_relative_to(folder):
                found.append(
                    f"{name} is a link to {to}, which is outside of the folder: the image has not what it leads to"
                )
    return tuple(found)
