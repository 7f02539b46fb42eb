//! What a PNG says of itself (PNG, third edition, 11.3.3.3: `iTXt`).

/// Bytes of the signature and of `IHDR`, which comes first.
const HEAD_BYTES: usize = 8 + 4 + 4 + 13 + 4;

/// The bytes of a PNG that says `comment` of itself, for instance where it comes from. Other bytes stay as they are.
pub fn png_with_comment(png: &[u8], comment: &str) -> Vec<u8> {
    let Some((head, rest)) = png.split_at_checked(HEAD_BYTES).filter(|(head, _)| head.starts_with(b"\x89PNG")) else {
        return png.to_vec();
    };
    // Keyword, not compressed, no language, the keyword in no other language.
    let data = [&b"iTXtComment\0\0\0\0\0"[..], comment.as_bytes()].concat();
    let length = (data.len() - 4) as u32;
    [head, &length.to_be_bytes(), &data, &crc32fast::hash(&data).to_be_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_comes_after_the_header_and_nothing_else_changes() {
        let png =
            [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec(), vec![0; 17], b"\0\0\0\0IEND\xaeB`\x82".to_vec()].concat();
        let commented = png_with_comment(&png, "ä");
        assert_eq!(commented[..HEAD_BYTES], png[..HEAD_BYTES]);
        assert_eq!(commented[HEAD_BYTES..][..8], *b"\0\0\0\x0eiTXt");
        assert!(commented.ends_with(&png[HEAD_BYTES..]));
        // As Python's zlib computes it.
        assert_eq!(commented[HEAD_BYTES + 8 + 14..][..4], CRC.to_be_bytes());
        for bytes in [&b""[..], b"\x89PNG", &[0; 100]] {
            assert_eq!(png_with_comment(bytes, "a"), bytes);
        }
    }

    const CRC: u32 = 4_116_295_390;
}
