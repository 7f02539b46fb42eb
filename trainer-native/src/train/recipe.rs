//! How a network is trained, as a file that says what each number is for.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use burn::{
    module::ParamGroup,
    optim::{AdamConfig, ModuleOptimizer, Sgd, SgdConfig, decay::WeightDecayConfig, momentum::MomentumConfig},
};
use model_core::{Architecture, ModelCard, Network};
use serde::{Deserialize, Serialize};

use crate::augment::{Augmentation, Mixup};

/// The parts of training. Each can be off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// How gradients become steps.
    pub optimizer: Optimizer,
    /// How the learning rate goes.
    pub schedule: Schedule,
    /// How views are made of pictures.
    pub augmentation: Augmentation,
    /// Smaller crops at first. `None`: off.
    #[serde(default)]
    pub small_crops: Option<SmallCrops>,
    /// Pairs of pictures laid over each other. `None`: off.
    #[serde(default)]
    pub mixup: Option<Mixup>,
    /// Share of a target that is spread evenly over all labels (Szegedy et al. 2016, section 7); 0 to 1. 0: off.
    #[serde(default)]
    pub label_smoothing: f32,
    /// How much of the logarithm of a label's share of the pictures is added to its logit, in training only, so that
    /// labels with few pictures are asked for more (Menon et al. 2021, logit adjustment); 0 to 1. 0: off.
    ///
    /// Called `balance` in recipes and runs before this name.
    #[serde(default, alias = "balance")]
    pub logit_adjustment: f32,
    /// Share of the features that the heads do not see in a step; 0 to below 1. 0: off.
    #[serde(default)]
    pub dropout: f32,
    /// Weight of the cross-entropy with the raters' votes beside that with the labels. 0: off.
    #[serde(default)]
    pub votes_weight: f32,
    /// Decay, each step, of a moving average of the weights, which is measured and kept in their place. `None`: off.
    #[serde(default)]
    pub average: Option<f64>,
    /// Steps each way to which filters are rounded in every step, as they will be when they are shipped, so that training
    /// makes up for it (Jacob et al. 2018, section 3); gradients pass as if nothing were rounded. 1 to 127. `None`: off.
    #[serde(default)]
    pub filter_steps: Option<u8>,
    /// How much teachers count, if there are any.
    #[serde(default)]
    pub distillation: Option<Distillation>,
}

/// How gradients become steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Kingma & Ba 2015.
    Adam,
    /// Stochastic gradient descent with Nesterov's momentum.
    Sgd {
        /// Share of the last step that is taken again; 0 to below 1.
        momentum: f64,
        /// Pulls filters and dense weights towards zero; biases and normalisation are left alone.
        weight_decay: f32,
    },
}

/// How the learning rate goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The same in every step.
    Constant,
    /// Up in a line, then down to zero along a cosine (Loshchilov & Hutter 2017) over the epochs that are asked for.
    Cosine {
        /// Epochs on the way up.
        warm_up_epochs: f64,
    },
}

/// Adam's ε as in the paper (Kingma & Ba 2015, algorithm 1) and PyTorch; Burn's default is 1e-5.
const ADAM_EPSILON: f32 = 1e-8;

impl Optimizer {
    /// Burn's, before its first step.
    pub(super) fn build(self) -> ModuleOptimizer {
        match self {
            Self::Adam => AdamConfig::new().with_epsilon(ADAM_EPSILON).init(),
            Self::Sgd { momentum, weight_decay } => {
                // Without dampening, as in PyTorch and the papers; Burn's default is 0.1.
                let momentum = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0).with_nesterov(true);
                let sgd = |decay: Option<WeightDecayConfig>| -> Sgd {
                    SgdConfig::new().with_momentum(Some(momentum.clone())).with_weight_decay(decay).build()
                };
                let decayed = ModuleOptimizer::from(sgd(Some(WeightDecayConfig::new(weight_decay))));
                decayed.with_group(ParamGroup::from_any_predicates(vec!["bias", "gamma", "beta"]), sgd(None), None)
            }
        }
    }
}

