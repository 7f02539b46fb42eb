//! BlazeFace: face detectors of a few hundred thousand parameters, as MediaPipe ships them.
//!
//! V. Bazarevsky, Y. Kartynnik, A. Vakunov, K. Raveendran, M. Grundmann, *BlazeFace: Sub-millisecond Neural Face
//! Detection on Mobile GPUs*, 2019. The weights are MediaPipe's, converted by `detectors/convert.py`; both networks are
//! lists of [`layout`]'s steps, which are done by Burn (`burn_ops`), on the CPU by `cpu_kernels` (`simd`), or on WebGPU
//! (`gpu`).
//!
//! Here are the networks alone. `pipeline` makes faces of their numbers for each anchor.

mod burn_ops;
mod filters;
#[cfg(feature = "webgpu")]
mod gpu;
#[cfg(not(feature = "webgpu"))]
#[path = "blazeface/no_gpu.rs"]
mod gpu;
mod layout;
mod simd;

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::{ClassifyError, Device, InferenceDevice, ScoresError, sha256_hex};
use burn_ops::BurnNetwork;
use gpu::GpuNetwork;
use simd::SimdNetwork;

/// The range of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(prefix = "blazeface-", serialize_all = "lowercase")]
pub enum BlazeRange {
    /// For faces up to about two metres away: 128×128 pixels, 31 million multiplications.
    Short,
    /// For faces up to about five metres away: 192×192 pixels, 106 million multiplications.
    Full,
}

impl BlazeRange {
    /// Name of its weights.
    fn id(self) -> &'static str {
        self.into()
    }

    /// Height and width of what it reads, pixels.
    pub fn side(self) -> usize {
        self.layout().side
    }

    /// Centres of its anchors, as a share of the side, in the order of [`RawFaces`]. All anchors have the size of the
    /// whole input.
    pub fn anchors(self) -> impl Iterator<Item = [f32; 2]> {
        self.layout().heads.iter().flat_map(|&layout::Head { side, n_anchors }| {
            let centre = move |at: usize| (at as f32 + 0.5) / side as f32;
            let pixels = (0..side * side).map(move |i| [centre(i % side), centre(i / side)]);
            pixels.flat_map(move |centre| std::iter::repeat_n(centre, n_anchors))
        })
    }
}

/// The card of a detector's weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BlazeCard {
    /// Name of the weights.
    id: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    sha256: String,
    /// Where the weights come from.
    source: String,
    /// SHA-256 of the file that was converted.
    source_sha256: String,
    /// Licence of the weights.
    licence: String,
    /// The paper that describes the network.
    paper: String,
}

/// Why a detector's files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlazeFaceError {
    /// Not the card of this detector.
    #[error("expected the card of the detector `{id}`: {reason}")]
    Card {
        /// Id of the detector.
        id: &'static str,
        /// The fault.
        reason: String,
    },
    /// The file is not the one the card was written for.
    #[error("detector `{id}` is damaged or of another version: expected SHA-256 {expected}, got {actual}")]
    Checksum {
        /// Id of the detector.
        id: &'static str,
        /// SHA-256 on the card.
        expected: String,
        /// SHA-256 of the bytes.
        actual: String,
    },
    /// The bytes do not hold this network.
    #[error("detector `{id}`: {reason}")]
    Weights {
        /// Id of the detector.
        id: &'static str,
        /// Says what was expected and what came.
        reason: String,
    },
}

/// The network's numbers for each anchor of a picture, as they come out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawFaces {
    /// Centre x and y less the anchor's, width, height, then x and y less the anchor's of the six key points; pixels of
    /// the input.
    pub boxes: Vec<[f32; RawFaces::N_NUMBERS]>,
    /// Logit of there being a face.
    pub scores: Vec<f32>,
}

impl RawFaces {
    /// Numbers of a box.
    pub const N_NUMBERS: usize = 16;
}

/// A `BlazeFace` network, short or full range, with its weights.
#[derive(Debug)]
pub struct BlazeFace {
    range: BlazeRange,
    runner: Runner,
}

#[allow(clippy::large_enum_variant, reason = "a detector has one")]
#[derive(Debug)]
enum Runner {
    Simd(SimdNetwork),
    Gpu(GpuNetwork),
    Burn(BurnNetwork, Device),
}

