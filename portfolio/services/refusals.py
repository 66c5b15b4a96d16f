"""Why a file that somebody brought was not opened, or nothing was found in it: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from portfolio.errors import N_

REFUSAL_WORDS: Mapping[str, tuple[str, str]] = {
    "active": (
        N_("The picture carries a program, so it was not opened."),
        N_("Ask for the original file."),
    ),
    "ambiguous": (
        N_("The picture carries more than one confirmation, so it cannot be told which one it shows."),
        N_("Ask for the original file."),
    ),
    "archive": (
        N_("This is an archive or an office document."),
        N_("Take the signed files out of it and choose them here."),
    ),
    "busy": (
        N_("Very many files are being checked at this moment, so this one was not opened."),
        N_("Nothing was lost. Please try again in a minute."),
    ),
    "crowded": (
        N_("The file is made of far more parts than a portfolio, so it was not opened."),
        N_("Ask for the original file."),
    ),
    "damaged": (
        N_("The file is damaged, or was cut short on its way."),
        N_("Ask for it once more; in a messenger it must be sent as a file."),
    ),
    "empty": (
        N_("The file is empty."),
        N_("Ask for it once more; in a messenger it must be sent as a file."),
    ),
    "exhausting": (
        N_("The file unpacks to far too much data, so it was not opened."),
        N_("Ask for the original file."),
    ),
    "heic": (
        N_("This photo is in a format that only some phones can read (HEIC)."),
        N_("Save it as JPEG, or make a picture of the screen with it."),
    ),
    "locked": (
        N_("The file is protected with a password."),
        N_("Ask for a copy without a password."),
    ),
    "no_code": (
        N_("There is no square code in the picture that could be read."),
        N_("Take the photo closer and in even light, or type the code that stands beside the square."),
    ),
    "nothing_inside": (
        N_("There is no signed data in the file."),
        N_("Ask for the original file, not a copy of the pages; or type the code that stands on them."),
    ),
    "old_badge": (
        N_("This is a badge of an older kind (Open Badges 2.0), which carries no signature."),
        N_("Ask the organisation that gave it."),
    ),
    "too_large": (
        N_("The file is too large: a PDF may have up to 5 MB, any other file up to 8 MB."),
        N_("Ask for the original file, or make the photo smaller."),
    ),
    "unknown_kind": (
        N_("Files of this kind carry no confirmation."),
        N_("A PDF, JSON, PNG or SVG file can be checked here, and a photo of the square code."),
    ),
    "web_page": (
        N_("This is a saved page, and a page can be changed by anybody."),
        N_("Ask for the signed file, or for the address of the page."),
    ),
}
