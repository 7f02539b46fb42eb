//! The official form: a header, then `emotion,pixels,Usage` row by row.

use std::{
    io::{self, Read},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder, Trim};
use model_core::Emotion;

use super::{DataError, FACE_LEN, Fer2013, Split, error::RowError};

/// FER2013 from CSV with the columns emotion, pixels and Usage in any order; spaces around names do not matter, as
/// `icml_face_data.csv` has them. `path` is for messages.
pub(super) fn read(path: &Path, reader: &mut dyn Read) -> Result<Fer2013, DataError> {
    // Flexible: a row with a column too few is reported here, in the words of this module.
    let reader = ShortLines { reader, len: 0 };
    let mut rows = ReaderBuilder::new().flexible(true).trim(Trim::All).buffer_capacity(1 << 16).from_reader(reader);
    let header = rows.byte_headers().map_err(|error| cut(path, 0, &error))?.clone();
    let columns =
        Columns::of(&header).ok_or_else(|| DataError::Header { path: path.into(), actual: quote(&header) })?;
    let mut data = Fer2013::default();
    let mut row = ByteRecord::new();
    let mut face = Vec::with_capacity(FACE_LEN);
    loop {
        let line = rows.position().line();
        match rows.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(cut(path, line.saturating_sub(1), &error)),
        }
        let line = row.position().map_or(line, csv::Position::line);
        let added = columns.add(&row, &mut face, &mut data);
        added.map_err(|reason| DataError::Row { path: path.into(), line, reason })?;
    }
    if data.splits().iter().all(|(_, split)| split.is_empty()) {
        return Err(DataError::Empty { path: path.into() });
    }
    Ok(data)
}

/// Bytes of a line at most; a picture of 48×48 three-digit levels takes 9,216.
const MAX_LINE: usize = 1 << 20;

/// Refuses a line that cannot be one of FER2013 before it fills the memory.
struct ShortLines<'a> {
    reader: &'a mut dyn Read,
    len: usize,
}

impl Read for ShortLines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.len = match buffer[..n].iter().rposition(|&byte| byte == b'\n') {
            Some(end) => n - end - 1,
            None => self.len + n,
        };
        if self.len > MAX_LINE {
            return Err(io::Error::other(format!("expected lines of at most {MAX_LINE} bytes, got a longer one")));
        }
        Ok(n)
    }
}

fn cut(path: &Path, line: u64, error: &csv::Error) -> DataError {
    DataError::Cut { path: path.into(), line, reason: error.to_string() }
}

/// Which column is which.
struct Columns {
    emotion: usize,
    pixels: usize,
    usage: usize,
    width: usize,
}

impl Columns {
    fn of(header: &ByteRecord) -> Option<Self> {
        let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name.as_bytes()));
        let (emotion, pixels, usage) = (find("emotion")?, find("pixels")?, find("usage")?);
        Some(Self { emotion, pixels, usage, width: header.len() })
    }

    /// Append `row` to its split. `face` is scratch space.
    fn add(&self, row: &ByteRecord, face: &mut Vec<u8>, data: &mut Fer2013) -> Result<(), RowError> {
        if row.len() != self.width {
            return Err(RowError::Columns { expected: self.width, actual: row.len() });
        }
        let label = parse_label(&row[self.emotion])?;
        let split = split_named(&row[self.usage], data)?;
        parse_levels(&row[self.pixels], face)?;
        split.push(face, label);
        Ok(())
    }
}

fn parse_label(word: &[u8]) -> Result<Emotion, RowError> {
    match word {
        [digit @ b'0'..=b'6'] => Ok(Emotion::ALL[usize::from(digit - b'0')]),
        _ => Err(RowError::Label(show(word))),
    }
}

fn split_named<'a>(usage: &[u8], data: &'a mut Fer2013) -> Result<&'a mut Split, RowError> {
    match usage {
        b"Training" => Ok(&mut data.training),
        b"PublicTest" => Ok(&mut data.public_test),
        b"PrivateTest" => Ok(&mut data.private_test),
        _ => Err(RowError::Usage(show(usage))),
    }
}

/// Grey levels separated by spaces into `face`, which is cleared first.
fn parse_levels(text: &[u8], face: &mut Vec<u8>) -> Result<(), RowError> {
    face.clear();
    for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        let level = parse_level(word);
        let level = level.ok_or_else(|| RowError::Level { position: face.len() + 1, actual: show(word) })?;
        face.push(level);
    }
    if face.len() == FACE_LEN { Ok(()) } else { Err(RowError::Count(face.len())) }
}

/// By hand, as 75 million numbers pass through here.
fn parse_level(word: &[u8]) -> Option<u8> {
    let mut level: u16 = 0;
    for digit in word {
        let digit = digit.wrapping_sub(b'0');
        level = if digit < 10 { 10 * level + u16::from(digit) } else { return None };
        if level > 255 {
            return None;
        }
    }
    u8::try_from(level).ok()
}

