//! A network as an ONNX file, for programs that are not Burn.
//!
//! The graph takes grey levels as they are: the card's normalisation is its first step. Convolutions are in the fused
//! form, whatever the form of the weights, and the outputs are logits.

mod graph;
mod messages;

use anyhow::Result;
use burn::tensor::{Tensor, TensorData};
use model_core::{Device, Emotion, INPUT_SIDE, Layer, ModelCard, Network, Vote};
use prost::Message;

use crate::weights::Weights;
use graph::Graph;
use messages::{AttributeProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};

/// Version of the operators; ONNX 1.12, which every runtime of the last years reads.
const OPSET: i64 = 17;

/// Version of the file format, of the same ONNX.
const IR_VERSION: i64 = 8;

/// `weights`, checked against their card, as an ONNX model.
///
/// # Shapes
/// Input `faces` `[batch, 1, INPUT_SIDE, INPUT_SIDE]`, grey levels 0…255 as 32-bit floats; outputs `label_logits`
/// `[batch, 7]`, in the card's label order, and, if the network has them, `votes_logits` `[batch, 8]`.
pub fn encode(weights: &Weights) -> Result<Vec<u8>> {
    let network = weights.network(&Device::flex())?.fused();
    let mut graph = Graph::default();
    let faces = graph.input("faces", &[1, INPUT_SIDE, INPUT_SIDE], "grey levels, 0 to 255");
    let faces = normalise(&mut graph, &weights.card, &faces)?;
    let features = features(&mut graph, &network, faces)?;
    heads(&mut graph, &network, &features)?;
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "ferrum".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "Apparent facial expression, as labelled by web raters: not what a person feels.".into(),
        graph: Some(graph.finish(&weights.card.id)),
        opset_import: vec![OperatorSetIdProto { version: OPSET }],
        metadata_props: metadata(&weights.card, &network),
    };
    Ok(model.encode_to_vec())
}

fn normalise(graph: &mut Graph, card: &ModelCard, faces: &str) -> Result<String> {
    let scalar = |value: f32| TensorData::new(vec![value], [1]);
    let scale = graph.constant("scale", &scalar(card.normalisation.scale))?;
    let offset = graph.constant("offset", &scalar(card.normalisation.offset))?;
    let scaled = graph.node(("Mul", "scaled"), [faces, &scale], vec![]);
    Ok(graph.node(("Add", "normalised"), [&scaled, &offset], vec![]))
}

/// The convolutional part; layer `i` gives the value `layer{i + 1}`.
fn features(graph: &mut Graph, network: &Network, faces: String) -> Result<String> {
    let convolutions = network.fused_convolutions().expect("`encode` has fused it");
    let mut convolutions = convolutions.into_iter().enumerate();
    let mut next = |graph: &mut Graph, x: &str| {
        let (idx, parts) = convolutions.next().expect("one for each of the table");
        convolve(graph, &format!("conv{}", idx + 1), x, parts)
    };
    let mut outputs: Vec<String> = vec![];
    for (idx, layer) in network.architecture().table().features.iter().enumerate() {
        let x = outputs.last().unwrap_or(&faces).clone();
        let name = format!("layer{}", idx + 1);
        outputs.push(match *layer {
            Layer::Conv { .. } | Layer::Skip { .. } => {
                let maps = next(graph, &x)?;
                graph.node(("Relu", &name), [&maps], vec![])
            }
            Layer::Residual { .. } => {
                let maps = next(graph, &x)?;
                let inner = graph.node(("Relu", &format!("{name}_inner")), [&maps], vec![]);
                let maps = next(graph, &inner)?;
                let sum = graph.node(("Add", &format!("{name}_sum")), [&maps, &x], vec![]);
                graph.node(("Relu", &name), [&sum], vec![])
            }
            Layer::MaxPool => {
                let attributes = ["kernel_shape", "strides"].map(|name| AttributeProto::ints(name, [2, 2]));
                graph.node(("MaxPool", &name), [&x], attributes.into())
            }
            Layer::GlobalAverage => graph.node(("GlobalAveragePool", &name), [&x], vec![]),
            Layer::Upsample => upsample(graph, &name, &x)?,
            Layer::Concat { with } => {
                graph.node(("Concat", &name), [&x, &outputs[with]], vec![AttributeProto::int("axis", 1)])
            }
        });
    }
    Ok(outputs.pop().unwrap_or(faces))
}

fn convolve(graph: &mut Graph, name: &str, x: &str, (weight, bias): (Tensor<4>, Tensor<1>)) -> Result<String> {
    let [_, _, kernel, _] = weight.dims();
    let [kernel, pad] = [kernel, kernel / 2].map(|n| n as i64);
    let weight = graph.weight(&format!("{name}_weight"), weight)?;
    let bias = graph.weight(&format!("{name}_bias"), bias)?;
    let attributes = vec![AttributeProto::ints("kernel_shape", [kernel; 2]), AttributeProto::ints("pads", [pad; 4])];
    Ok(graph.node(("Conv", name), [x, &weight, &bias], attributes))
}

