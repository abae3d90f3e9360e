"""``python -m local.mail --data DIR``: SMTP on port 1025, and the inbox as a page and as JSON on port 8025."""

import argparse
import sys
from collections.abc import Sequence

from local import serving
from local.mail.app import application
from local.mail.inbox import Inbox
from local.mail.smtp import Smtp


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.mail", description=__doc__)
    serving.add_arguments(parser, port=8025)
    parser.add_argument("--smtp-port", type=int, default=1025, help="port for SMTP (%(default)s)")
    options = parser.parse_args(arguments)
    serving.prepare(options.data, options.log)
    bound, inbox = serving.listen(options.port), Inbox(options.data)
    smtp = Smtp(inbox, options.smtp_port)
    smtp.start()
    try:
        serving.run(application(inbox), bound)
    finally:
        smtp.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
