"""Runs queries for Analytics Engine in DuckDB, over data points that a worker wrote.

Reads {"points": [{"timestamp", "_sample_interval", "indexes", "blobs", "doubles"}], "queries": {title: query}} from standard input, and writes
{title: [row]}. The macros of Grafana's plugin become what the plugin makes of them; `quantileExactWeighted`, which DuckDB lacks,
becomes its exact quantile over a table that has each row as often as it weighs.
"""

import json
import re
import sys

import duckdb

STEP_SECS = 60

given = json.load(sys.stdin)
database = duckdb.connect()
columns = ["timestamp BIGINT", "_sample_interval BIGINT", "index1 VARCHAR"]
columns += [f"blob{n} VARCHAR" for n in range(1, 21)] + [f"double{n} DOUBLE" for n in range(1, 21)]
database.execute(f"CREATE TABLE edge_presigner ({', '.join(columns)})")


def filled(values, empty):
    return values + [empty] * (20 - len(values))


for point in given["points"]:
    row = [point["timestamp"], point["_sample_interval"], point["indexes"][0]]
    row += filled(point["blobs"], "") + filled(point["doubles"], 0)
    database.execute(f"INSERT INTO edge_presigner VALUES ({', '.join('?' * len(row))})", row)
database.execute("CREATE TABLE weighted AS SELECT * FROM edge_presigner, LATERAL (SELECT unnest(range(_sample_interval)))")


def run(query):
    query = query.replace("$timeSeries", f"(timestamp // {STEP_SECS} * {STEP_SECS}) * 1000")
    query = query.replace("$timeFilter", "timestamp >= 0 AND timestamp <= 4000000000")
    query, quantiles = re.subn(r"quantileExactWeighted\(([\d.]+)\)\((\w+), _sample_interval\)", r"quantile_disc(\2, \1)", query)
    if quantiles:
        query = query.replace("FROM edge_presigner", "FROM weighted")
    answer = database.execute(query)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, map(plain, row))) for row in answer.fetchall()]


def plain(value):
    return value if isinstance(value, (str, int)) else float(value)


json.dump({title: run(query) for title, query in given["queries"].items()}, sys.stdout)
