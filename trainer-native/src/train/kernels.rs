//! Which way the convolutions of a run are computed: the one that was asked for, the one that the run was begun with, or
//! the fastest of those that its device has, timed on the run's own batches.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::Instant,
};

use anyhow::{Result, bail};
use burn::tensor::{Device, FloatDType, Tensor};
use model_core::{ConvMethod, Kernel, Network, Precision};

use super::{
    CONFIG, Initialisation, TrainConfig,
    batch::{Batcher, priors},
    check_recipe,
    parallel::{Replica, gradients},
    read_config,
};
use crate::{data::Split, device::NamedDevice};

/// What a person asked for; `None` leaves it to the run, or to the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedMethod {
    /// The way of computing convolutions.
    pub kernel: Option<Kernel>,
    /// What factors of products are rounded to.
    pub precision: Option<Precision>,
}

/// Steps that are timed, after one that does not count, in which kernels are compiled.
const TIMED_STEPS: usize = 2;

/// How the convolutions of the run in the folder `run` are computed; `None` if there is no run.
pub fn begun_method(run: &Path) -> Result<Option<ConvMethod>> {
    if run.join(CONFIG).exists() { Ok(Some(read_config(run)?.method)) } else { Ok(None) }
}

/// A run that is to be begun or gone on with.
#[derive(Clone, Copy, Debug)]
pub struct PlannedRun<'a> {
    /// Its configuration, of which the method is not yet known.
    pub config: &'a TrainConfig,
    /// The pictures that it trains on.
    pub training: &'a Split,
    /// The networks that it is given.
    pub initialisation: &'a Initialisation,
    /// The first of its devices.
    pub device: &'a NamedDevice,
}

/// The CPU's own kernels with rounded factors.
const NATIVE_BF16: ConvMethod = ConvMethod { kernel: Kernel::Native, precision: Precision::Bf16 };

impl PlannedRun<'_> {
    /// How its convolutions are to be computed. `tell` is given a line of what was timed, or of rounded factors.
    ///
    /// A run that was `begun` goes on as it began. A new one takes what was asked for; else, on the CPU [`Kernel::Native`]
    /// in the precision in which this processor is fastest, on a GPU the fastest of the ways there are, by a step on the
    /// first pictures.
    ///
    /// # Errors
    /// If the run's recipe is not for its networks, or the device has no such way.
    pub fn conv_method(
        &self,
        asked: AskedMethod,
        begun: Option<ConvMethod>,
        tell: &mut dyn FnMut(String) -> Result<()>,
    ) -> Result<ConvMethod> {
        check_recipe(self.config, &self.initialisation.teachers)?;
        if begun == Some(NATIVE_BF16) && !self.is_on_cpu() && asked.kernel.is_none() && asked.precision.is_none() {
            bail!(
                "expected a CPU (--device cpu), on which this run was begun with factors of bf16, got {}; --restart begins \
                 anew",
                self.device.name
            );
        }
        let method = self.chosen_method(asked, begun, tell)?;
        if method == NATIVE_BF16 && Precision::fastest_natively() == Precision::Bf16 {
            tell("products of bf16, which this CPU has instructions for; --precision f32 does not round".into())?;
        } else if method == NATIVE_BF16 {
            tell("products of bf16 without instructions for them, which is slow; --precision f32 is fast here".into())?;
        }
        Ok(method)
    }

    fn chosen_method(
        &self,
        asked: AskedMethod,
        begun: Option<ConvMethod>,
        tell: &mut dyn FnMut(String) -> Result<()>,
    ) -> Result<ConvMethod> {
        let device = self.device;
        let is_native = self.is_on_cpu() && asked.kernel.is_none_or(|kernel| kernel == Kernel::Native);
        let usual = if is_native { Precision::fastest_natively() } else { Precision::default() };
        let precision = asked.precision.or(begun.map(|begun| begun.precision)).unwrap_or(usual);
        if let Some(kernel) = asked.kernel.or(begun.map(|begun| begun.kernel)) {
            let method = ConvMethod { kernel, precision };
            check(method, device)?;
            return Ok(method);
        }
        let ways = ways(precision, device);
        for &method in &ways {
            check(method, device)?;
        }
        if let [method] = ways[..] {
            return Ok(method);
        }
        let timed = ways.iter().map(|&method| Timed { method, images_per_sec: self.images_per_sec(method) });
        let timed: Vec<Timed> = timed.collect();
        let Some(fastest) = fastest(&timed) else { bail!("{}: none of {} could do a step", device.name, list(&timed)) };
        tell(format!("{}, {}: {}, which is taken", device.name, list(&timed), fastest.kernel))?;
        Ok(fastest)
    }

    /// `None` if the device fails, as where its memory is short.
    fn images_per_sec(&self, method: ConvMethod) -> Option<f64> {
        let Self { config, training, initialisation, device: NamedDevice { device, .. } } = *self;
        catch_unwind(AssertUnwindSafe(|| {
            let replicas = [Replica::new(device, &initialisation.teachers, method)];
            let mut network =
                Network::seeded(config.network, config.seed, &device.clone().autodiff()).with_method(method);
            let mut optimizer = config.recipe.optimizer.build();
            let pictures: Vec<usize> = (0..config.batch_size.min(training.len())).collect();
            let last_epoch = config.epochs.saturating_sub(1); // whose views are the largest
            let batcher = Batcher {
                recipe: &config.recipe,
                pictures: training,
                seed: config.seed,
                epoch: last_epoch,
                n_epochs: config.epochs,
                n_features: config.network.table().output().channels,
                priors: priors(&config.recipe, training),
            };
            let mut start = Instant::now();
            for step in 0..=TIMED_STEPS {
                let batch = batcher.batch(step, &pictures);
                let (loss, grads) =
                    gradients(&config.recipe.rounded(&network), batch, config.shards, &config.recipe, &replicas);
                network = optimizer.step(config.learning_rate, network, grads);
                wait(loss, &network);
                if step == 0 {
                    start = Instant::now();
                }
            }
            (TIMED_STEPS * pictures.len()) as f64 / start.elapsed().as_secs_f64()
        }))
        .ok()
    }

    fn is_on_cpu(&self) -> bool {
        self.device.device == Device::flex()
    }
}

