"""Runs one vector peer over a facts file: writes its answers, or times it; prints one JSON line with the figures."""

import argparse
import importlib
import json
import time
from pathlib import Path

import exchange
import pyarrow as pa


def timed(peer, repeats: int) -> tuple[float, float]:
    """The best wall and processor seconds of some runs, after one to warm up."""
    runs = []
    for turn in range(repeats + 1):
        if hasattr(peer, "fresh"):
            peer.fresh()
        wall, cpu = time.perf_counter(), time.process_time()
        result = peer.run()
        if turn:
            runs.append((time.perf_counter() - wall, time.process_time() - cpu))
        del result
    return min(wall for wall, _ in runs), min(cpu for _, cpu in runs)


def write_answers(peer, path: Path) -> None:
    """Column after column, one byte a row."""
    if hasattr(peer, "fresh"):
        peer.fresh()
    columns = peer.answers(peer.run())
    with path.open("wb") as file:
        for column in columns:
            file.write(column.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["duckdb", "polars", "openfisca"])
    parser.add_argument("rules")
    parser.add_argument("facts")
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    facts = pa.ipc.open_file(pa.memory_map(args.facts)).read_all()
    peer = importlib.import_module(f"{args.peer}_peer").Peer(exchange.load(args.rules), facts)
    if args.answers:
        write_answers(peer, args.answers)
        return
    seconds, cpu_seconds = timed(peer, args.repeats)
    print(json.dumps({"engine": args.peer, "rows": facts.num_rows, "seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()
