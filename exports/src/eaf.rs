//! Annotations for ELAN.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{PoorFramePolicy, Provenance, Session, Shown};
use report::Element;

use crate::{Trace, traces, webvtt::millis};

/// The type of all tiers.
const TIER_TYPE: &str = "apparent expression";

/// A file for ELAN, of format 3.0 (<https://www.mpi.nl/tools/elan/EAFv3.0.xsd>): a tier for each person, with an annotation
/// for every time in which they show the same thing. Its date is always the same, so that the same analysis gives the same
/// file.
pub(crate) fn eaf(session: &Session, policy: PoorFramePolicy) -> String {
    let span = session.timeline().span().unwrap_or_default();
    let mut file = Annotations::default();
    let mut taken = BTreeSet::new();
    let tiers: Vec<_> = traces(session, policy, [span.0, span.1])
        .iter()
        .map(|(&person, trace)| file.tier(&tier_name(session.name_of(person), person.number(), &mut taken), trace))
        .collect();
    let slots = file.slots.iter().enumerate().map(|(i, millis)| {
        Element::new("TIME_SLOT").with("TIME_SLOT_ID", format!("ts{}", i + 1)).with("TIME_VALUE", millis)
    });
    let tier_type = Element::new("LINGUISTIC_TYPE").with("LINGUISTIC_TYPE_ID", TIER_TYPE);
    let document = Element::new("ANNOTATION_DOCUMENT")
        .with("AUTHOR", "")
        .with("DATE", "1970-01-01T00:00:00+00:00")
        .with("FORMAT", "3.0")
        .with("VERSION", "3.0")
        .with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .with("xsi:noNamespaceSchemaLocation", "http://www.mpi.nl/tools/elan/EAFv3.0.xsd")
        .child(header(session.provenance(), file.n_annotations))
        .child(Element::new("TIME_ORDER").children(slots))
        .children(tiers)
        .child(tier_type.with("TIME_ALIGNABLE", "true").with("GRAPHIC_REFERENCES", "false"));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}\n")
}

/// Time slots and annotations so far: both are numbered through all tiers.
#[derive(Default)]
struct Annotations {
    /// In milliseconds.
    slots: Vec<u64>,
    n_annotations: usize,
}

impl Annotations {
    fn tier(&mut self, name: &str, trace: &Trace) -> Element {
        let seen = trace.dwells.iter().filter(|dwell| dwell.shown != Shown::NoFace);
        let annotations: Vec<_> = seen
            .filter_map(|dwell| self.annotation([dwell.from_secs, dwell.to_secs].map(millis), dwell.shown))
            .collect();
        let tier = Element::new("TIER").with("LINGUISTIC_TYPE_REF", TIER_TYPE).with("TIER_ID", name);
        tier.children(annotations)
    }

    /// `None` of what is too short for ELAN's milliseconds.
    fn annotation(&mut self, [from, to]: [u64; 2], shown: Shown) -> Option<Element> {
        if from >= to {
            return None;
        }
        self.slots.extend([from, to]);
        self.n_annotations += 1;
        let (last, id) = (self.slots.len(), format!("a{}", self.n_annotations));
        let annotation = Element::new("ALIGNABLE_ANNOTATION").with("ANNOTATION_ID", id);
        let annotation = annotation.with("TIME_SLOT_REF1", format!("ts{}", last - 1));
        let annotation = annotation.with("TIME_SLOT_REF2", format!("ts{last}"));
        let value = Element::new("ANNOTATION_VALUE").text(shown.name());
        Some(Element::new("ANNOTATION").child(annotation.child(value)))
    }
}

/// The video beside the file, and where the annotations come from.
fn header(provenance: &Provenance, n_annotations: usize) -> Element {
    let Provenance { program, version, network, weights_sha256, detector, settings, file_name, file_sha256 } =
        provenance;
    let property = |name: &str, value: &str| Element::new("PROPERTY").with("NAME", name).text(value);
    let words: BTreeMap<_, _> = [
        ("program", program),
        ("version", version),
        ("network", network),
        ("weights_sha256", weights_sha256),
        ("detector", detector),
        ("file_name", file_name),
        ("file_sha256", file_sha256),
    ]
    .into();
    let words = words.into_iter().map(|(name, value)| property(&format!("ferrum:{name}"), value));
    let settings = settings.iter().map(|(name, value)| property(&format!("ferrum:settings:{name}"), value));
    let header = Element::new("HEADER").with("MEDIA_FILE", "").with("TIME_UNITS", "milliseconds");
    let media = (!file_name.is_empty()).then(|| {
        let path = percent_encoded(file_name);
        let media = Element::new("MEDIA_DESCRIPTOR").with("MEDIA_URL", format!("file:///{path}"));
        media.with("MIME_TYPE", media_type(file_name)).with("RELATIVE_MEDIA_URL", format!("./{path}"))
    });
    let header = header.children(media).children(words).children(settings);
    header.child(property("lastUsedAnnotationId", &n_annotations.to_string()))
}

/// A name that no other tier has.
fn tier_name(mut name: String, number: u64, taken: &mut BTreeSet<String>) -> String {
    while !taken.insert(name.clone()) {
        name = format!("{name} ({number})");
    }
    name
}

/// The types that ELAN knows.
fn media_type(file_name: &str) -> &'static str {
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("mp4" | "m4v") => "video/mp4",
        Some("mov") => "video/quicktime",
        Some("mpg" | "mpeg") => "video/mpeg",
        Some("webm") => "video/webm",
        _ => "unknown",
    }
}

/// A file name in a URL (RFC 3986, section 2.1).
fn percent_encoded(name: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(encoded).collect()
}
