//! The figures of a run, as a table that can be pasted into a page.

/// One line: a measure, what each contender showed, and whether the goal is met.
pub struct Row {
    pub measure: String,
    pub cells: Vec<String>,
    pub goal: String,
}

/// Prints rows below a heading as Markdown.
pub fn print(title: &str, columns: &[&str], rows: &[Row]) {
    println!("\n### {title}\n");
    let mut lines = vec![std::iter::once("measure").chain(columns.iter().copied()).chain(["goal"]).map(String::from).collect::<Vec<_>>()];
    lines.extend(
        rows.iter().map(|row| std::iter::once(row.measure.clone()).chain(row.cells.iter().cloned()).chain([row.goal.clone()]).collect()),
    );
    let widths: Vec<usize> =
        (0..lines[0].len()).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("| {} |", cells.join(" | "));
        if index == 0 {
            println!("|{}|", widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|"));
        }
    }
}

/// Says whether a figure meets its goal.
pub fn goal(text: &str, met: bool) -> String {
    format!("{text}: {}", if met { "met" } else { "MISSED" })
}
