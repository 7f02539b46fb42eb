//! Damage to a file.

use rand::{Rng, RngExt, seq::IndexedRandom};

/// Changes of a file at most.
const MAX_CHANGES: usize = 6;
/// Longest piece that is moved, copied or made up, bytes.
const MAX_PIECE: usize = 64;
/// Numbers at which readers go wrong: ends of ranges and what lies beside them.
const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// A random file of `files` with some changes: bits and numbers, pieces that are gone, doubled, random or of another
/// file, the end cut off; and `words` in the place of others.
///
/// # Panics
/// If there are no files.
pub fn changed(files: &[Vec<u8>], words: &[&[u8]], rng: &mut impl Rng) -> Vec<u8> {
    let mut file = files.choose(rng).expect("a file or more").clone();
    for _ in 0..rng.random_range(1..=MAX_CHANGES) {
        change(&mut file, files, words, rng);
    }
    file
}

fn change(file: &mut Vec<u8>, files: &[Vec<u8>], words: &[&[u8]], rng: &mut impl Rng) {
    let start = rng.random_range(0..=file.len());
    let end = (start + rng.random_range(0..=MAX_PIECE)).min(file.len());
    match rng.random_range(0..10) {
        0 if start < file.len() => file[start] ^= 1 << rng.random_range(0..8),
        1 if start < file.len() => file[start] = rng.random(),
        2 | 3 => overwrite(file, start, &number(rng)),
        4 => drop(file.drain(start..end)),
        5 => {
            let piece = file[start..end].to_vec();
            insert(file, start, &piece);
        }
        6 => insert(file, start, &(start..end).map(|_| rng.random()).collect::<Vec<u8>>()),
        7 => {
            let other = files.choose(rng).expect("a file or more");
            let from = rng.random_range(0..=other.len());
            overwrite(file, start, &other[from..other.len().min(from + MAX_PIECE)]);
        }
        8 if rng.random_range(0..4) == 0 => file.truncate(start),
        _ => replace_word(file, start, words, rng),
    }
}

/// A number of [`NUMBERS`], in 1, 2, 4 or 8 bytes, in either order.
fn number(rng: &mut impl Rng) -> Vec<u8> {
    let number = NUMBERS.choose(rng).expect("there are some");
    let mut bytes = number.to_le_bytes()[..1 << rng.random_range(0..4)].to_vec();
    if rng.random() {
        bytes.reverse();
    }
    bytes
}

/// Put one of `words` in the place of the first word or number from `start` on.
fn replace_word(file: &mut Vec<u8>, start: usize, words: &[&[u8]], rng: &mut impl Rng) {
    let Some(word) = words.choose(rng) else { return };
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let first = start + file[start..].iter().position(is_of_word).unwrap_or(0);
    let length = file[first..].iter().take(MAX_PIECE).position(|byte| !is_of_word(byte)).unwrap_or(0);
    file.splice(first..first + length, word.iter().copied());
}

fn overwrite(file: &mut [u8], start: usize, bytes: &[u8]) {
    file[start..].iter_mut().zip(bytes).for_each(|(old, new)| *old = *new);
}

fn insert(file: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    file.splice(start..start, bytes.iter().copied());
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn files_of_any_length_are_changed() {
        let files = [vec![], b"1".to_vec(), b"{\"width\": 24, \"name\": \"a\"}".to_vec(), vec![0; 500]];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let all: Vec<Vec<u8>> = (0..5000).map(|_| changed(&files, &[b"1e308"], &mut rng)).collect();
        assert!(all.iter().any(|file| file == b"{\"width\": 1e308, \"name\": \"a\"}"));
        assert!(all.iter().filter(|file| !files.contains(file)).count() > 4000);
    }
}
