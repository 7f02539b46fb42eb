//! Files as people drop them: every format, upright, small enough; and the broken ones, each with its reason.
//!
//! Runs natively and in wasm. Files are made here, or lie in `data` where `make_data.py` put them.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageBuffer, ImageFormat, Rgb, RgbImage};
use vision::{DecodeError, DecodeLimits, Picture, decode};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

/// How far a colour may be off: JPEG and lossy WebP round, CMYK most.
const TOLERANCE: u8 = 12;

fn open(file: &[u8]) -> Picture {
    decode(file, DecodeLimits::default()).expect("a good file")
}

fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).expect("a picture that the format can hold");
    file.into_inner()
}

/// Red, green over blue, white.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    })
}

/// The four corners, row by row, each exactly one of the four colours or black.
fn corners(picture: &Picture) -> [[u8; 3]; 4] {
    let (right, bottom) = (picture.width() - 1, picture.height() - 1);
    [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| {
        let start = (y * picture.width() + x) * 4;
        let &[red, green, blue, alpha] = picture.view().data()[start..].first_chunk().expect("a pixel");
        assert_eq!(alpha, 255);
        [red, green, blue].map(|value| match value {
            0..=TOLERANCE => 0,
            value if value >= 255 - TOLERANCE => 255,
            value => panic!("{value} at ({x}, {y}) is neither dark nor bright"),
        })
    })
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_kind_of_file_gives_its_colours() {
    let sixteen_bit =
        ImageBuffer::from_fn(32, 16, |x, _| Rgb(if x < 16 { [65535u16, 255, 0] } else { [0, 100, 65535] }));
    let files: [(&str, &[u8]); 8] = [
        ("CMYK JPEG", include_bytes!("data/cmyk.jpg")),
        ("progressive JPEG", include_bytes!("data/progressive.jpg")),
        ("lossy WebP", include_bytes!("data/lossy.webp")),
        ("animated WebP", include_bytes!("data/animated.webp")),
        ("animated PNG", include_bytes!("data/animated.png")),
        ("palette PNG", include_bytes!("data/palette.png")),
        ("16-bit PNG", &encode(sixteen_bit, ImageFormat::Png)),
        ("animated GIF", &animated_gif()),
    ];
    for (name, file) in files {
        let picture = open(file);
        assert_eq!((picture.width(), picture.height()), (32, 16), "{name}");
        assert_eq!(corners(&picture), [RED, BLUE, RED, BLUE], "{name}");
        assert_eq!(picture.is_animated(), name.starts_with("animated"), "{name}");
    }
}

/// Red and blue, then all green.
fn animated_gif() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    let first = RgbImage::from_fn(32, 16, |x, _| Rgb(if x < 16 { RED } else { BLUE }));
    let second = RgbImage::from_pixel(32, 16, Rgb(GREEN));
    let frames = [first, second].map(|frame| Frame::new(DynamicImage::from(frame).into_rgba8()));
    encoder.encode_frames(frames).expect("two frames");
    drop(encoder);
    file
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn still_pictures_of_every_format_are_not_animated() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let picture = open(&encode(quarters(32, 32), format));
        assert_eq!(corners(&picture), [RED, GREEN, BLUE, WHITE], "{format:?}");
        assert!(!picture.is_animated(), "{format:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_exif_orientation_is_applied() {
    let upright = encode(quarters(48, 32), ImageFormat::Jpeg);
    // EXIF 2.32, tag 0x0112: where row 0 and column 0 of the file are on the upright picture.
    let cases = [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
        (9, [RED, GREEN, BLUE, WHITE]),
    ];
    for (orientation, expected) in cases {
        let picture = open(&with_orientation(&upright, orientation));
        assert_eq!(corners(&picture), expected, "orientation {orientation}");
        let size = if (5..=8).contains(&orientation) { (32, 48) } else { (48, 32) };
        assert_eq!((picture.width(), picture.height()), size, "orientation {orientation}");
        assert_eq!((picture.original_width() as usize, picture.original_height() as usize), size);
    }
}

/// `jpeg` with an EXIF segment that holds one tag.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut segment = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn large_pictures_are_scaled_and_small_ones_kept() {
    // Width and height of the file, then of the picture. 8660×5774 is 50 megapixels.
    let cases = [([1, 1], [1, 1]), ([2560, 2], [2560, 2]), ([4000, 2000], [2560, 1280]), ([8660, 5774], [2560, 1707])];
    for ([width, height], expected) in cases {
        let picture = open(&encode(quarters(width, height), ImageFormat::Jpeg));
        assert_eq!([picture.width(), picture.height()], expected, "{width}×{height}");
        assert_eq!([picture.original_width(), picture.original_height()], [width, height]);
        if height > 2 {
            assert_eq!(corners(&picture), [RED, GREEN, BLUE, WHITE], "{width}×{height}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_file_that_is_cut_short_is_an_error() {
    let mut files = vec![include_bytes!("data/progressive.jpg").to_vec(), include_bytes!("data/lossy.webp").to_vec()];
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        files.push(encode(quarters(64, 64), format));
    }
    for file in files {
        for percent in [20, 40, 60, 80, 90] {
            let cut = &file[..file.len() * percent / 100];
            let result = decode(cut, DecodeLimits::default());
            assert!(matches!(result, Err(DecodeError::Damaged { .. })), "{percent} % of {:?}: {result:?}", &file[..4]);
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn too_many_pixels_are_refused_by_the_header() {
    let mut gif = encode(quarters(4, 4), ImageFormat::Gif);
    gif[6..10].copy_from_slice(b"\x20\x4e\x20\x4e");
    let mut jpeg = encode(quarters(8, 8), ImageFormat::Jpeg);
    let frame_header = jpeg.windows(2).position(|pair| pair == b"\xff\xc0").expect("a baseline JPEG");
    jpeg[frame_header + 5..][..4].copy_from_slice(b"\x4e\x20\x4e\x20");
    let png = include_bytes!("data/20000x20000.png");
    for file in [&gif[..], &jpeg, png] {
        let error = decode(file, DecodeLimits::default()).expect_err("400 megapixels");
        let expected = "expected a picture of at most 200 megapixels, got 20000×20000 = 400 megapixels";
        assert_eq!(error.to_string(), expected);
    }
    // More bytes than 32 bits count.
    let mut png = png.to_vec();
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let error = decode(&png, DecodeLimits::default()).expect_err("3600 megapixels");
    assert!(matches!(error, DecodeError::TooLarge { width: 60_000, height: 60_000, .. }), "{error}");
}

/// A frame may be larger than the picture that it is part of.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn too_much_memory_is_refused() {
    let mut gif = encode(quarters(4, 4), ImageFormat::Gif);
    // Image descriptor: 0x2c, left, top, width, height (GIF 89a, 20).
    let frame = gif.windows(9).position(|bytes| bytes == b"\x2c\0\0\0\0\x04\0\x04\0").expect("a frame");
    gif[frame + 5..frame + 9].copy_from_slice(b"\x60\xea\x60\xea");
    let error = decode(&gif, DecodeLimits::default()).expect_err("14 GB");
    assert_eq!(error.to_string(), "expected a GIF picture that is decoded in 1600 MB, got one that takes more");
}

/// The decoder of PNG panics at such a palette.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_palette_that_is_no_list_of_colours_is_an_error() {
    let file = include_bytes!("data/palette.png");
    let start = file.windows(4).position(|name| name == b"PLTE").expect("a palette") - 4;
    let length = u32::from_be_bytes(*file[start..].first_chunk().expect("its length")) as usize;
    for n_bytes in [2, 4, 257 * 3] {
        let chunk = [&(n_bytes as u32).to_be_bytes()[..], b"PLTE", &vec![7; n_bytes], &[0; 4]].concat();
        let bad = [&file[..start], &chunk, &file[start + 12 + length..]].concat();
        let error = decode(&bad, DecodeLimits::default()).expect_err("a bad palette");
        assert!(error.to_string().contains(&format!("a palette of {n_bytes} bytes")), "{error}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn kinds_of_a_format_that_are_not_read_are_named() {
    let mut jpeg = encode(quarters(8, 8), ImageFormat::Jpeg);
    let frame_header = jpeg.windows(2).position(|pair| pair == b"\xff\xc0").expect("a baseline JPEG");
    jpeg[frame_header + 4] = 12;
    let png = encode(quarters(8, 8), ImageFormat::Png);
    let ios = [&png[..8], b"\0\0\0\x04CgBI\x50\0\x20\x02\x2b\xd5\xb3\x7f", &png[8..]].concat();
    for (file, reason) in [(&jpeg, "12 bits a sample"), (&ios, "Xcode has packed it for iOS")] {
        let error = decode(file, DecodeLimits::default()).expect_err("not read");
        assert!(matches!(&error, DecodeError::Unsupported { reason: told, .. } if told == reason), "{error}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_no_picture_says_what_it_is() {
    let (formats, way_out) = if cfg!(feature = "more-formats") {
        (
            "JPEG, PNG, WebP, GIF, BMP, TIFF or ICO",
            "; save it as JPEG or PNG first, for instance by `heif-convert FILE picture.png` of libheif",
        )
    } else {
        ("JPEG, PNG, WebP or GIF", "; save it as JPEG or PNG first")
    };
    let cases: [(&[u8], &str, &str); 6] = [
        (b"", "an empty file (0 bytes)", ""),
        (b"Dear diary", "a text", ""),
        (b"%PDF-1.4\n", "a PDF document", ""),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a picture in HEIC format", way_out),
        (b"<svg/>", "a drawing in SVG format", "; export it as PNG from the program that draws it"),
        (b"<!doctype html>", "a web page", "; save the picture that is on the page, not the page"),
    ];
    for (file, found, advice) in cases {
        let error = decode(file, DecodeLimits::default()).expect_err("no picture");
        assert_eq!(error.to_string(), format!("expected a {formats} picture, got {found}{advice}"));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn flipped_bytes_never_panic() {
    let mut files = vec![include_bytes!("data/cmyk.jpg").to_vec(), include_bytes!("data/progressive.jpg").to_vec()];
    files.push(include_bytes!("data/animated.webp").to_vec());
    files.push(include_bytes!("data/lossy.webp").to_vec());
    files.push(animated_gif());
    files.push(encode(quarters(16, 16), ImageFormat::Png));
    let limits = DecodeLimits { max_pixels: 1_000_000, ..DecodeLimits::default() };
    for file in files {
        for idx in 0..file.len() {
            let mut broken = file.clone();
            broken[idx] ^= 0x55;
            let _ = decode(&broken, limits);
        }
    }
}
