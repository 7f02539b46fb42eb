//! Cells of a CSV file. Numbers have a dot in every country, and no text is a formula.

use std::fmt::Display;

use csv::{Writer, WriterBuilder};

/// The letter that a line begins with that is no row: R and pandas leave it out if they are told so.
const COMMENT: u8 = b'#';

/// Rows of a CSV file in memory.
pub(crate) struct Cells {
    writer: Writer<Vec<u8>>,
    cell: Vec<u8>,
}

impl Cells {
    /// A file that begins with `start`, with a header row.
    pub(crate) fn new<'a>(start: Vec<u8>, header: impl IntoIterator<Item = &'a str>) -> Self {
        // A text with the letter of comments in it is quoted, so that it does not begin one.
        let writer = WriterBuilder::new().comment(Some(COMMENT)).from_writer(start);
        let mut cells = Self { writer, cell: vec![] };
        header.into_iter().for_each(|name| cells.word(name));
        cells.end_row();
        cells
    }

    /// A word that comes from the program itself, or nothing.
    pub(crate) fn word(&mut self, word: &str) {
        self.writer.write_field(word).expect(IN_MEMORY);
    }

    /// A text that comes from outside: a spreadsheet would take one that begins so for a formula
    /// (OWASP, "CSV Injection").
    pub(crate) fn text(&mut self, text: &str) {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            self.word(&format!("'{text}"));
        } else {
            self.word(text);
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, number: impl Display) {
        use std::io::Write;
        self.cell.clear();
        write!(self.cell, "{number}").expect(IN_MEMORY);
        self.writer.write_field(&self.cell).expect(IN_MEMORY);
    }

    /// Numbers.
    pub(crate) fn numbers(&mut self, numbers: impl IntoIterator<Item = impl Display>) {
        for number in numbers {
            self.number(number);
        }
    }

    /// A number, or nothing.
    pub(crate) fn number_if(&mut self, number: Option<impl Display>) {
        match number {
            Some(number) => self.number(number),
            None => self.word(""),
        }
    }

    /// A number of seconds, to the microsecond.
    pub(crate) fn secs(&mut self, secs: f64) {
        // The sum of no numbers is -0.
        self.number(format_args!("{:.6}", secs + 0.0));
    }

    /// Cells without anything in them.
    pub(crate) fn empty(&mut self, n_cells: usize) {
        (0..n_cells).for_each(|_| self.word(""));
    }

    /// The row is whole.
    pub(crate) fn end_row(&mut self) {
        self.writer.write_record(None::<&[u8]>).expect("rows have as many cells as the header");
    }

    /// The file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect(IN_MEMORY)
    }
}

const IN_MEMORY: &str = "writing to memory does not fail";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_a_comment_or_several_cells() {
        let cases = [
            ("Anna", "Anna"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\nb", "\"a\nb\""),
            ("#1", "\"#1\""),
            ("=\"#\"", "\"'=\"\"#\"\"\""),
        ];
        for (text, expected) in cases {
            let mut cells = Cells::new(vec![], ["name", "n"]);
            cells.text(text);
            cells.secs(-0.0);
            cells.end_row();
            let csv = String::from_utf8(cells.into_bytes()).unwrap();
            assert_eq!(csv, format!("name,n\n{expected},0.000000\n"));
        }
    }
}
