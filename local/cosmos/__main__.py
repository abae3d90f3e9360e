"""``python -m local.cosmos`` serves the account over plain HTTP."""

import argparse
import sys
from collections.abc import Sequence

from local import serving
from local.cosmos.app import Gateway
from local.cosmos.auth import AccountKey
from local.cosmos.budget import Budget
from local.cosmos.resources import Resources
from local.cosmos.sqlite import connect


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    serving.prepare(options.data, options.log)
    bound = serving.listen(options.port)
    resources = Resources(connect(options.data / "cosmos.db", options.synchronous), options.partitions)
    gateway = Gateway(resources, Budget(options.ru), AccountKey())
    serving.run(gateway, bound)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.cosmos", description=__doc__)
    serving.add_arguments(parser, port=8081)
    parser.add_argument("--ru", type=_positive, help="throttle beyond so many request units per second")
    parser.add_argument(
        "--partitions", type=_positive, help="physical partitions of each new container, instead of one per 6,000 RU/s"
    )
    parser.add_argument(
        "--synchronous",
        default="NORMAL",
        type=str.upper,
        choices=("OFF", "NORMAL", "FULL", "EXTRA"),
        help="with NORMAL a commit survives the end of the process, with FULL that of the machine (%(default)s)",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


if __name__ == "__main__":
    main(sys.argv[1:])