impl BlazeFace {
    /// The network `range` from the bytes of its card and of its weights, checked against the card.
    pub fn load(
        range: BlazeRange,
        card: &[u8],
        weights: &[u8],
        device: impl Into<InferenceDevice>,
    ) -> Result<Self, BlazeFaceError> {
        let id = range.id();
        let card = read_card(id, card)?;
        let actual = sha256_hex(weights);
        if actual != card.sha256 {
            return Err(BlazeFaceError::Checksum { id, expected: card.sha256, actual });
        }
        let layout = range.layout();
        let filters = filters::read(weights, layout).map_err(|reason| BlazeFaceError::Weights { id, reason })?;
        let by_simd = || Runner::Simd(SimdNetwork::new(layout, &filters));
        let runner = match device.into() {
            InferenceDevice::WebGpu(gpu) => GpuNetwork::new(&gpu, layout, &filters).map_or_else(by_simd, Runner::Gpu),
            InferenceDevice::Burn(device) if device == Device::flex() => by_simd(),
            InferenceDevice::Burn(device) => Runner::Burn(BurnNetwork::new(layout, filters, &device), device),
        };
        Ok(Self { range, runner })
    }

    /// Its range, short or full.
    pub fn range(&self) -> BlazeRange {
        self.range
    }

    /// Its numbers for each picture, all in one batch; an error if the device is lost, or gives something that is not a
    /// number. Async because a GPU in the browser can only be read back so.
    ///
    /// # Shapes
    /// `pictures`: `[n, side, side, 3]`, red, green and blue from -1 to 1.
    ///
    /// # Panics
    /// If `pictures` are not whole ones: a bug of the caller.
    pub async fn run(&self, pictures: &[f32]) -> Result<Vec<RawFaces>, ClassifyError> {
        let side = self.range.side();
        let len = side * side * 3;
        assert_eq!(pictures.len() % len, 0, "whole pictures");
        if pictures.is_empty() {
            return Ok(vec![]);
        }
        let faces = match &self.runner {
            Runner::Simd(network) => pictures.chunks_exact(len).map(|picture| network.run(picture)).collect(),
            Runner::Gpu(network) => network.run(pictures).await?,
            Runner::Burn(network, device) => {
                let data = TensorData::new(pictures.to_vec(), [pictures.len() / len, side, side, 3]);
                let [boxes, scores] = network.forward(Tensor::from_data(data, device).permute([0, 3, 1, 2]));
                split(&read(boxes).await?, &read(scores).await?, pictures.len() / len)
            }
        };
        expect_numbers(&faces)?;
        Ok(faces)
    }
}

fn read_card(id: &'static str, card: &[u8]) -> Result<BlazeCard, BlazeFaceError> {
    let unfit = |reason| BlazeFaceError::Card { id, reason };
    let card: BlazeCard = serde_json::from_slice(card).map_err(|error| unfit(error.to_string()))?;
    if card.id == id { Ok(card) } else { Err(unfit(format!("got that of `{}`", card.id))) }
}

/// A device that fails may say nothing and give no numbers, which would look like a picture without a face.
fn expect_numbers(faces: &[RawFaces]) -> Result<(), ScoresError> {
    let odd = faces.iter().flat_map(|faces| &faces.scores).find(|score| !score.is_finite());
    odd.map_or(Ok(()), |&score| Err(ScoresError::NotFinite(vec![score])))
}

async fn read(tensor: Tensor<3>) -> Result<Vec<f32>, ClassifyError> {
    let data = tensor.into_data_async().await.map_err(|error| ClassifyError::Device(error.to_string()))?;
    data.try_into_vec().map_err(|error| ClassifyError::Device(format!("{error:?}")))
}