/// The start of `bytes` as text.
fn show(bytes: &[u8]) -> String {
    const MAX_CHARS: usize = 40;
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.chars().take(MAX_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

fn quote(header: &ByteRecord) -> String {
    if header.is_empty() {
        return "an empty file".into();
    }
    // "ustar" at byte 257 marks a tar header (POSIX.1-1988); the official download is one.
    if header.as_slice().windows(5).take(512).any(|window| window == b"ustar") {
        return "a tar archive; unpack it and give the file inside".into();
    }
    let columns: Vec<String> = header.iter().take(4).map(show).collect();
    format!("`{}`", columns.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of one grey level.
    fn row(emotion: &str, level: &str, n_levels: usize, usage: &str) -> String {
        format!("{emotion},{},{usage}\n", [level].repeat(n_levels).join(" "))
    }

    fn read_text(text: &str) -> Result<Fer2013, DataError> {
        read(Path::new("fer2013.csv"), &mut text.as_bytes())
    }

    #[test]
    fn rows_go_to_their_splits_in_order() {
        let rows =
            [("3", "7", "Training"), ("6", "255", "PrivateTest"), ("0", "0", "PublicTest"), ("1", "8", "Training")];
        let rows = rows.map(|(emotion, level, usage)| row(emotion, level, FACE_LEN, usage));
        let data = read_text(&format!("emotion,pixels,Usage\n{}", rows.concat())).unwrap();
        assert_eq!(data.splits().map(|(_, split)| split.len()), [2, 1, 1, 0]);
        assert_eq!(data.training.labels(), [Emotion::Happy, Emotion::Disgust]);
        assert_eq!((data.training.face(1)[FACE_LEN - 1], data.private_test.face(0)[0]), (8, 255));
    }

    #[test]
    fn other_column_orders_spaces_quotes_and_line_ends_are_read() {
        let levels = vec!["9"; FACE_LEN].join(" ");
        let texts = [
            format!("emotion, Usage, pixels\n4,Training,{levels}\n"), // icml_face_data.csv
            format!("Usage,id,pixels,emotion\r\nTraining,1,\"{levels}\",4\r\n"),
            format!("emotion,pixels,Usage\n4,{levels} ,Training"),
            format!("\u{feff}emotion,pixels,Usage\n\n4,{levels},Training\n\n"),
        ];
        for text in texts {
            let data = read_text(&text).unwrap_or_else(|error| panic!("{error} in {}", &text[..40]));
            assert_eq!((data.training.labels(), data.training.face(0)[3]), (&[Emotion::Sad][..], 9));
        }
    }

    #[test]
    fn a_bad_row_is_named_with_what_was_expected_and_what_came() {
        let cases = [
            (row("0", "1", 2303, "Training"), "expected 2304 grey levels (48×48), got 2303"),
            (row("0", "1", 2305, "Training"), "expected 2304 grey levels (48×48), got 2305"),
            (row("0", "", 0, "Training"), "expected 2304 grey levels (48×48), got 0"),
            (row("0", "256", FACE_LEN, "Training"), "expected grey levels from 0 to 255, got `256` as number 1"),
            (row("0", "-1", FACE_LEN, "Training"), "got `-1` as number 1"),
            (row("0", "1.5", FACE_LEN, "Training"), "got `1.5` as number 1"),
            (row("0", "99999999999999999999", FACE_LEN, "Training"), "got `99999999999999999999` as number 1"),
            (format!("0,1 2 x{},Training\n", " 3".repeat(2301)), "got `x` as number 3"),
            (row("7", "1", FACE_LEN, "Training"), "expected an emotion from 0 (angry) to 6 (neutral), got `7`"),
            (row("", "1", FACE_LEN, "Training"), "got ``"),
            (row("happy", "1", FACE_LEN, "Training"), "got `happy`"),
            (
                row("0", "1", FACE_LEN, "training"),
                "expected the usage Training, PublicTest or PrivateTest, got `training`",
            ),
            (row("0", "1", FACE_LEN, "Train"), "got `Train`"),
            ("0,1 2 3".into(), "expected 3 columns, got 2"),
            (row("0", "1", FACE_LEN, "Training,Training"), "expected 3 columns, got 4"),
            ("\0\u{1}".repeat(100), "expected 3 columns, got 1"),
        ];
        for (bad, expected) in cases {
            let text = format!("emotion,pixels,Usage\n{}{bad}", row("0", "1", FACE_LEN, "Training"));
            let error = read_text(&text).unwrap_err().to_string();
            assert!(error.starts_with("fer2013.csv: line 3: ") && error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn what_is_no_fer2013_is_refused_by_its_header() {
        let tar = format!("fer2013/fer2013.csv{}ustar\0", "\0".repeat(238));
        let cases = [
            ("", "got an empty file"),
            ("a,b,c\n1,2,3\n", "got `a,b,c`"),
            ("emotion,pixels\n", "got `emotion,pixels`"), // train.csv of the competition
            ("emotion,pixels,Usage\n", "expected pictures, got none"),
            (&tar, "got a tar archive; unpack it"),
        ];
        for (text, expected) in cases {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused_early() {
        let mut endless = io::repeat(b'1');
        let error = read(Path::new("fer2013.csv"), &mut endless).unwrap_err().to_string();
        assert!(error.contains("expected lines of at most 1048576 bytes"), "{error}");
    }

    #[test]
    fn a_stream_that_breaks_is_named_by_the_last_line() {
        struct Breaking;
        impl Read for Breaking {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::UnexpectedEof.into())
            }
        }
        let text = format!("emotion,pixels,Usage\n{}0,1 2", row("0", "1", FACE_LEN, "Training"));
        let error = read(Path::new("fer2013.csv"), &mut text.as_bytes().chain(Breaking)).unwrap_err().to_string();
        assert!(error.contains("after line 2, but the file is cut or damaged there"), "{error}");
    }
}
