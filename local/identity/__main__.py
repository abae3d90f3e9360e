"""``python -m local.identity [serve]`` runs the issuer; ``python -m local.identity token`` prints an access token."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from local import serving
from local.identity import keys
from local.identity.app import application
from local.identity.grants import Grants
from local.identity.issuer import Issuer
from local.identity.tokens import ACCESS_SECONDS, DEFAULT_AUDIENCE, Signer, mint
from local.identity.users import Users, UsersFileError


def main(arguments: Sequence[str]) -> None:
    if not arguments or arguments[0] not in {"serve", "token", "-h", "--help"}:
        arguments = ["serve", *arguments]
    options = _parser().parse_args(arguments)
    options.run(options)


def serve(options: argparse.Namespace) -> None:
    serving.prepare(options.data, options.log)
    try:
        users = Users(options.users)
    except UsersFileError as error:
        sys.exit(f"cannot read the users: {error}")
    bound = serving.listen(options.port)
    issuer = Issuer(
        title=options.title,
        identity_header=options.identity_header,
        users=users,
        grants=Grants(options.data / "identity.db"),
        signer=Signer(serving.address(bound), options.audience, keys.load(options.data)),
    )
    serving.run(application(issuer), bound)


def print_token(options: argparse.Namespace) -> None:
    print(mint(options.data, options.issuer, options.sub, options.audience, options.lifetime))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.identity", description=__doc__)
    commands = parser.add_subparsers(required=True)

    server = commands.add_parser("serve", help="run the issuer (what happens without a command)")
    serving.add_arguments(server, port=8400)
    server.add_argument("--users", type=Path, required=True, help="JSON list of users; read again when it changes")
    server.add_argument("--audience", default=DEFAULT_AUDIENCE, help="aud of users' access tokens (%(default)s)")
    server.add_argument("--identity-header", default="local", help="what the managed identity must show (%(default)s)")
    server.add_argument("--title", default="Local sign-in", help="name on the sign-in page (%(default)s)")
    server.set_defaults(run=serve)

    token = commands.add_parser("token", help="print an access token; works only where the signing key is")
    token.add_argument("--data", type=Path, required=True, help="the issuer's data directory")
    token.add_argument("--issuer", default="http://127.0.0.1:8400", help="the issuer's URL (%(default)s)")
    token.add_argument("--sub", required=True, help="whose token it is")
    token.add_argument("--audience", default=DEFAULT_AUDIENCE, help="whom it is for (%(default)s)")
    token.add_argument("--lifetime", type=int, default=ACCESS_SECONDS, help="seconds (%(default)s)")
    token.set_defaults(run=print_token)
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
