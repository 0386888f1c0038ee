"""Measure Duetrail beside a bare loop and its peers, and write docs/performance.md.

    python tests/benchmarks                                   everything, in some hours at most
    python tests/benchmarks --only lean --rounds 3 --records 5000 --no-peers

With options it only prints what it found, unless --write is given, too.
"""

from __future__ import annotations

import argparse
import sys
from subprocess import CalledProcessError

import page
from measuring import Failed, vendor
from peers import PEERS, Peer, prepare
from scenarios import SCENARIOS, Settings, Table


def main() -> int:
    """The command."""
    wanted = _wanted()
    names = wanted.only or list(SCENARIOS)
    peers, skipped = ([], {}) if wanted.no_peers else _prepared()
    failed = False
    with vendor() as url:
        settings = Settings(url, wanted.rounds, wanted.records, peers, wanted.most, wanted.minutes)
        for name in names:
            sys.stderr.write(f"{name}: {SCENARIOS[name].__doc__}\n")
            try:
                table = SCENARIOS[name](settings)
            except (Failed, CalledProcessError) as error:
                sys.stderr.write(f"{name} failed: {error}\n")
                skipped[name] = str(error)
                failed = True
                continue
            _print(name, table)
            skipped |= {
                f"{name}, {one.partition(': ')[0]}": one.partition(": ")[2]
                for one in table.left_out
            }
            if wanted.write:
                page.write(name, table)
    if wanted.write:
        page.write_machine(wanted.rounds, peers, skipped)
    return 1 if failed else 0


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python tests/benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        choices=list(SCENARIOS),
        metavar="SCENARIO",
        help=f"only this one; may be repeated: {', '.join(SCENARIOS)}",
    )
    parser.add_argument("--rounds", type=int, help="rounds of each contestant (5)")
    parser.add_argument("--records", type=int, help="how many records, or keys")
    parser.add_argument("--most", type=int, help="the most records of the curve (1000000)")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="the most minutes of a scenario (30)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    wanted = parser.parse_args()
    if wanted.write and wanted.records:
        parser.error("the page tells of its own numbers of records: --write goes without --records")
    given = [wanted.only, wanted.rounds, wanted.records, wanted.most, wanted.no_peers]
    wanted.write = wanted.write or not any(given)
    wanted.rounds = wanted.rounds or 5
    wanted.most = wanted.most or 1_000_000
    return wanted


def _prepared() -> tuple[list[Peer], dict[str, str]]:
    """The peers that can be measured, and why others cannot."""
    peers, skipped = [], {}
    for peer in PEERS:
        try:
            prepare(peer)
            peers.append(peer)
        except Failed as error:
            skipped[peer.name] = str(error)
            sys.stderr.write(f"skipped: {error}\n")
    return peers, skipped


def _print(name: str, table: Table) -> None:
    sys.stdout.write(f"\n{name}\n\n{page.ruled(table.heads, table.rows)}\n")
    for what, found in table.measured.items():
        sys.stdout.write(f"{what}: {found}\n")
    for one in table.left_out:
        sys.stdout.write(f"not measured: {one}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