/// The numbers of `n` pictures, picture by picture.
fn split(boxes: &[f32], scores: &[f32], n: usize) -> Vec<RawFaces> {
    let of_one =
        |(boxes, scores): (&[f32], &[f32])| RawFaces { boxes: boxes.as_chunks().0.to_vec(), scores: scores.to_vec() };
    boxes.chunks_exact(boxes.len() / n).zip(scores.chunks_exact(scores.len() / n)).map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;
    use safetensors::SafeTensors;

    const GOLDENS: &[u8] = include_bytes!("../tests/data/blazeface.safetensors");
    const PHOTO: &[u8] = include_bytes!("../../www/samples/astronaut.png");
    /// Left, top and side of what the inputs show of the photo, as in `detectors/convert.py`.
    const VIEWS: [[usize; 3]; 2] = [[0, 0, 512], [130, 10, 200]];
    /// Sums of a thousand products in another order, over some thirty layers, of outputs up to 200 pixels.
    const ATOL: f32 = 2e-3;

    fn files(range: BlazeRange) -> (&'static [u8], &'static [u8]) {
        match range {
            BlazeRange::Short => (
                include_bytes!("../../www/models/blazeface-short.json"),
                include_bytes!("../../www/models/blazeface-short.safetensors"),
            ),
            BlazeRange::Full => (
                include_bytes!("../../www/models/blazeface-full.json"),
                include_bytes!("../../www/models/blazeface-full.safetensors"),
            ),
        }
    }

    fn net(range: BlazeRange) -> BlazeFace {
        let (card, weights) = files(range);
        BlazeFace::load(range, card, weights, Device::flex()).unwrap()
    }

    /// The nearest pixels.
    fn input([left, top, extent]: [usize; 3], side: usize) -> Vec<f32> {
        let photo = image::load_from_memory(PHOTO).unwrap().into_rgb8();
        let at = |i: usize| (i * extent / side) as u32;
        let pixel = |i: usize| photo.get_pixel(left as u32 + at(i % side), top as u32 + at(i / side)).0;
        (0..side * side).flat_map(pixel).map(|level| f32::from(level) / 127.5 - 1.0).collect()
    }

    fn golden(name: &str) -> Vec<f32> {
        let goldens = SafeTensors::deserialize(GOLDENS).unwrap();
        let tensor = goldens.tensor(name).unwrap();
        tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }

    fn assert_golden(faces: &RawFaces, range: BlazeRange, view: usize) {
        let name = range.id().trim_start_matches("blazeface-");
        for (what, actual) in [("boxes", faces.boxes.as_flattened()), ("scores", &faces.scores)] {
            let expected = TensorData::from(golden(&format!("{name}.{view}.{what}")).as_slice());
            TensorData::from(actual).assert_approx_eq::<f32>(&expected, Tolerance::absolute(ATOL));
        }
    }

    #[test]
    fn outputs_are_those_of_tflite() {
        for range in [BlazeRange::Short, BlazeRange::Full] {
            let pictures = VIEWS.map(|view| input(view, range.side()));
            let net = net(range);
            let device = Device::flex();
            let filters = filters::read(files(range).1, range.layout()).unwrap();
            let by_burn = Runner::Burn(BurnNetwork::new(range.layout(), filters, &device), device);
            for net in [&net, &BlazeFace { runner: by_burn, range }] {
                let faces = pollster::block_on(net.run(&pictures.concat())).unwrap();
                assert_eq!(faces.len(), 2);
                faces.iter().enumerate().for_each(|(view, faces)| assert_golden(faces, range, view));
            }
        }
    }

    #[test]
    fn scores_that_are_no_numbers_are_an_error_and_no_picture_without_a_face() {
        let of = |score| RawFaces { boxes: vec![[0.0; RawFaces::N_NUMBERS]; 2], scores: vec![-3.0, score] };
        assert_eq!(expect_numbers(&[of(1.0), of(-80.0)]), Ok(()));
        assert_eq!(expect_numbers(&[of(1.0), of(f32::INFINITY)]), Err(ScoresError::NotFinite(vec![f32::INFINITY])));
        assert!(expect_numbers(&[of(f32::NAN)]).is_err());
    }

    #[test]
    fn there_is_an_anchor_for_each_score() {
        let counts = [(BlazeRange::Short, 896), (BlazeRange::Full, 2304)];
        for (range, n) in counts {
            let anchors: Vec<_> = range.anchors().collect();
            assert_eq!((anchors.len(), golden(&format!("{}.0.scores", &range.id()[10..])).len()), (n, n));
            assert!(anchors.as_flattened().iter().all(|at| (0.0..1.0).contains(at)));
        }
        let anchors: Vec<_> = BlazeRange::Short.anchors().collect();
        // Two anchors a pixel of 16×16, then six a pixel of 8×8.
        assert_eq!((anchors[0], anchors[1], anchors[2]), ([0.03125; 2], [0.03125; 2], [0.09375, 0.03125]));
        assert_eq!((anchors[511], anchors[512], anchors[518]), ([0.96875; 2], [0.0625; 2], [0.1875, 0.0625]));
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_with_what_was_expected() {
        let (card, weights) = files(BlazeRange::Short);
        let load = |card: &[u8], weights: &[u8]| {
            BlazeFace::load(BlazeRange::Short, card, weights, Device::flex()).unwrap_err().to_string()
        };
        assert!(load(b"{}", weights).starts_with("expected the card of the detector `blazeface-short`: missing field"));
        assert!(load(files(BlazeRange::Full).0, weights).ends_with("got that of `blazeface-full`"));
        assert!(load(card, &weights[1..]).contains("damaged or of another version: expected SHA-256 "));
        let signed = |weights: &[u8]| {
            let card = BlazeCard { sha256: sha256_hex(weights), ..serde_json::from_slice(card).unwrap() };
            load(&serde_json::to_vec(&card).unwrap(), weights)
        };
        assert!(signed(&weights[..99]).contains("expected a safetensors file"), "{}", signed(&weights[..99]));
        let other = signed(files(BlazeRange::Full).1);
        assert!(other.contains("expected `00.weight` as F16 of shape [24, 5, 5, 3], got F16 of shape [32, 3, 3, 3]"));
    }
}
