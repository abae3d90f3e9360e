"""``python -m local.keyvault`` runs the vault over HTTPS."""

import argparse
import sys
from collections.abc import Sequence

from local import serving
from local.keyvault import certificate
from local.keyvault.access import TokenVerifier
from local.keyvault.app import application
from local.keyvault.backup import Backups
from local.keyvault.store import Store


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m local.keyvault", description=__doc__)
    serving.add_arguments(parser, port=8443)
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="whose tokens open the vault (%(default)s)")
    options = parser.parse_args(arguments)

    serving.prepare(options.data, options.log)
    bound = serving.listen(options.port)
    chain = certificate.prepare(options.data)
    app = application(
        serving.address(bound, "https"),
        bound.getsockname()[1],
        Store(options.data / "secrets.db"),
        Backups(options.data / "backup.key"),
        TokenVerifier(options.issuer),
    )
    serving.run(app, bound, certificate=chain.file, certificate_key=chain.key)


if __name__ == "__main__":
    main(sys.argv[1:])
