"""Measure: `make bench`, `make bench PARTS=B,C`, `make bench FULL=1`."""

import warnings
from collections.abc import Callable, Iterator

import click
from sqlalchemy import create_engine

from bench import batches, growth, public, transfers, web
from bench.databases import Places, places
from bench.report import Finding, Options, machine, write
from tests import postgres

PARTS: dict[str, Callable[[Places, Options], Iterator[Finding]]] = {
    "ABC": transfers.postgresql,
    "D": batches.measure,
    "E": transfers.sqlite,
    "F": web.measure,
    "GH": growth.measure,
    "I": public.measure,
}


@click.command()
@click.option("--parts", default="", help="Letters, as B,C; without, all. Only all write docs/.")
@click.option("--full", is_flag=True, help="With 5 million transfers too.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of a round.")
def main(parts: str, full: bool, rounds: int, seconds: float) -> None:
    """Measure the book, and write docs/benchmarks.md and docs/benchmarks.json."""
    letters = "".join(filter(str.isalpha, parts.upper()))
    options = Options(rounds, seconds, full, letters)
    findings: list[Finding] = []
    with places() as made:
        facts = machine(_version(made))
        click.echo(" · ".join(f"{name}: {value}" for name, value in facts.items()))
        for measured, measure in PARTS.items():
            if options.wants(measured):
                for finding in measure(made, options):
                    click.echo(finding.line())
                    findings.append(finding)
    if letters:
        for finding in findings:
            if finding.profile:
                click.echo(f"\n{finding.part}  {finding.name}\n{finding.profile}")
    else:
        write(findings, facts, "make bench FULL=1" if full else "make bench")
        click.echo("written: docs/benchmarks.md, docs/benchmarks.json")


def _version(made: Places) -> str:
    engine = create_engine(postgres.uri(made.server.home, "postgres"))
    with engine.connect() as connection:
        version: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
    engine.dispose()
    return version


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
