"""Who looks at a picture, and when, written across it: it deters from passing on what is seen, and tells whose screen
a photograph shows. The stored rendition stays as it is."""

import io
from datetime import datetime
from typing import Final

QUALITY: Final = 88
SHARE: Final = 40
"""The letters' height is this part of the picture's shorter side."""
SMALLEST: Final = 11


def marked(rendition: bytes, viewer: str, now: datetime) -> bytes:
    """A JPEG with a line of text in rows across it: light letters with a dark edge, so that they show on anything."""
    import font_roboto  # noqa: PLC0415 - only this work needs them, start-up does not
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    text = f"{viewer} · {now:%d %b %Y %H:%M} UTC"
    with Image.open(io.BytesIO(rendition), formats=["JPEG"]) as opened:
        picture = opened.convert("RGBA")
    size = max(min(picture.size) // SHARE, SMALLEST)
    font = ImageFont.truetype(font_roboto.Roboto, size)
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    width, step = int(draw.textlength(text, font)) + 4 * size, size * 8
    for row, y in enumerate(range(size // 2, picture.height, step)):
        for x in range(size - (row % 2) * width // 2, picture.width, width):
            draw.text((x, y), text, (255, 255, 255, 110), font, stroke_width=1, stroke_fill=(0, 0, 0, 90))
    written = io.BytesIO()
    Image.alpha_composite(picture, layer).convert("RGB").save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
