"""Small pictures, made from the rendition only: what was painted over is painted over in them too."""

import io

LONGEST_SIDE = 480
QUALITY = 80


def of(rendition: bytes) -> bytes:
    """A JPEG of at most :data:`LONGEST_SIDE` pixels a side. Takes renditions, which are our own JPEGs."""
    from PIL import Image  # noqa: PLC0415 - only this work needs it, start-up does not

    with Image.open(io.BytesIO(rendition), formats=["JPEG"]) as image:
        small = Image.new("RGB", image.size)
        small.paste(image)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