impl Schedule {
    /// Share of the highest learning rate in step `step` of `n_steps`, an epoch being `epoch_steps` of them.
    pub fn share(self, step: usize, n_steps: usize, epoch_steps: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine { warm_up_epochs } => {
                let warm_up = warm_up_epochs * epoch_steps as f64;
                let done = step as f64;
                if done < warm_up {
                    return (done + 1.0) / (warm_up + 1.0);
                }
                let progress = (done - warm_up) / (n_steps as f64 - warm_up).max(1.0);
                0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
            }
        }
    }
}

/// Fewer pixels cost less: the first epochs see smaller crops (Tan & Le 2021, progressive learning).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallCrops {
    /// Side of the crops, pixels.
    pub side: usize,
    /// Share of the epochs that see them; 0 to 1.
    pub share_of_epochs: f64,
}

/// Learning from other networks (Hinton et al. 2015).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// Weight of the teachers' mean; the labels have the rest. 0 to 1.
    pub weight: f32,
    /// Divides all logits, so that what is less probable counts, too; above 0.
    pub temperature: f32,
}

/// Defaults of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDefaults {
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Pictures a step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
}

/// A recipe as it stands in a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeFile {
    /// Defaults of the command line.
    pub run: RunDefaults,
    /// The recipe itself.
    pub recipe: Recipe,
}

const STUDY: &str = include_str!("../../recipes/study.toml");
const FERRUM: &str = include_str!("../../recipes/ferrum.toml");

impl RecipeFile {
    /// The recipe that `network` has by default.
    ///
    /// # Panics
    /// If a recipe that is built in makes no sense; a test reads them all.
    pub fn of(network: Architecture) -> Self {
        let text = match network {
            Architecture::Ferrum => FERRUM,
            Architecture::Small | Architecture::Residual | Architecture::UNet => STUDY,
        };
        Self::parse(text).expect("a test reads the recipes that are built in")
    }

    /// The recipe in the file `path`.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{}: expected a recipe", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let file: Self = toml::from_str(text)?;
        file.run.check()?;
        file.recipe.check()?;
        Ok(file)
    }
}

impl RunDefaults {
    fn check(self) -> Result<()> {
        let Self { epochs, batch_size, learning_rate } = self;
        if epochs == 0 || batch_size == 0 || !(learning_rate.is_finite() && learning_rate > 0.0) {
            bail!(
                "expected epochs, a batch_size and a learning_rate above 0, got {epochs}, {batch_size} and {learning_rate}"
            );
        }
        Ok(())
    }
}

impl Recipe {
    /// The study's: what a run without a recipe was trained by.
    pub fn study() -> Self {
        RecipeFile::of(Architecture::Residual).recipe
    }

    /// Whether it is [`Recipe::study`].
    pub fn is_study(&self) -> bool {
        *self == Self::study()
    }

    /// `network` as it is seen in a step and measured: with rounded filters, if the recipe has that.
    pub(super) fn rounded(&self, network: &Network) -> Network {
        self.filter_steps.map_or_else(|| network.clone(), |steps| network.with_rounded_filters(steps))
    }

    /// Side of the crops in `epoch`, from 0, of `n_epochs`.
    pub fn crop_side(&self, epoch: usize, n_epochs: usize) -> usize {
        let small = self.small_crops.filter(|small| (epoch as f64) < small.share_of_epochs * n_epochs as f64);
        small.map_or(self.augmentation.crop_side, |small| small.side)
    }