/// A way, and how fast it is; `None` if it failed.
struct Timed {
    method: ConvMethod,
    images_per_sec: Option<f64>,
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.images_per_sec {
            Some(rate) => write!(f, "{} {rate:.0} images/s", self.method.kernel),
            None => write!(f, "{} failed", self.method.kernel),
        }
    }
}

fn list(timed: &[Timed]) -> String {
    timed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn fastest(timed: &[Timed]) -> Option<ConvMethod> {
    let done = timed.iter().filter_map(|way| Some((way.method, way.images_per_sec?)));
    done.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(method, _)| method)
}

/// The ways that a device has: the CPU's own kernels are by far its fastest.
fn ways(precision: Precision, device: &NamedDevice) -> Vec<ConvMethod> {
    let is_cpu = device.device == Device::flex();
    let has = |kernel: &Kernel| match kernel {
        Kernel::Native => is_cpu && precision != Precision::F16,
        Kernel::Plain => !is_cpu && precision == Precision::F32,
        Kernel::Shifted | Kernel::Unfolded => !is_cpu || precision == Precision::F16,
    };
    Kernel::ALL.into_iter().filter(has).map(|kernel| ConvMethod { kernel, precision }).collect()
}

fn check(ConvMethod { kernel, precision }: ConvMethod, device: &NamedDevice) -> Result<()> {
    let is_cpu = device.device == Device::flex();
    let dtype = match precision {
        Precision::F32 => return Ok(()),
        Precision::Bf16 if is_cpu && kernel == Kernel::Native => return Ok(()),
        Precision::Bf16 => FloatDType::BF16,
        Precision::F16 => FloatDType::F16,
    };
    if !kernel.is_products() {
        let native = if is_cpu && precision == Precision::Bf16 { "native, " } else { "" };
        bail!("expected --kernel {native}shifted or unfolded with --precision {precision}, got {kernel}");
    }
    if !device.device.supports_dtype(dtype) {
        bail!("expected a precision that {} computes in, got {precision}; f32 is one", device.name);
    }
    Ok(())
}

/// Wait until the device has done the step.
fn wait(loss: Tensor<1>, network: &Network) {
    loss.into_data();
    network.filters().into_iter().for_each(|filters| drop(filters.into_data()));
}

#[cfg(test)]
mod tests {
    use model_core::Architecture;
    use native::write_file;

    use super::*;
    use crate::{
        device::{several, to_test},
        study::generated,
        train::{Recipe, RecipeFile, RunDefaults},
    };

    fn pictures() -> Split {
        generated().training.subset(&(0..16).collect::<Vec<_>>())
    }

    fn config(pictures: &Split) -> TrainConfig {
        let run = RunDefaults { epochs: 1, batch_size: 8, learning_rate: 1e-3 };
        TrainConfig::new(Architecture::Small, RecipeFile { run, recipe: Recipe::study() }, pictures)
    }

    /// The method for a run in `run`, and what was told.
    fn method(asked: AskedMethod, run: &Path, device: &NamedDevice) -> Result<(ConvMethod, Vec<String>)> {
        let pictures = pictures();
        let mut told = vec![];
        let mut tell = |line| {
            told.push(line);
            Ok(())
        };
        let (config, initialisation) = (config(&pictures), Initialisation::default());
        let planned = PlannedRun { config: &config, training: &pictures, initialisation: &initialisation, device };
        let method = planned.conv_method(asked, begun_method(run)?, &mut tell)?;
        Ok((method, told))
    }

