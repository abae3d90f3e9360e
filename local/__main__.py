"""``python -m local`` runs the whole local stack; its other commands speak to a running one.

Kept lean: only what the chosen command needs is imported.
"""

import argparse
import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.stack.control import CommandError, NotRunningError, RunningStack
from local.stack.directory import AlreadyRunningError, DataDirectory, last_lines
from local.stack.ports import Ports, PortTakenError

FAILED = 1
CANNOT_START = 2
COMMANDS = ("up", "down", "status", "logs", "env", "kill", "restart")


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in {*COMMANDS, "-h", "--help"}:
        arguments = ["up", *arguments]
    options = _parser().parse_args(arguments)
    data = DataDirectory(options.data.resolve())
    try:
        status: int = options.run(options, data)
    except (AlreadyRunningError, PortTakenError) as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    except (CommandError, NotRunningError) as error:
        print(error, file=sys.stderr)
        return FAILED
    return status


def up(options: argparse.Namespace, data: DataDirectory) -> int:
    from local.stack import supervisor  # noqa: PLC0415 - the other commands need none of it

    data.prepare()
    with data.held():
        ports = Ports.automatic() if options.port_offset is None else Ports.shifted(options.port_offset)
        ports.claim()
        plan = supervisor.Options(
            app=options.app.resolve(),
            data=data,
            ports=ports,
            title=options.title,
            audience=options.audience,
            with_host=not options.no_host,
            quiet=options.quiet,
            after=options.after,
        )
        return asyncio.run(supervisor.supervise(plan))


def down(_: argparse.Namespace, data: DataDirectory) -> int:
    RunningStack(data).stop()
    print("stopped")
    return 0


def status(options: argparse.Namespace, data: DataDirectory) -> int:
    services = RunningStack(data).status()
    if options.json:
        print(json.dumps(services))
    else:
        for each in services:
            ports, age = ", ".join(map(str, each["ports"])), f"{each['seconds']} s" if each["pid"] else ""
            print(f"{each['name']:<12} {each['state']:<9} {each['pid'] or '':<8} {ports:<20} {age}".rstrip())
    return 0 if all(each["state"] == "ready" for each in services) else FAILED


def logs(options: argparse.Namespace, data: DataDirectory) -> int:
    if options.service not in data.logs():
        raise CommandError(f"There is no log of {options.service}; there are {', '.join(data.logs()) or 'none'}.")
    if options.follow:
        return subprocess.call(["tail", "-n", str(options.lines), "-F", data.log(options.service)])  # noqa: S603, S607
    print("\n".join(last_lines(data.log(options.service), options.lines)))
    return 0


def env(options: argparse.Namespace, data: DataDirectory) -> int:
    environment = RunningStack(data).environment()
    if options.json:
        print(json.dumps(environment, indent=2))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items()))
    return 0


def kill(options: argparse.Namespace, data: DataDirectory) -> int:
    RunningStack(data).kill(options.service)
    print(f"{options.service} killed")
    return 0


def restart(options: argparse.Namespace, data: DataDirectory) -> int:
    RunningStack(data).restart(options.service)
    print(f"{options.service} ready")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help_: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_)
        added.add_argument("--data", type=Path, default=Path(".local"), help="data directory (%(default)s)")
        added.set_defaults(run=globals()[name])
        return added

    _add_up_options(command("up", "start everything and stay (what happens without a command)"))
    command("down", "stop the running stack")
    command("status", "show what runs").add_argument("--json", action="store_true")
    log = command("logs", "show the log of one service")
    log.add_argument("-n", "--lines", type=int, default=50, help="how many of the last lines (%(default)s)")
    log.add_argument("-f", "--follow", action="store_true", help="wait for more")
    command("env", 'print the app\'s environment: eval "$(python -m local env)"').add_argument(
        "--json", action="store_true"
    )
    for each in (
        log,
        command("kill", "kill one service as a crash would (SIGKILL)"),
        command("restart", "start one service again"),
    ):
        each.add_argument("service")
    return parser


def _add_up_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", type=Path, default=Path(), help="the Functions app to run (this directory)")
    parser.add_argument(
        "--port-offset", type=_offset, default=0, help="added to every port; 'auto' finds free ones (%(default)s)"
    )
    parser.add_argument("--no-host", action="store_true", help="only what the app needs, not the app")
    parser.add_argument("--quiet", action="store_true", help="print only the ready line, and errors")
    parser.add_argument("--after", metavar="COMMAND", help="run this in the app's environment once the app is ready")
    parser.add_argument("--title", default="Reeve", help="name on the sign-in page (%(default)s)")
    parser.add_argument("--audience", default="api://reeve", help="audience of access tokens (%(default)s)")


def _offset(text: str) -> int | None:
    return None if text == "auto" else int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
