"""Runs the sandbox alone: `python -m fhir_alliance.sandbox --port 8090`."""

import argparse
import sys

from fhir_alliance.sandbox.server import Sandbox


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(prog="fhir_alliance.sandbox", description="A small FHIR R4 EHR in memory.")
    parser.add_argument("--port", type=int, default=8090, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--token", help="a bearer token to ask for below /fhir")
    chosen = parser.parse_args()
    with Sandbox(chosen.port, chosen.token) as ehr:
        sys.stdout.write(f"Charts: {ehr.url}/   FHIR: {ehr.base_url}\n")
        sys.stdout.flush()
        try:
            ehr.wait()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
