"""What the product says to people: English sentences with named gaps, translated by the doors. The lowest floor."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark an English sentence for translation without translating it; the doors translate when they show it."""
    return message


@dataclass(frozen=True)
class Message:
    """An English sentence with named gaps, and what goes into them; the doors translate and fill it.

    ``str()`` is the sentence in English, for logs and for programs.
    """

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format_map(self.params)


# The words of an operating system come in its own language, so the frequent ones are said anew.
_SYSTEM_REASONS: Mapping[int, str] = {
    errno.EACCES: N_("access is denied"),
    errno.EPERM: N_("this is not permitted"),
    errno.EROFS: N_("it lies on a disk that is read-only"),
    errno.ENOENT: N_("there is no such file or folder"),
    errno.ENOTDIR: N_("a part of the path is not a folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EEXIST: N_("something of this name exists already"),
    errno.ENOTEMPTY: N_("the folder is not empty"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ELOOP: N_("its links lead in a circle"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("the disk quota is used up"),
    errno.EFBIG: N_("the file would be too large"),
    errno.EIO: N_("the disk reported an error"),
    errno.EBUSY: N_("it is in use"),
    errno.ETXTBSY: N_("it is in use"),
    errno.EMFILE: N_("too many files are open"),
    errno.ENFILE: N_("too many files are open"),
    errno.ENOMEM: N_("there is not enough memory"),
    errno.EADDRINUSE: N_("the address is in use"),
    errno.EADDRNOTAVAIL: N_("this machine has no such address"),
}


def system_reason(error: OSError) -> Message:
    """Why the operating system refused: our own sentence, or the system's words where there is none."""
    said = _SYSTEM_REASONS.get(error.errno or 0)
    return Message(said) if said else Message(error.strerror or type(error).__name__)
