"""Makes build/console from web/dist: fills in what differs between deployments, for ``swa deploy build/console``.

.venv/bin/python scripts/deploy_console.py --api https://… --issuer https://… --client-id … --uploads https://…
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
FILLED_IN = ("settings.json", "staticwebapp.config.json")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", required=True, help="the function app's address: the output functionAppUrl")
    parser.add_argument("--issuer", required=True, help="one of OIDC_ISSUERS")
    parser.add_argument("--client-id", required=True, help="of the console's registration as a single-page application")
    parser.add_argument("--scope", default="openid profile offline_access api://reeve/.default")
    parser.add_argument("--uploads", required=True, help="the blob endpoint of the evidence account")
    parser.add_argument("--built", type=Path, default=ROOT / "web" / "dist")
    parser.add_argument("--target", type=Path, default=ROOT / "build" / "console")
    options = parser.parse_args(arguments)
    if not (options.built / "index.html").exists():
        sys.stderr.write("The console has not been built: run `make setup` first.\n")
        return 1
    shutil.rmtree(options.target, ignore_errors=True)
    shutil.copytree(options.built, options.target, ignore=shutil.ignore_patterns(".*"))
    for name in FILLED_IN:
        file = options.target / name
        file.write_text(filled_in(file.read_text(), values(options)))
    sys.stdout.write(f"{options.target}\n")
    return 0


def values(options: argparse.Namespace) -> dict[str, str]:
    reached = sorted({_origin(url) for url in (options.api, options.issuer, options.uploads)})
    return {
        "API": _origin(options.api),
        "ISSUER": options.issuer,
        "CLIENT_ID": options.client_id,
        "SCOPE": options.scope,
        "CONNECT": " ".join(reached),
    }


def filled_in(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"%{name}%", json.dumps(value)[1:-1])
    return text


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc:
        raise SystemExit(f"{url} is not an https address")
    return f"https://{parts.netloc}"


if __name__ == "__main__":
    sys.exit(main())