    #[test]
    fn each_device_takes_the_fastest_of_its_ways() {
        for device in to_test() {
            let folder = tempfile::tempdir().unwrap();
            let (method, told) = method(AskedMethod::default(), folder.path(), &device).unwrap();
            if device.device == Device::flex() {
                assert_eq!(method, ConvMethod { precision: Precision::fastest_natively(), ..ConvMethod::default() });
                assert_eq!(told.len(), usize::from(method == NATIVE_BF16), "{told:?}");
            } else {
                let [line] = &told[..] else { panic!("{told:?}") };
                assert!(line.contains(" images/s") && line.ends_with(&format!("{}, which is taken", method.kernel)));
            }
        }
    }

    #[test]
    fn a_recipe_that_does_not_fit_is_refused_before_anything_is_told() {
        let pictures = pictures();
        let device = &several(Some(crate::device::Backend::Cpu), 1).unwrap()[0];
        let teacher = Network::seeded(Architecture::Small, 1, &device.device);
        let initialisation = Initialisation { teachers: vec![teacher], first: None };
        let config = config(&pictures);
        let planned = PlannedRun { config: &config, training: &pictures, initialisation: &initialisation, device };
        let mut tell = |line| panic!("told: {line}");
        let error = planned.conv_method(AskedMethod::default(), None, &mut tell).unwrap_err().to_string();
        assert!(error.contains("recipe.distillation"), "{error}");
    }

    #[test]
    fn every_way_does_a_step_on_every_device() {
        let pictures = pictures();
        for device in to_test() {
            for kernel in Kernel::ALL {
                let method = ConvMethod { kernel, ..ConvMethod::default() };
                let (config, initialisation) = (config(&pictures), Initialisation::default());
                let planned = PlannedRun {
                    config: &config,
                    training: &pictures,
                    initialisation: &initialisation,
                    device: &device,
                };
                let rate = planned.images_per_sec(method);
                assert!(rate.is_some_and(|rate| rate > 0.0), "{} {kernel}", device.name);
            }
        }
    }

    #[test]
    fn the_one_that_did_most_is_taken_and_failures_are_not() {
        let of =
            |kernel, images_per_sec| Timed { method: ConvMethod { kernel, ..ConvMethod::default() }, images_per_sec };
        let timed = [of(Kernel::Plain, Some(5.0)), of(Kernel::Shifted, Some(9.4)), of(Kernel::Unfolded, None)];
        assert_eq!(fastest(&timed).map(|method| method.kernel), Some(Kernel::Shifted));
        assert_eq!(list(&timed), "plain 5 images/s, shifted 9 images/s, unfolded failed");
        assert_eq!(fastest(&timed[2..]), None);
    }

    #[test]
    fn a_run_that_was_begun_goes_on_the_same_way() {
        let folder = tempfile::tempdir().unwrap();
        let begun = ConvMethod { kernel: Kernel::Unfolded, precision: Precision::F32 };
        let config = TrainConfig { method: begun, ..config(&pictures()) };
        write_file(&folder.path().join(CONFIG), &serde_json::to_vec(&config).unwrap()).unwrap();
        let device = &several(Some(crate::device::Backend::Cpu), 1).unwrap()[0];
        assert_eq!(method(AskedMethod::default(), folder.path(), device).unwrap().0, begun);
        let asked = AskedMethod { kernel: Some(Kernel::Shifted), precision: None };
        assert_eq!(method(asked, folder.path(), device).unwrap().0.kernel, Kernel::Shifted, "`train` refuses it then");
    }

    #[test]
    fn a_precision_wants_a_way_that_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let device = &several(Some(crate::device::Backend::Cpu), 1).unwrap()[0];
        let of = |kernel, precision| {
            let asked = AskedMethod { kernel, precision: Some(precision) };
            method(asked, folder.path(), device).map_err(|error| error.to_string())
        };
        let error = "expected --kernel shifted or unfolded with --precision f16, got native";
        assert_eq!(of(Some(Kernel::Native), Precision::F16), Err(error.into()));
        let error = "expected --kernel native, shifted or unfolded with --precision bf16, got plain";
        assert_eq!(of(Some(Kernel::Plain), Precision::Bf16), Err(error.into()));
        let (taken, told) = of(None, Precision::Bf16).unwrap();
        assert!(taken == NATIVE_BF16 && told.len() == 1 && told[0].starts_with("products of bf16"), "{told:?}");
        let (taken, told) = of(None, Precision::F16).unwrap();
        assert!(taken.kernel.is_products() && taken.precision == Precision::F16 && told.len() == 1, "{told:?}");
    }
}
