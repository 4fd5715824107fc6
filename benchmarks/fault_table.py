"""The table of faults over one or more evaluations, as Markdown: docs/faults.md quotes it.

vla-ros evaluate --suite faults --backend oracle --episodes 260 --in-process --out outputs/faults
python benchmarks/fault_table.py outputs/faults
"""

import argparse
from pathlib import Path

from vla_ros.evaluation.faults.totals import fault_totals
from vla_ros.evaluation.record import read_results


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of evaluations (--out)")
    folders = parser.parse_args().folders
    results = [result for folder in folders for result in read_results(folder)[1]]
    print("| fault | what happens | right | 95 % interval | how it ended | longest rest |")
    print("|---|---|---|---|---|---|")
    for name, totals in fault_totals(results).items():
        low, high = totals["interval_95"]
        ended = ", ".join(
            f"{reason.replace('_', ' ')} {count}" for reason, count in totals["reasons"].items()
        )
        print(
            f"| `{name}` | {totals['description']} | {totals['right']} of {totals['tries']} | "
            f"{low:.0%} to {high:.0%} | {ended} | {totals['longest_rest_s']:.2f} s |"
        )
    tried = len(results)
    right = sum(result.success for result in results)
    anyway = sum(totals["anyway"] for totals in fault_totals(results).values())
    print(
        f"\n{right} of {tried} were right; in {anyway}, something went wrong without the fault too."
    )


if __name__ == "__main__":
    main()
