"""``python -m local.telemetry --data DIR``: the collector on port 4318, and its page of traces."""

import argparse
import sys
from collections.abc import Sequence

from local import serving
from local.telemetry.app import application
from local.telemetry.store import Store


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.telemetry", description=__doc__)
    serving.add_arguments(parser, port=4318)
    options = parser.parse_args(arguments)
    serving.prepare(options.data, options.log)
    bound = serving.listen(options.port)
    serving.run(application(Store(options.data / "telemetry.db")), bound)


if __name__ == "__main__":
    main(sys.argv[1:])