/// Each pixel four times.
fn upsample(graph: &mut Graph, name: &str, x: &str) -> Result<String> {
    let scales = graph.constant(&format!("{name}_scales"), &TensorData::new(vec![1.0_f32, 1.0, 2.0, 2.0], [4]))?;
    let how = [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")];
    let attributes = how.map(|(name, value)| AttributeProto::string(name, value));
    Ok(graph.node(("Resize", name), [x, "", &scales], attributes.into())) // "" is the optional region
}

fn heads(graph: &mut Graph, network: &Network, features: &str) -> Result<()> {
    let (mut linear_layers, votes) = network.linear_layers();
    let output = linear_layers.pop().expect("a network has an output layer");
    let mut x = graph.node(("Flatten", "flat"), [features], vec![AttributeProto::int("axis", 1)]);
    for (idx, parts) in linear_layers.into_iter().enumerate() {
        let name = format!("dense{}", idx + 1);
        let sums = dense(graph, &format!("{name}_sums"), &x, parts)?;
        x = graph.node(("Relu", &name), [&sums], vec![]);
    }
    let labels = dense(graph, "label_logits", &x, output)?;
    graph.output(&labels, &[Emotion::COUNT], "softmax makes them the probability of each label");
    if let Some(votes) = votes {
        let votes = dense(graph, "votes_logits", &x, votes)?;
        graph.output(&votes, &[Vote::COUNT], "softmax makes them the expected shares of FER+'s raters");
    }
    Ok(())
}

fn dense(graph: &mut Graph, name: &str, x: &str, (weight, bias): (Tensor<2>, Tensor<1>)) -> Result<String> {
    let weight = graph.weight(&format!("{name}_weight"), weight)?;
    let bias = graph.weight(&format!("{name}_bias"), bias)?;
    Ok(graph.node(("Gemm", name), [x, &weight, &bias], vec![]))
}

/// Metadata that a program needs to use the file, and its origin.
fn metadata(card: &ModelCard, network: &Network) -> Vec<StringStringEntryProto> {
    let words = |words: Vec<String>| words.join(",");
    let mut entries = vec![
        ("labels", words(card.labels.iter().map(ToString::to_string).collect())),
        ("input", "one grey face, levels 0 to 255; the graph normalises them".to_owned()),
        ("architecture", network.architecture().to_string()),
        ("weights_sha256", card.sha256.clone()),
    ];
    if network.architecture().table().votes {
        entries.push(("votes", words(Vote::ALL.iter().map(ToString::to_string).collect())));
    }
    if let Some(calibration) = card.calibration {
        entries.push(("temperature", calibration.temperature.to_string()));
        entries.extend(calibration.votes_temperature.map(|it| ("votes_temperature", it.to_string())));
        entries.push(("threshold", calibration.threshold.to_string()));
    }
    entries.into_iter().map(|(key, value)| StringStringEntryProto { key: key.into(), value }).collect()
}

#[cfg(test)]
mod tests {
    use model_core::{Architecture, Calibration, Training};

    use super::*;

    #[test]
    fn a_file_says_what_goes_in_and_what_comes_out() {
        for architecture in Architecture::ALL {
            let bytes = Network::seeded(architecture, 1, &Device::flex()).to_half_precision().unwrap();
            let calibration = Calibration {
                temperature: 1.5,
                votes_temperature: None,
                blend: None,
                threshold: 0.5,
                coverage: 0.5,
                error: 0.25,
            };
            let mut card = ModelCard::new(architecture, &bytes, Training::default());
            card.labels.reverse();
            card.calibration = Some(calibration);
            let model = ModelProto::decode(encode(&Weights { card, bytes }).unwrap().as_slice()).unwrap();
            let value = |key: &str| model.metadata_props.iter().find(|it| it.key == key).map(|it| it.value.as_str());
            assert_eq!(value("labels"), Some("neutral,surprise,sad,happy,fear,disgust,angry"));
            assert_eq!((value("temperature"), value("votes_temperature")), (Some("1.5"), None));
            assert_eq!(value("votes").is_some(), architecture.table().votes);
            let graph = model.graph.unwrap();
            let names =
                |values: &[messages::ValueInfoProto]| values.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
            let outputs = ["label_logits", "votes_logits"];
            assert_eq!(names(&graph.input), ["faces"]);
            assert_eq!(names(&graph.output), outputs[..=usize::from(architecture.table().votes)]);
        }
    }

    #[test]
    fn weights_of_another_card_are_refused() {
        let bytes = Network::seeded(Architecture::Small, 1, &Device::flex()).to_half_precision().unwrap();
        let card = ModelCard::new(Architecture::Small, b"others", Training::default());
        assert!(encode(&Weights { card, bytes }).unwrap_err().to_string().contains("SHA-256"));
    }
}
