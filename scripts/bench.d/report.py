#!/usr/bin/env python3
"""Turns measurements into a table, or into one JSON object.

usage: report.py text|json BUDGETS < MEASUREMENTS

A measurement is a line `METRIC SUBJECT UNIT VALUE`, repeated for each round. A line of BUDGETS is
`METRIC SUBJECT RELATION LIMIT [PEER]`: the subject's median must stand in this relation to LIMIT, or, with a PEER, its
ratio to the peer's median. Budgets are shown and never enforced: a loaded machine is no defect.
"""
import json
import platform
import os
import statistics
import sys

SIGNS = {"min": "\u2265", "max": "\u2264"}


def read_measurements(lines):
    """{(metric, subject): (unit, [value of each round])} in the order of first appearance."""
    values = {}
    for line in lines:
        metric, subject, unit, value = line.split()
        values.setdefault((metric, subject), (unit, []))[1].append(float(value))
    return values


def read_budgets(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.split("#")[0].split() for line in lines]
    return [(*row, None)[:5] for row in rows if row]


def summarize(values, budgets):
    rows = []
    medians = {key: statistics.median(series) for key, (_, series) in values.items()}
    for (metric, subject), (unit, series) in values.items():
        row = {"metric": metric, "subject": subject, "unit": unit, "median": medians[metric, subject], "rounds": series}
        row["ratios"] = {
            peer: round(medians[metric, subject] / median, 3)
            for (other, peer), median in medians.items()
            if other == metric and peer != subject and median > 0
        }
        row["budgets"] = []
        for budget_metric, budget_subject, relation, limit, peer in budgets:
            if (budget_metric, budget_subject) != (metric, subject) or (peer and peer not in row["ratios"]):
                continue
            measured = row["ratios"][peer] if peer else row["median"]
            met = measured >= float(limit) if relation == "min" else measured <= float(limit)
            row["budgets"].append({"relation": relation, "limit": float(limit), "peer": peer, "met": met})
        rows.append(row)
    return rows


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def budget_text(budget, row):
    measure = f"{budget['limit']:g} x {budget['peer']}" if budget["peer"] else f"{budget['limit']:g} {row['unit']}"
    return f"{SIGNS[budget['relation']]} {measure} {'met' if budget['met'] else 'MISSED'}"


def table(rows, environment):
    cells = [("metric", "subject", "median", "unit", "ratio to", "budget")]
    for row in rows:
        ratios = "  ".join(f"{peer} {ratio:.2f}" for peer, ratio in row["ratios"].items())
        budgets = "; ".join(budget_text(budget, row) for budget in row["budgets"])
        cells.append((row["metric"], row["subject"], number(row["median"]), row["unit"], ratios, budgets))
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    print("  ".join(f"{key} {value}" for key, value in environment.items()))
    for line in cells:
        # Numbers to the right, words to the left.
        aligned = [text.rjust(width) if i == 2 else text.ljust(width) for i, (text, width) in enumerate(zip(line, widths))]
        print("  ".join(aligned).rstrip())


def main():
    form, budgets = sys.argv[1:3]
    values = read_measurements(sys.stdin)
    environment = {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "rounds": max((len(series) for _, series in values.values()), default=0),
    }
    rows = summarize(values, read_budgets(budgets))
    if form == "json":
        print(json.dumps({"version": 1, "environment": environment, "measurements": rows}))
    else:
        table(rows, environment)


main()
