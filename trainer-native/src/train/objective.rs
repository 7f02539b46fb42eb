//! The loss that training makes small.

use burn::tensor::{
    Tensor,
    activation::{log_softmax, softmax},
};
use model_core::Network;

use super::{
    batch::Tensors,
    recipe::{Distillation, Recipe},
};

/// The loss of `network` on a batch: cross-entropy with the labels, with the teachers' mean and with the raters' votes,
/// each by its weight; nats a picture.
///
/// # Shapes
/// → `[1]`.
pub(super) fn loss(network: &Network, batch: Tensors, teachers: &[Network], recipe: &Recipe) -> Tensor<1> {
    let Tensors { faces, labels, votes, dropout, priors } = batch;
    let distillation = recipe.distillation.filter(|_| !teachers.is_empty());
    let taught = distillation.map(|it| (it, mean_of(teachers, &faces, it.temperature)));
    let mut features = network.features(faces);
    if let Some(mask) = dropout {
        features = features * mask;
    }
    let (logits, vote_logits) = network.heads(features);
    let adjusted = match priors {
        Some(priors) => logits.clone() + priors,
        None => logits.clone(),
    };
    let mut loss = soft_cross_entropy(adjusted, labels);
    if let Some((Distillation { weight, temperature }, target)) = taught {
        // T² keeps the size of the gradients (Hinton et al. 2015, section 2).
        let from_teachers = soft_cross_entropy(logits / temperature, target) * (temperature * temperature);
        loss = loss * (1.0 - weight) + from_teachers * weight;
    }
    match (vote_logits, votes) {
        (Some(logits), Some(votes)) => loss + soft_cross_entropy(logits, votes) * recipe.votes_weight,
        _ => loss,
    }
}

/// Cross-entropy of `logits` with `targets`, nats a picture; a row of zeros counts as none.
///
/// # Shapes
/// Both `[n, k]` → `[1]`.
fn soft_cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let n = logits.dims()[0] as f32;
    (log_softmax(logits, 1) * targets).sum() / -n
}

/// Mean of the teachers' probabilities for the same views that the network sees, without gradients.
///
/// # Shapes
/// `[n, 1, side, side]` → `[n, 7]`.
fn mean_of(teachers: &[Network], faces: &Tensor<4>, temperature: f32) -> Tensor<2> {
    let faces = faces.clone().without_autodiff();
    let says = |teacher: &Network| softmax(teacher.forward(faces.clone()) / temperature, 1);
    let sum = teachers.iter().map(says).reduce(|sum, more| sum + more).expect("asked only if there is a teacher");
    Tensor::from_inner(sum / teachers.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::{
        module::Module,
        nn::loss::CrossEntropyLossConfig,
        tensor::{Int, Tolerance},
    };
    use model_core::{Architecture, Device};

    use crate::train::RecipeFile;

    #[test]
    fn with_whole_labels_it_is_burns_cross_entropy() {
        let device = Device::flex();
        let logits = Tensor::<2>::from_data([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], &device);
        let targets = Tensor::from_data([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], &device);
        let labels = Tensor::<1, Int>::from_data([0, 2], &device);
        let expected = CrossEntropyLossConfig::new().init(&device).forward(logits.clone(), labels);
        soft_cross_entropy(logits, targets)
            .into_data()
            .assert_approx_eq(&expected.into_data(), Tolerance::<f32>::absolute(1e-6));
    }

    #[test]
    fn rarer_labels_cost_more_with_priors() {
        let device = Device::flex();
        let network = Network::seeded(Architecture::Ferrum, 1, &device.clone().autodiff());
        let of = |label: usize, priors: Option<[f32; 7]>| {
            let mut labels = [[0.0; 7]];
            labels[0][label] = 1.0;
            let batch = Tensors {
                faces: Tensor::zeros([1, 1, 24, 24], &device),
                labels: Tensor::from_data(labels, &device),
                votes: None,
                dropout: None,
                priors: priors.map(|priors| Tensor::from_data([priors], &device)),
            };
            loss(&network, batch, &[], &Recipe::study()).into_scalar::<f32>()
        };
        let priors = [0.0, -3.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert!(of(1, Some(priors)) > of(1, None) + 1.0 && of(0, Some(priors)) < of(0, None));
    }

    #[test]
    fn votes_and_teachers_count_by_their_weights() {
        let device = Device::flex().autodiff();
        let [network, teacher] = [1, 2].map(|seed| Network::seeded(Architecture::Ferrum, seed, &device));
        let teachers = [teacher.valid()];
        let recipe = RecipeFile::of(Architecture::Ferrum).recipe;
        let of = |teachers: &[Network], recipe: &Recipe| {
            let batch = Tensors {
                faces: Tensor::ones([2, 1, 24, 24], &device),
                labels: Tensor::from_data([[1., 0., 0., 0., 0., 0., 0.], [0., 0., 0., 0., 0., 0., 1.]], &device),
                votes: Some(Tensor::full([2, 8], 0.125, &device)),
                dropout: None,
                priors: None,
            };
            loss(&network, batch, teachers, recipe).into_scalar::<f32>()
        };
        let labels_alone = of(&[], &Recipe { votes_weight: 0.0, ..recipe.clone() });
        let once = of(&[], &Recipe { votes_weight: 1.0, ..recipe.clone() });
        let twice = of(&[], &Recipe { votes_weight: 2.0, ..recipe.clone() });
        assert!(
            once > labels_alone && (twice - 2.0 * once + labels_alone).abs() < 1e-4,
            "{labels_alone} {once} {twice}"
        );
        assert!((of(&teachers, &recipe) - once).abs() > 1e-3, "a teacher counts");
        let without = Recipe { distillation: None, ..recipe };
        assert!((of(&teachers, &without) - once).abs() < 1e-6, "unless it is off");
    }
}
