"""A drawn face that the detector takes for one, and nobody's."""

import io

from PIL import Image, ImageDraw, ImageFilter

WALL, HAIR, SKIN, LIPS = (120, 140, 150), (60, 40, 30), (224, 172, 145), (170, 70, 70)


def face(size: tuple[int, int] = (640, 480)) -> Image.Image:
    drawn = Image.new("RGB", size, WALL)
    pen, x, y = ImageDraw.Draw(drawn), size[0] // 2, size[1] // 2
    pen.ellipse((x - 85, y - 125, x + 85, y + 60), fill=HAIR)
    pen.rectangle((x - 35, y + 70, x + 35, y + 160), fill=(200, 150, 125))
    pen.ellipse((x - 75, y - 100, x + 75, y + 110), fill=SKIN)
    for eye in (x - 32, x + 32):
        pen.ellipse((eye - 17, y - 22, eye + 17, y - 2), fill=(245, 245, 245))
        pen.ellipse((eye - 8, y - 20, eye + 8, y - 4), fill=(50, 35, 25))
        pen.arc((eye - 22, y - 42, eye + 22, y - 18), 200, 340, fill=HAIR, width=6)
    pen.polygon([(x - 6, y - 10), (x + 6, y - 10), (x + 14, y + 28), (x - 14, y + 28)], fill=(205, 150, 122))
    pen.ellipse((x - 30, y + 50, x + 30, y + 72), fill=LIPS)
    return drawn.filter(ImageFilter.GaussianBlur(2))


def photo() -> dict[str, object]:
    """What a file field takes."""
    written = io.BytesIO()
    face().save(written, "JPEG", quality=92)
    return {"name": "entrance.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}
