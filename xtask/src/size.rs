//! `cargo xtask size`: what the built page loads, in the order in which it loads it.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

use crate::report::heading;
use crate::workspace::Workspace;

/// The network that the page starts with.
const FIRST_NETWORK: &str = "ferrum";

/// Most bytes of brotli for the first label on the CPU: measured 1.84 MB on 2026-11-29, and 5 % more. To be lowered when
/// it is less.
const FIRST_LABEL_LIMIT: u64 = limit(1_840_000);

/// Most bytes of brotli for what WebGPU adds: measured 1.50 MB on 2026-11-29, and 5 % more. To be lowered when it is
/// less.
const WEBGPU_LIMIT: u64 = limit(1_500_000);

/// Most bytes of the same as they are, which a browser compiles and keeps: measured 8.05 MB on 2026-11-29, and 5 % more. To
/// be lowered when it is less.
const WEBGPU_RAW_LIMIT: u64 = limit(8_050_000);

/// 5 % more than was `measured`.
const fn limit(measured: u64) -> u64 {
    measured + measured / 20
}

/// Largest window that brotli has, as web servers that compress ahead of time use.
const BROTLI_WINDOW_BITS: i32 = 22;

/// Prints every file and the sums per stage; fails if one is above its limit.
pub(crate) fn size(workspace: &Workspace) -> Result<()> {
    let entries = measure(&workspace.path("dist"))?;
    print_stages(&entries, Detail::Files);
    check_limits(&entries)
}

/// Prints the sums per stage.
pub(crate) fn summary(workspace: &Workspace) -> Result<()> {
    print_stages(&measure(&workspace.path("dist"))?, Detail::Sums);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Files,
    Sums,
}

/// When a file of the page is fetched. The order is that of fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    FirstLabel,
    WebGpu,
    OnDemand,
}

impl Stage {
    const ALL: [(Self, &'static str, Limits); 3] = [
        (Self::FirstLabel, "first label on the CPU", Limits { raw: None, brotli: Some(FIRST_LABEL_LIMIT) }),
        (Self::WebGpu, "WebGPU more", Limits { raw: Some(WEBGPU_RAW_LIMIT), brotli: Some(WEBGPU_LIMIT) }),
        (Self::OnDemand, "only when asked for", Limits { raw: None, brotli: None }),
    ];
}

/// Most bytes of a stage, as they are and of brotli.
struct Limits {
    raw: Option<u64>,
    brotli: Option<u64>,
}

/// Bytes of a file as it is and as a server may send it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Bytes {
    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

struct Entry {
    name: String,
    place: (Stage, usize),
    bytes: Bytes,
}

/// The stage of a file and its place in it, by its path in `dist/`.
fn place(name: &str) -> (Stage, usize) {
    let is_first_network =
        || ["bpk", "json"].iter().any(|extension| name == format!("models/{FIRST_NETWORK}.{extension}"));
    // In the order of loading; the first rule that fits holds.
    let rules: [(Stage, &dyn Fn() -> bool); 8] = [
        (Stage::WebGpu, &|| name.starts_with("worker-webgpu")),
        (Stage::FirstLabel, &|| name == "index.html"),
        (Stage::FirstLabel, &|| has_extension(name, "css")),
        (Stage::FirstLabel, &|| name.starts_with("app-") || name.starts_with("snippets/")),
        (Stage::FirstLabel, &|| name.starts_with("worker")),
        (Stage::FirstLabel, &|| name.starts_with("models/blazeface-short")),
        (Stage::FirstLabel, &is_first_network),
        (Stage::FirstLabel, &|| name.contains("icon") || has_extension(name, "webmanifest")),
    ];
    let rule = rules.iter().position(|(_, fits)| fits());
    rule.map_or((Stage::OnDemand, rules.len()), |index| (rules[index].0, index))
}

/// Whether a file of the page comes before the first label on the CPU, by its path in `dist/`.
pub(crate) fn loads_first(name: &str) -> bool {
    place(name).0 == Stage::FirstLabel
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own == extension)
}

/// Every file below `dist`, in the order of loading.
fn measure(dist: &Path) -> Result<Vec<Entry>> {
    let mut names = Vec::new();
    list(dist, "", &mut names)?;
    if !names.iter().any(|name| name == "index.html") {
        bail!("dist/ holds no page: build it with `cargo xtask build`");
    }
    let mut entries = names
        .into_iter()
        .map(|name| {
            let content = fs::read(dist.join(&name)).with_context(|| format!("cannot read dist/{name}"))?;
            Ok(Entry { place: place(&name), bytes: compressed(&content)?, name })
        })
        .collect::<Result<Vec<_>>>()?;
    entries.sort_by(|a, b| (a.place, &a.name).cmp(&(b.place, &b.name)));
    Ok(entries)
}

/// Adds the name of every file below `folder`, after `prefix`.
pub(crate) fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).context("dist/ cannot be read: build it with `cargo xtask build`")?;
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

