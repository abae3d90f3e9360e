"""``./reeve``: demo data, the demo story, tokens for the command line, the audit log checked from outside, and the
API's description."""

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

from cli import audit, openapi, retention
from cli.environment import DEVICES, HAS_DATA, take_over


def main() -> None:
    options = _parser().parse_args()
    if options.command == "audit":  # from outside: there need not be a stack
        sys.exit(audit.run(options))
    if options.command == "openapi":
        print(openapi.document())
        return
    if options.command == "retention":
        print(retention.table(tuple(options.jurisdictions)))
        return
    if options.command == "status" and options.here:
        sys.exit(_status())
    environment = take_over(options.stack)
    match options.command:
        case "seed" if options.if_empty and (options.stack / DEVICES).exists():
            print(HAS_DATA)
        case "seed":
            from cli.seed import HasDataError, seed

            try:
                print(asyncio.run(seed(options.stack, count=options.reports)))
            except HasDataError:
                print(HAS_DATA)
                sys.exit(0 if options.if_empty else 1)
        case "demo" if not (options.stack / DEVICES).exists():
            sys.exit("The demo data is not there yet. Wait until 'make run' says that everything runs.")
        case "demo":
            from cli.demo import play

            sys.exit(0 if asyncio.run(play(options.stack)) else 1)
        case "status":
            sys.exit(_status())
        case "token":
            print(token_of(options.stack, environment, options.sub))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reeve", description=__doc__)
    parser.add_argument("--stack", type=Path, default=Path(".local"), help="data directory of the running stack")
    commands = parser.add_subparsers(dest="command", required=True)
    seeding = commands.add_parser("seed", help="fill the running stack with the demo world")
    seeding.add_argument("--if-empty", action="store_true", help="it is fine if there is data already")
    seeding.add_argument("--reports", type=int, default=500)
    commands.add_parser("demo", help="play the story against the running stack")
    status = commands.add_parser("status", help="show whether everything is up, stuck or late")
    status.add_argument("--here", action="store_true", help="ask what this environment's settings name")
    token = commands.add_parser("token", help="print an access token of a demo user")
    token.add_argument("sub", help="for example ana.reporter")
    audit.add_commands(commands)
    retention.add_commands(commands)
    openapi.add_commands(commands)
    return parser


def _status() -> int:
    from cli.status import show

    return asyncio.run(show())


def token_of(stack: Path, environment: dict[str, str], sub: str) -> str:
    """Signed with the local issuer's key, which only this machine has."""
    issuer = environment["OIDC_ISSUERS"].split()[0]
    command = [sys.executable, "-m", "local.identity", "token", "--data", str(stack / "identity")]
    command += ["--issuer", issuer, "--sub", sub]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        sys.exit(done.stderr.strip())
    return done.stdout.strip()


if __name__ == "__main__":
    main()
