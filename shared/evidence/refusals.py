"""Why an upload is refused: a stable code for programs, a sentence for the person who sent it."""

from enum import StrEnum


class Reason(StrEnum):
    EMPTY = "empty"
    WRONG_SIZE = "wrong_size"
    TYPE_NOT_ACCEPTED = "type_not_accepted"
    TYPE_MISMATCH = "type_mismatch"
    SEVERAL_PICTURES = "several_pictures"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNREADABLE = "unreadable"


SENTENCES = {
    Reason.EMPTY: "The file was empty. Check it on your device and upload it again.",
    Reason.WRONG_SIZE: "The file arrived with another size than announced. Upload it again.",
    Reason.TYPE_NOT_ACCEPTED: (
        "This type of file is not accepted. Send pictures as JPEG, PNG or WebP, video as MP4 or MOV, "
        "sound as MP3 or WAV, documents as PDF."
    ),
    Reason.TYPE_MISMATCH: "The file is not of the type that was announced. Do not rename files to another type.",
    Reason.SEVERAL_PICTURES: "The file holds several pictures, such as an animation. Send each picture by itself.",
    Reason.TOO_MANY_PIXELS: "The picture has more than 50 million pixels, or 65,500 on one side. Send it smaller.",
    Reason.UNREADABLE: "The file is damaged and cannot be opened. Check it on your device and upload it again.",
}


class Refused(Exception):  # noqa: N818 - says what happened
    """The upload cannot become evidence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
