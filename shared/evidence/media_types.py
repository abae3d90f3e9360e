"""The kinds of evidence that are accepted, and what each is on disk."""

from enum import StrEnum


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    TIFF = "image/tiff"
    GIF = "image/gif"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    AVI = "video/x-msvideo"
    WAV = "audio/wav"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"
    PDF = "application/pdf"

    @property
    def kind(self) -> MediaKind:
        return MediaKind.DOCUMENT if self is MediaType.PDF else MediaKind(self.value.partition("/")[0])

    @property
    def extension(self) -> str:
        return EXTENSIONS[self]


EXTENSIONS = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.HEIC: "heic",
    MediaType.TIFF: "tif",
    MediaType.GIF: "gif",
    MediaType.MP4: "mp4",
    MediaType.QUICKTIME: "mov",
    MediaType.AVI: "avi",
    MediaType.WAV: "wav",
    MediaType.MP3: "mp3",
    MediaType.M4A: "m4a",
    MediaType.PDF: "pdf",
}
OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "image/heif": "image/heic",
    "image/tif": "image/tiff",
    "image/x-tiff": "image/tiff",
    "video/x-m4v": "video/mp4",
    "video/avi": "video/x-msvideo",
    "video/msvideo": "video/x-msvideo",
    "video/vnd.avi": "video/x-msvideo",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
}
"""What browsers and libraries also call the accepted types."""


def usual_name(mime_type: str) -> str:
    plain = mime_type.strip().lower()
    return OTHER_NAMES.get(plain, plain)
