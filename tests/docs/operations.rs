//! Operations: the queries name what the worker writes, the dashboard and the alerts have those of the pages, the runbook knows
//! every type of problem, and the sums of the costs are right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use edge_presigner::api::ProblemType;
use edge_presigner::aws::Cause as _;
use edge_presigner::data_point::DataPoint;
use edge_presigner::log::Level;
use edge_presigner::{s3, sts};
use serde_json::Value;

use super::table::{Row, hold_with_prose, names, rows};
use super::{LOGS, code, file, read};

const DASHBOARD: &str = "docs/operations/dashboard.md";
const ALERTS: &str = "docs/operations/alerts.md";
const RUNBOOK: &str = "docs/operations/runbook.md";
const COST: &str = "docs/operations/cost.md";

/// Functions and words of Analytics Engine's SQL, by
/// <https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/>.
const SQL: &[&str] = &[
    "SELECT",
    "AS",
    "FROM",
    "WHERE",
    "AND",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "DESC",
    "LIMIT",
    "IN",
    "SUM",
    "MIN",
    "MAX",
    "if",
    "quantileExactWeighted",
];

/// Column and name, `blob1` first.
fn columns() -> Vec<(String, &'static str)> {
    let point = DataPoint::new("request", Level::Info);
    let blobs = point.blobs().into_iter().zip(1..);
    let blobs = blobs.map(|((name, _), place)| (format!("blob{place}"), name));
    let doubles = point.doubles().into_iter().zip(1..);
    let doubles = doubles.map(|((name, _), place)| (format!("double{place}"), name));
    blobs.chain(doubles).collect()
}

/// The queries of a page, by the heading that each stands below.
fn queries(page: &str) -> BTreeMap<String, String> {
    let text = read(page);
    let parts = text.split("\n### ").skip(1);
    let queries = parts.filter_map(|part| {
        let (heading, rest) = part.split_once('\n')?;
        let (_, query) = rest.split_once("```sql\n")?;
        let (query, _) = query.split_once("\n```")?;
        Some((heading.to_owned(), query.to_owned()))
    });
    queries.collect()
}

/// What may be in a column.
fn values_of(name: &str) -> Option<BTreeSet<String>> {
    let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
    Some(match name {
        "outcome" => {
            let slugs = ProblemType::ALL.iter().map(|it| it.slug().to_owned());
            slugs.chain([String::new(), "ok".to_owned()]).collect()
        }
        "session" => owned(&["", "memory", "kv", "object", "sts", "static"]),
        "event" => {
            let mut events: BTreeSet<String> = names(LOGS, "log-events").into_iter().collect();
            events.extend(["sessionChecked", "tokenChecked"].map(str::to_owned));
            events
        }
        "level" => owned(&["info", "warn", "error"]),
        "cause" => {
            let sts = sts::Cause::ALL.iter().map(|it| it.name().to_owned());
            let s3 = s3::Cause::ALL.iter().map(|it| it.name().to_owned());
            sts.chain(s3).collect()
        }
        _ => return None,
    })
}

fn words(text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let words = text.split(|c| !is_word(c)).filter(|it| !it.is_empty());
    words.map(str::to_owned).collect()
}

#[test]
fn the_columns_of_data_points_are_those_of_the_code() {
    let rows = columns()
        .into_iter()
        .map(|(column, name)| vec![code(&column), code(name)]);
    let heading = ["Column", "Name", "Content"];
    hold_with_prose(DASHBOARD, "data-points", &heading, rows.collect());
}

#[test]
fn each_query_names_only_what_the_worker_writes() {
    let mut seen = 0;
    for (title, query) in queries(DASHBOARD).into_iter().chain(queries(ALERTS)) {
        let mut known: BTreeSet<String> = SQL.iter().map(|it| (*it).to_owned()).collect();
        known.extend(
            [
                "$timeSeries",
                "$timeFilter",
                "edge_presigner",
                "_sample_interval",
                "t",
            ]
            .map(str::to_owned),
        );
        for (column, name) in columns() {
            known.insert(column.clone());
            // A column by itself has its own name.
            for (at, _) in query.match_indices(&format!("{column} AS ")) {
                let alias = &words(&query[at + column.len() + 4..])[0];
                assert_eq!(alias, name, "{title}: {column}");
                seen += 1;
            }
            for (at, _) in query.match_indices(&format!("{column} ")) {
                let rest = &query[at + column.len() + 1..];
                let end = rest.find(" AND ").or(rest.find('\n')).unwrap_or(rest.len());
                let comparison = &rest[..end];
                if !comparison.starts_with(['=', '!', 'I']) {
                    continue;
                }
                let values = values_of(name).unwrap_or_else(|| panic!("{title} compares {name}"));
                for value in comparison.split('\'').skip(1).step_by(2) {
                    assert!(values.contains(value), "{title}: {name} is never {value:?}");
                    seen += 1;
                }
            }
        }
        let aliases = query
            .match_indices(" AS ")
            .map(|(at, _)| words(&query[at + 4..])[0].clone());
        known.extend(aliases);
        let outside: String = query.split('\'').step_by(2).collect();
        for word in words(&outside) {
            let is_number = word.chars().all(|c| c.is_ascii_digit());
            assert!(is_number || known.contains(&word), "{title}: {word}");
        }
        assert!(query.contains("blob6"), "{title}: of which events?");
    }
    assert!(seen > 50, "the columns are found: {seen}");
}