    fn check(&self) -> Result<()> {
        self.augmentation.check()?;
        if let Some(small) = self.small_crops {
            Augmentation { crop_side: small.side, ..self.augmentation }.check().context("small_crops")?;
        }
        let distillation = self.distillation.unwrap_or(Distillation { weight: 0.0, temperature: 1.0 });
        let (momentum, weight_decay) = match self.optimizer {
            Optimizer::Adam => (0.0, 0.0),
            Optimizer::Sgd { momentum, weight_decay } => (momentum, weight_decay),
        };
        let warm_up_epochs = match self.schedule {
            Schedule::Constant => 0.0,
            Schedule::Cosine { warm_up_epochs } => warm_up_epochs,
        };
        let mixup = self.mixup.unwrap_or(Mixup { alpha: 0.0, share_of_batches: 0.0 });
        let numbers = [
            ("small_crops.share_of_epochs", self.small_crops.map_or(0.0, |small| small.share_of_epochs), 0.0, 1.0),
            ("mixup.alpha", f64::from(mixup.alpha), 0.0, 100.0),
            ("mixup.share_of_batches", f64::from(mixup.share_of_batches), 0.0, 1.0),
            ("warm_up_epochs", warm_up_epochs, 0.0, 1000.0),
            ("label_smoothing", f64::from(self.label_smoothing), 0.0, 1.0),
            ("logit_adjustment", f64::from(self.logit_adjustment), 0.0, 1.0),
            ("dropout", f64::from(self.dropout), 0.0, 0.99),
            ("votes_weight", f64::from(self.votes_weight), 0.0, 100.0),
            ("average", self.average.unwrap_or(0.0), 0.0, 1.0),
            ("filter_steps", f64::from(self.filter_steps.unwrap_or(1)), 1.0, f64::from(ModelCard::MAX_FILTER_STEPS)),
            ("momentum", momentum, 0.0, 0.999),
            ("weight_decay", f64::from(weight_decay), 0.0, 1.0),
            ("distillation.weight", f64::from(distillation.weight), 0.0, 1.0),
            ("distillation.temperature", f64::from(distillation.temperature), 0.01, 100.0),
        ];
        for (name, value, low, high) in numbers {
            if !(low..=high).contains(&value) {
                bail!("expected {name} from {low} to {high}, got {value}");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipes_that_are_built_in_are_what_the_code_says() {
        for network in Architecture::ALL {
            RecipeFile::of(network);
        }
        let study = Recipe::study();
        assert_eq!((study.augmentation, study.optimizer), (Augmentation::NONE, Optimizer::Adam));
        assert_eq!((study.schedule, study.mixup, study.average), (Schedule::Constant, None, None));
        assert_eq!((study.label_smoothing, study.dropout, study.votes_weight), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_recipe_survives_json() {
        for network in Architecture::ALL {
            let RecipeFile { recipe, .. } = RecipeFile::of(network);
            let json = serde_json::to_string(&recipe).unwrap();
            assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe);
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let cases = [
            ("dropout = 0.1 ", "dropout = 1.5 ", "expected dropout from 0 to 0.99, got 1.5"),
            ("dropout", "droput", "unknown field `droput`"),
            ("momentum = 0.9", "momentum = 1.0", "expected momentum from 0 to 0.999, got 1"),
            ("filter_steps = 15", "filter_steps = 0", "expected filter_steps from 1 to 127, got 0"),
            ("side = 36", "side = 50", "small_crops"),
            (
                "share_of_epochs = 0.5",
                "share_of_epochs = 1.5",
                "expected small_crops.share_of_epochs from 0 to 1, got 1.5",
            ),
            ("flip = 0.5", "flip = 2.0", "expected flip from 0 to 1"),
            ("augmentation.erasing", "augmentation.erase", "unknown field"),
            ("batch_size = 128", "batch_size = 0", "expected epochs, a batch_size and a learning_rate above 0"),
        ];
        for (from, to, expected) in cases {
            let bad = FERRUM.replacen(from, to, 1);
            assert_ne!(bad, FERRUM, "{from}");
            let error = format!("{:#}", RecipeFile::parse(&bad).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_cosine_goes_up_and_down_to_zero() {
        let schedule = Schedule::Cosine { warm_up_epochs: 2.0 };
        let share = |step| schedule.share(step, 100, 10);
        assert!((0..20).all(|step| share(step) < share(step + 1)), "up");
        assert!((20..99).all(|step| share(step) > share(step + 1)), "down");
        assert!((share(20) - 1.0).abs() < 1e-9 && (share(60) - 0.5).abs() < 1e-9 && share(99) < 1e-3);
        assert!(share(100).abs() < 1e-9 && share(200).abs() < 1e-9, "beyond the end");
        assert!((Schedule::Constant.share(70, 100, 10) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn crops_are_small_at_first() {
        let recipe = RecipeFile::of(Architecture::Ferrum).recipe;
        let sides: Vec<_> = (0..4).map(|epoch| recipe.crop_side(epoch, 4)).collect();
        assert_eq!(sides, [36, 36, 44, 44]);
        assert_eq!(Recipe { small_crops: None, ..recipe }.crop_side(0, 4), 44);
    }
}
