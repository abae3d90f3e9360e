"""Why an upload is refused: a stable code for programs, a sentence for the person who sent it."""

from enum import StrEnum


class Reason(StrEnum):
    EMPTY = "empty"
    WRONG_SIZE = "wrong_size"
    TOO_LARGE = "too_large"
    TYPE_NOT_ACCEPTED = "type_not_accepted"
    TYPE_MISMATCH = "type_mismatch"
    SEVERAL_PICTURES = "several_pictures"
    TOO_MANY_PIXELS = "too_many_pixels"
    SEVERAL_FORMATS = "several_formats"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LONG = "too_long"
    ACTIVE_CONTENT = "active_content"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"
    MALWARE = "malware"


SENTENCES = {
    Reason.EMPTY: "The file was empty. Check it on your device and upload it again.",
    Reason.WRONG_SIZE: "The file arrived with another size than announced. Upload it again.",
    Reason.TYPE_NOT_ACCEPTED: (
        "This type of file is not accepted. Send pictures as JPEG, PNG, WebP, HEIC, TIFF or GIF, video as MP4, MOV or "
        "AVI, sound as MP3, WAV or M4A, documents as PDF."
    ),
    Reason.TYPE_MISMATCH: "The file is not of the type that was announced. Do not rename files to another type.",
    Reason.SEVERAL_PICTURES: "The file holds several pictures, such as an animation. Send each picture by itself.",
    Reason.TOO_MANY_PIXELS: "The picture has more than 50 million pixels, or 65,500 on one side. Send it smaller.",
    Reason.TOO_LARGE: "Pictures may have 100 MB and documents 200 MB. Send it smaller, or in parts.",
    Reason.SEVERAL_FORMATS: (
        "The file is two things at once, for example a picture with an archive or a page behind it. "
        "Export it again from where it comes."
    ),
    Reason.TOO_MANY_PAGES: "The document has more than 5,000 pages. Send it in parts.",
    Reason.TOO_LONG: "The recording is longer than 24 hours. Send the part that shows the event.",
    Reason.ACTIVE_CONTENT: (
        "The document holds scripts, other files or commands. Print it to a new PDF and upload that one."
    ),
    Reason.TRUNCATED: "The end of the file is missing. Check it on your device and upload it again.",
    Reason.MALWARE: "The file was recognised as malicious and has been deleted. Tell your IT security.",
    Reason.UNREADABLE: "The file is damaged and cannot be opened. Check it on your device and upload it again.",
}


class Refused(Exception):  # noqa: N818 - says what happened
    """The upload cannot become evidence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
