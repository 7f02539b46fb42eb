//! The official form: a header, then `emotion,pixels,Usage` row by row.

use std::{
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder, Trim};
use encoding_rs_io::DecodeReaderBytesBuilder;
use model_core::Emotion;

use super::{
    DataError, FACE_LEN, Fer2013,
    error::RowError,
    names::{self, SplitName},
    notes::Notes,
};

/// FER2013 from CSV with the columns emotion, pixels and Usage in any order. `path` is for messages.
///
/// Read as well is what programs make of it: commas, semicolons or tabs between columns, UTF-16 with its mark, labels as
/// words, grey levels in brackets, spaces around names (`icml_face_data.csv`). Without Usage, as in the competition's
/// `train.csv`, all is Training.
pub(super) fn read(path: &Path, reader: &mut dyn Read) -> Result<Fer2013, DataError> {
    let text = DecodeReaderBytesBuilder::new().utf8_passthru(true).build(ShortLines { reader, len: 0 });
    let mut text = BufReader::with_capacity(1 << 16, text);
    let mut first = vec![];
    let _ =
        text.by_ref().take(MAX_HEADER).read_until(b'\n', &mut first).map_err(|error| cut(path, 0, &error.into()))?;
    let delimiter = *first.iter().find(|byte| b",;\t".contains(byte)).unwrap_or(&b',');
    // Flexible: a row with a column too few is reported here, in the words of this module.
    let mut rows = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(Cursor::new(first).chain(text));
    let header = rows.byte_headers().map_err(|error| cut(path, 0, &error))?.clone();
    let columns = Columns::of(path, &header)?;
    let mut data = Fer2013::default();
    let mut notes = Notes::default();
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
        let added = columns.add(&row, &mut face, &mut data, &mut notes);
        added.map_err(|reason| DataError::Row { path: path.into(), line, reason })?;
    }
    if data.splits().iter().all(|(_, split)| split.is_empty()) {
        return Err(DataError::Empty { path: path.into() });
    }
    data.notes = notes.lines();
    Ok(data)
}

/// Bytes that are searched for the end of the first line.
const MAX_HEADER: u64 = 1 << 16;

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

/// Indices of the columns.
struct Columns {
    emotion: usize,
    pixels: usize,
    usage: Option<usize>,
    width: usize,
}

impl Columns {
    fn of(path: &Path, header: &ByteRecord) -> Result<Self, DataError> {
        let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name.as_bytes()));
        match (find("emotion"), find("pixels")) {
            (Some(emotion), Some(pixels)) => Ok(Self { emotion, pixels, usage: find("usage"), width: header.len() }),
            (None, Some(_)) => Err(DataError::NoLabels { path: path.into() }),
            _ => Err(DataError::Header { path: path.into(), actual: quote(header) }),
        }
    }

    /// Append `row` to its split. `face` is scratch space.
    fn add(&self, row: &ByteRecord, face: &mut Vec<u8>, data: &mut Fer2013, notes: &mut Notes) -> Result<(), RowError> {
        if row.len() != self.width {
            return Err(RowError::Columns { expected: self.width, actual: row.len() });
        }
        let label = parse_label(&row[self.emotion])?;
        let split = if let Some(usage) = self.usage {
            parse_usage(&row[usage])?
        } else {
            notes.add(1, "Rows taken for Training, as there is no column Usage");
            SplitName::Training
        };
        parse_levels(&row[self.pixels], face)?;
        if split == SplitName::Mixed {
            notes.add(1, "Rows put aside, as their usage is neither Training, PublicTest nor PrivateTest");
        }
        data.split_mut(split).push(face, label);
        Ok(())
    }
}

fn parse_label(word: &[u8]) -> Result<Emotion, RowError> {
    let label = std::str::from_utf8(word).ok().and_then(names::label);
    label.ok_or_else(|| RowError::Label(show(word)))
}

fn parse_usage(word: &[u8]) -> Result<SplitName, RowError> {
    let split = std::str::from_utf8(word).ok().and_then(SplitName::of);
    split.ok_or_else(|| RowError::Usage(show(word)))
}

/// Grey levels separated by spaces, commas or brackets into `face`, which is cleared first.
fn parse_levels(text: &[u8], face: &mut Vec<u8>) -> Result<(), RowError> {
    face.clear();
    for word in text.split(|byte| b" ,[]\t\r\n".contains(byte)).filter(|word| !word.is_empty()) {
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
        assert_eq!(data.notes, [""; 0]);
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
            format!("emotion;pixels;Usage\n4;{levels};Training\n"),
            format!("emotion\tpixels\tUsage\nsadness\t{levels}\ttrain\n"),
            format!("emotion,pixels,usage\n4,\"[{}]\",training\n", levels.replace(' ', ", ")),
            format!("emotion,pixels,usage\n4,\"[{}]\",training\n", levels.replacen(' ', "\n ", 40)),
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
            (
                row("7", "1", FACE_LEN, "Training"),
                "expected an emotion from 0 (angry) to 6 (neutral) or its name, got `7`",
            ),
            (row("", "1", FACE_LEN, "Training"), "got ``"),
            (row("contempt", "1", FACE_LEN, "Training"), "got `contempt`"),
            (row("0", "1", FACE_LEN, "dev"), "expected the usage Training, PublicTest, PrivateTest or test, got `dev`"),
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
            ("emotion,Usage\n", "got `emotion,Usage`"),
            ("pixels\n1 2\n", "this file has no labels"), // test.csv of the competition
            ("emotion,pixels,Usage\n", "expected pictures, got none"),
            (&tar, "got a tar archive; unpack it"),
        ];
        for (text, expected) in cases {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn utf_16_is_read() {
        let levels = vec!["9"; FACE_LEN].join(" ");
        let text = format!("\u{feff}emotion,pixels,Usage\r\n4,{levels},PublicTest\r\n");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let data = read(Path::new("fer2013.csv"), &mut &bytes[..]).unwrap();
        assert_eq!(data.public_test.labels(), [Emotion::Sad]);
    }

    #[test]
    fn what_is_not_as_in_the_official_file_is_noted() {
        let levels = vec!["9"; FACE_LEN].join(" ");
        let cases = [
            (
                format!("emotion,pixels\n4,{levels}\n5,{levels}\n"),
                [2, 0, 0, 0],
                "Rows taken for Training, as there is no column Usage: 2",
            ),
            (format!("emotion,pixels,Usage\n4,{levels},val\n"), [0, 0, 0, 1], "Rows put aside"),
        ];
        for (text, lengths, note) in cases {
            let data = read_text(&text).unwrap();
            assert_eq!(data.splits().map(|(_, split)| split.len()), lengths);
            assert!(data.notes.len() == 1 && data.notes[0].starts_with(note), "{:?}", data.notes);
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
