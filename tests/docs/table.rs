//! Tables between `<!-- table: NAME -->` and `<!-- /table -->`.

use std::fs;
use std::sync::{Mutex, PoisonError};

use super::{file, read};

/// The cells of a row.
pub type Row = Vec<String>;

/// The rows of the table `name`, without its heading.
pub fn rows(page: &str, name: &str) -> Vec<Row> {
    let text = read(page);
    let (_, table, _) = split(&text, page, name);
    let rows = table.lines().skip(2);
    rows.map(|line| cells(line).unwrap_or_else(|| panic!("{page}, {name}: {line}")))
        .collect()
}

/// The first column of the table `name`, without the backticks.
pub fn names(page: &str, name: &str) -> Vec<String> {
    let rows = rows(page, name);
    rows.iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect()
}

fn cells(line: &str) -> Option<Row> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect(),
    )
}

/// What is before the table `name`, in it, and after it.
fn split<'t>(text: &'t str, page: &str, name: &str) -> (&'t str, &'t str, &'t str) {
    let marker = format!("<!-- table: {name} -->\n");
    let start = text.find(&marker);
    let start = start.unwrap_or_else(|| panic!("{page} has no table {name}")) + marker.len();
    let (before, rest) = text.split_at(start);
    let end = rest.find("<!-- /table -->");
    let end = end.unwrap_or_else(|| panic!("{page}: the table {name} has no end"));
    (before, &rest[..end], &rest[end..])
}

/// Tests run at the same time, and some tables stand on the same page.
static WRITING: Mutex<()> = Mutex::new(());

/// The table `name` has exactly these rows. With `UPDATE`, it is written.
#[track_caller]
pub fn hold(page: &str, name: &str, heading: &[&str], rows: &[Row]) {
    let mut made = format!(
        "| {} |\n|{}\n",
        heading.join(" | "),
        "---|".repeat(heading.len())
    );
    for row in rows {
        assert_eq!(row.len(), heading.len(), "{row:?}");
        assert!(!row.iter().any(|cell| cell.contains('|')), "{row:?}");
        made += &format!("| {} |\n", row.join(" | "));
    }
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = read(page);
    let (before, table, after) = split(&text, page, name);
    if std::env::var_os("UPDATE").is_some() {
        // Renamed, because other tests read the page meanwhile.
        let new = file(page).with_extension("new");
        fs::write(&new, format!("{before}{made}{after}")).unwrap();
        fs::rename(new, file(page)).unwrap();
        return;
    }
    let lacking = made
        .lines()
        .filter(|row| !table.lines().any(|it| it == *row));
    let excess = table
        .lines()
        .filter(|row| !made.lines().any(|it| it == *row));
    assert!(
        table == made,
        "the table {name} of {page} is not that of the code: UPDATE=1 cargo test docs\nit lacks {:#?}\nand has {:#?}",
        lacking.collect::<Vec<_>>(),
        excess.collect::<Vec<_>>(),
    );
}

/// As [`hold`], for a table whose last column is prose: it is kept, and must not be empty.
#[track_caller]
pub fn hold_with_prose(page: &str, name: &str, heading: &[&str], mut made: Vec<Row>) {
    let present = rows(page, name);
    for row in &mut made {
        let same = present.iter().find(|it| it[0] == row[0]);
        row.push(same.and_then(|it| it.last().cloned()).unwrap_or_default());
    }
    hold(page, name, heading, &made);
    for row in made {
        let prose = row.last().unwrap();
        assert!(
            !prose.is_empty(),
            "{page}, {name}: write the last cell of {}",
            row[0]
        );
    }
}

/// `made` in the order of the rows of the table `name`; new ones are last.
pub fn in_present_order(page: &str, name: &str, mut made: Vec<Row>) -> Vec<Row> {
    let present = rows(page, name);
    made.sort_by_key(|row| {
        let index = present.iter().position(|it| it[0] == row[0]);
        index.unwrap_or(usize::MAX)
    });
    made
}
