//! Tables for a terminal or a file.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use indicatif::HumanCount;

/// A line below the header and no other.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table whose first column is words and whose others are numbers.
pub fn table<R: IntoIterator<Item = String>>(header: &[&str], rows: impl IntoIterator<Item = R>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// `28709` as `28,709`.
pub fn thousands(n: usize) -> String {
    HumanCount(n as u64).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_on_the_right() {
        let rows = [["a", "1"], ["b", "100"]].map(|row| row.map(str::to_owned));
        let text = table(&["word", "n"], rows).to_string();
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        assert_eq!([lines[0], lines[2], lines[3]], [" word     n", " a        1", " b      100"], "{text}");
    }
}
