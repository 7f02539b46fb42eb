//! Stored cases, by which the page is verified on the device of whoever uses it: some faces, and what each shipped
//! network says of them on the CPU of this machine.

use anyhow::Result;
use model_core::{Architecture, CaseFace, Device, INPUT_SIDE, NetworkReference, ReferenceCases, device_check};

use crate::{study, weights::Weights};

/// Their file, beside the weights.
pub const FILE: &str = "cases.json";

/// Every face with the answers of every shipped network.
pub fn cases() -> Result<ReferenceCases> {
    let faces = faces()?;
    let networks = Architecture::ALL.map(|network| answers(network, &faces)).into_iter().collect::<Result<_>>()?;
    Ok(ReferenceCases { format: ReferenceCases::FORMAT, faces, networks })
}

/// Faces in photos that may be passed on, as they are and in a mirror, and patterns that are nobody's.
fn faces() -> Result<Vec<CaseFace>> {
    let photos = study::shipped_subjects()?.into_iter().flat_map(|study::Subject { source, face }| {
        let mirrored = CaseFace { source: format!("{source}, mirrored"), levels: mirrored(&face) };
        [CaseFace { source, levels: face }, mirrored]
    });
    let patterns = ["Smooth pattern", "Checked pattern", "Noise"].into_iter().zip(device_check::faces());
    let patterns = patterns.map(|(source, levels)| CaseFace { source: source.into(), levels });
    Ok(photos.chain(patterns).collect())
}

fn mirrored(face: &[u8]) -> Vec<u8> {
    face.chunks(INPUT_SIDE).flat_map(|row| row.iter().rev()).copied().collect()
}

fn answers(network: Architecture, faces: &[CaseFace]) -> Result<NetworkReference> {
    let weights = Weights::shipped(network)?;
    let sha256 = weights.card.sha256.clone();
    let classifier = weights.classifier(Device::flex())?;
    let levels: Vec<&[u8]> = faces.iter().map(|face| &face.levels[..]).collect();
    Ok(NetworkReference { network, sha256, predictions: pollster::block_on(classifier.classify(&levels))? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_faces_are_the_same() {
        let faces = faces().unwrap();
        assert!(faces.len() >= 7);
        for (i, face) in faces.iter().enumerate() {
            assert_eq!(face.levels.len(), INPUT_SIDE * INPUT_SIDE, "{}", face.source);
            assert!(faces[..i].iter().all(|other| other.levels != face.levels), "{}", face.source);
        }
    }
}