fn compressed(content: &[u8]) -> Result<Bytes> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content)?;
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: BROTLI_WINDOW_BITS, ..Default::default() };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut small, &settings)?;
    Ok(Bytes { raw: content.len() as u64, gzip: gzip.finish()?.len() as u64, brotli: small.len() as u64 })
}

fn sum_of(entries: &[Entry], stage: Stage) -> Bytes {
    let of_stage = entries.iter().filter(|entry| entry.place.0 == stage);
    of_stage.fold(Bytes::default(), |sum, entry| sum.plus(entry.bytes))
}

fn check_limits(entries: &[Entry]) -> Result<()> {
    for (stage, words, limits) in Stage::ALL {
        let sum = sum_of(entries, stage);
        for (limit, actual, of) in [(limits.raw, sum.raw, ""), (limits.brotli, sum.brotli, " of brotli")] {
            if let Some(limit) = limit.filter(|&limit| actual > limit) {
                bail!("{words}: expected at most {limit} bytes{of}, got {actual}");
            }
        }
    }
    Ok(())
}

fn print_stages(entries: &[Entry], detail: Detail) {
    heading("what the page loads, in bytes");
    println!("{:>10} {:>10} {:>10}  file", "raw", "gzip -9", "brotli 11");
    for (stage, words, limits) in Stage::ALL {
        if detail == Detail::Files {
            let of_stage = entries.iter().filter(|entry| entry.place.0 == stage);
            of_stage.for_each(|entry| print_line(entry.bytes, &entry.name));
        }
        let raw = limits.raw.map_or(String::new(), |limit| format!(", at most {limit}"));
        let brotli = limits.brotli.map_or(String::new(), |limit| format!(", at most {limit} of brotli"));
        print_line(sum_of(entries, stage), &format!("= {words}{raw}{brotli}"));
    }
}

fn print_line(bytes: Bytes, words: &str) {
    println!("{:>10} {:>10} {:>10}  {words}", bytes.raw, bytes.gzip, bytes.brotli);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_the_order_of_loading() {
        let in_order = [
            "index.html",
            "style-1f.css",
            "app-a1.js",
            "app-a1_bg.wasm",
            "worker.js",
            "worker_bg.wasm",
            "models/blazeface-short.json",
            "models/ferrum.bpk",
            "models/ferrum.json",
            "icons/icon.svg",
            "worker-webgpu.js",
            "worker-webgpu_bg.wasm",
            "models/blazeface-full.safetensors",
            "models/haarcascade_frontalface_default.xml",
            "models/small.bpk",
            "samples/astronaut.png",
        ];
        let keys: Vec<_> = in_order.iter().map(|name| place(name).0).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        let first = in_order.iter().filter(|name| place(name).0 == Stage::FirstLabel).count();
        assert_eq!(first, 10, "all up to the icon");
    }

    #[test]
    fn compression_shrinks_what_repeats_and_counts_what_came() {
        let bytes = compressed(&[7; 10_000]).expect("memory is enough");
        assert_eq!(bytes.raw, 10_000);
        assert!(bytes.gzip < 100 && bytes.brotli < 100, "{bytes:?}");
        assert_eq!(bytes.plus(bytes).raw, 20_000);
    }

    #[test]
    fn a_stage_above_its_limit_fails_and_is_named() {
        let page = |name: &str, brotli| Entry {
            name: name.into(),
            place: place(name),
            bytes: Bytes { brotli, ..Bytes::default() },
        };
        let raw = |raw| Entry { bytes: Bytes { raw, ..Bytes::default() }, ..page("worker-webgpu_bg.wasm", 0) };
        assert!(check_limits(&[raw(WEBGPU_RAW_LIMIT)]).is_ok());
        let error = check_limits(&[raw(WEBGPU_RAW_LIMIT + 1)]).expect_err("one byte more").to_string();
        assert!(error.starts_with("WebGPU more: expected at most ") && !error.contains("brotli"), "{error}");
        let within = [
            page("index.html", FIRST_LABEL_LIMIT),
            page("worker-webgpu.js", WEBGPU_LIMIT),
            page("samples/a.png", 1 << 40),
        ];
        assert!(check_limits(&within).is_ok());
        let above = [&[page("models/ferrum.bpk", 1)], &within[..]];
        let error = check_limits(
            &above.into_iter().flatten().map(|entry| page(&entry.name, entry.bytes.brotli)).collect::<Vec<_>>(),
        );
        let expected = format!(
            "first label on the CPU: expected at most {FIRST_LABEL_LIMIT} bytes of brotli, got {}",
            FIRST_LABEL_LIMIT + 1
        );
        assert_eq!(error.expect_err("one byte more").to_string(), expected);
    }

    #[test]
    fn an_unbuilt_page_says_how_to_build_it() {
        let error = measure(Path::new("no/such/dist")).err().expect("it is not there");
        assert!(error.to_string().contains("cargo xtask build"), "{error}");
    }
}