fn members<'v>(value: &'v mut Value, name: &str) -> impl Iterator<Item = &'v mut Value> {
    let list = value.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Calls `visit` with the title and the query of each panel or rule.
fn visit_queries(value: &mut Value, visit: &mut impl FnMut(&str, &mut Value)) {
    let own = value["title"].as_str().map(str::to_owned);
    for list in ["panels", "groups", "rules"] {
        for item in members(value, list) {
            visit_queries(item, visit);
        }
    }
    let Some(title) = own else { return };
    for target in members(value, "targets") {
        visit(&title, &mut target["query"]);
    }
    for data in members(value, "data") {
        if data["datasourceUid"] != "__expr__" {
            visit(&title, &mut data["model"]["query"]);
        }
    }
}

/// With `UPDATE`, they are written.
#[test]
fn the_dashboard_and_the_alerts_have_the_queries_of_their_pages() {
    let files = [
        (DASHBOARD, "deploy/grafana/edge-presigner.json"),
        (ALERTS, "deploy/grafana/alerts.json"),
    ];
    for (page, path) in files {
        let queries = queries(page);
        let mut document: Value = serde_json::from_str(&read(path)).unwrap();
        let mut titles = BTreeSet::new();
        visit_queries(&mut document, &mut |title, query| {
            let of_page = queries
                .get(title)
                .unwrap_or_else(|| panic!("{page} lacks {title}"));
            titles.insert(title.to_owned());
            if std::env::var_os("UPDATE").is_some() {
                *query = of_page.as_str().into();
            }
            assert_eq!(query, of_page, "{path}, {title}: UPDATE=1 cargo test docs");
        });
        assert_eq!(titles, queries.keys().cloned().collect(), "{path}");
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            fs::write(file(path), text).unwrap();
        } else {
            assert_eq!(
                read(path),
                text,
                "{path} is in the form that UPDATE=1 gives it"
            );
        }
    }
}

#[test]
fn each_alert_leads_to_a_part_of_the_runbook() {
    let alerts: Value = serde_json::from_str(&read("deploy/grafana/alerts.json")).unwrap();
    let page = read(ALERTS);
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    for rule in rules {
        let (title, severity) = (rule["title"].as_str().unwrap(), &rule["labels"]["severity"]);
        let runbook = rule["annotations"]["runbook"].as_str().unwrap();
        let anchor = runbook.strip_prefix("docs/operations/").unwrap();
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| [{title}]")));
        let row = row.unwrap_or_else(|| panic!("{ALERTS} lacks {title}"));
        assert!(row.contains(&format!("]({anchor})")), "{title}: {anchor}");
        assert!(row.contains(&code(severity.as_str().unwrap())), "{title}");
    }
    assert_eq!(rules.len(), 8);
}

#[test]
fn the_runbook_knows_every_type_of_problem_once() {
    let page = read(RUNBOOK);
    let (mendable, others) = page.split_once("## What only the client can mend").unwrap();
    let first_cells = mendable.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut known: Vec<&str> = first_cells
        .filter_map(|line| line.split('`').next())
        .collect();
    known.retain(|name| name.contains('-') || ["misconfigured", "internal"].contains(name));
    known.extend(others.split('`').skip(1).step_by(2));
    known.sort_unstable();
    let mut types: Vec<&str> = ProblemType::ALL.iter().map(|it| it.slug()).collect();
    types.sort_unstable();
    assert_eq!(known, types);
}

#[test]
fn the_costs_are_added_up_right() {
    let number = |text: &str| text.trim().parse::<f64>().unwrap();
    let table: Vec<Row> = rows(COST, "costs");
    let (sums, products) = table.split_last().unwrap();
    for column in 1..sums.len() {
        let mut sum = 0.0;
        for row in products {
            let (amount, rest) = row[column].split_once('×').unwrap();
            let (price, cost) = rest.split_once('=').unwrap();
            let error = number(amount) * number(price) - number(cost);
            assert!(error.abs() < 0.005_1, "{}", row[column]);
            sum += number(cost);
        }
        assert!(
            (sum - number(&sums[column])).abs() < 0.001,
            "{column}: {sum}"
        );
    }
}
