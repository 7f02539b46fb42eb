//! Networks on WebGPU by kernels of their own: few dispatches and one read-back for a batch.
//!
//! Burn's WebGPU runs bias, ReLU and pooling as kernels by themselves, packs a convolution's weights anew in every call and
//! reads each output back alone, which in a browser costs more than the arithmetic; and its kernels for everything that a
//! network might ask for made most of the page's program. So `burn-wgpu` opens the device and does nothing else; the
//! kernels here are written in `CubeCL`, as Burn's are. Sizes are run-time numbers, so that another number of faces
//! compiles nothing.

#![allow(unsafe_code, reason = "CubeCL's kernels and the linker's constructors need it; each place says why it holds")]

#[cfg(target_arch = "wasm32")]
mod constructors;
mod convolution;
mod linear;
mod network;
mod reshape;
mod separable;

use std::fmt;

use burn_wgpu::{
    MemoryConfiguration, RuntimeOptions, WgpuDevice, WgpuInitError, graphics::AutoGraphicsApi, try_init_setup_async,
};
use cubecl::{client::Client, prelude::*, server::Handle};

use crate::{ClassifyError, DeviceError};
pub(crate) use convolution::{Convolution, Geometry};
pub(crate) use network::FusedNetwork;
pub(crate) use separable::{Separable, Skip, Weights};

/// Numbers in a vector of the GPU.
const QUAD: usize = 4;
/// Units that run together, a cube. A multiple of every GPU's group of lanes, and within every browser's limit.
const CUBE: usize = 64;
/// Dispatches in one submit, at most: more than a batch of any network has.
const MAX_TASKS: usize = 64;

type Quad = Vector<f32, Const<QUAD>>;

/// A GPU that is open.
#[derive(Clone)]
pub struct Gpu(Client);

/// Maps on the GPU, with the channels of a pixel side by side: `[n, side, side, channels]`.
#[derive(Clone, Debug)]
pub(crate) struct Maps {
    values: Buffer,
    /// Number of pictures.
    n: usize,
    /// Height and width, pixels.
    side: usize,
    channels: usize,
}

impl Maps {
    /// The same numbers as one pixel.
    fn flattened(self) -> Self {
        Self { side: 1, channels: self.side * self.side * self.channels, ..self }
    }
}

/// What several layers gave, one after the other in one buffer, so that it comes back at once.
#[derive(Debug)]
pub(crate) struct Outputs {
    values: Buffer,
    /// Numbers of each layer.
    lens: Vec<usize>,
}

/// Numbers on the GPU.
#[derive(Clone, Debug)]
struct Buffer {
    handle: Handle,
    len: usize,
}

impl Gpu {
    /// The adapter that the browser or the driver prefers.
    pub(crate) async fn open() -> Result<Self, DeviceError> {
        #[cfg(target_arch = "wasm32")]
        constructors::run_once();
        let device = WgpuDevice::default();
        match try_init_setup_async::<AutoGraphicsApi>(&device, options()).await {
            // It was opened before.
            Ok(_) | Err(WgpuInitError::Registration { .. }) => Ok(Self::of(device)),
            Err(error) => Err(DeviceError::Unavailable(error.to_string())),
        }
    }

    /// One that is open: by [`burn_wgpu::try_init_device`], if the program has a device already.
    pub fn of(device: WgpuDevice) -> Self {
        Self(cubecl::Device::Wgpu(device).client())
    }

    /// Uploads pictures `[n, side, side, channels]`.
    pub(crate) fn pictures(&self, values: &[f32], side: usize, channels: usize) -> Maps {
        Maps { values: self.upload(values), n: values.len() / (side * side * channels), side, channels }
    }

    /// The values of maps.
    pub(crate) async fn read_maps(&self, maps: &Maps) -> Result<Vec<f32>, ClassifyError> {
        self.read(&maps.values).await
    }

    /// The values of each layer's outputs.
    pub(crate) async fn read_outputs(&self, outputs: &Outputs) -> Result<Vec<Vec<f32>>, ClassifyError> {
        let values = self.read(&outputs.values).await?;
        let mut rest = &values[..];
        let lens = outputs.lens.iter();
        Ok(lens.map(|&len| rest.split_off(..len).expect("the buffer has all of them").to_vec()).collect())
    }

    /// One read-back: the one way from the GPU. An error if a kernel before could not run, or the device is lost.
    async fn read(&self, buffer: &Buffer) -> Result<Vec<f32>, ClassifyError> {
        let read = self.0.read_async(vec![buffer.handle.clone()]).await;
        let read = read.map_err(|error| ClassifyError::Device(error.to_string()))?;
        let values: Vec<f32> = read.iter().flat_map(|bytes| f32::from_bytes(bytes)).copied().collect();
        if values.len() == buffer.len {
            Ok(values)
        } else {
            Err(ClassifyError::Device(format!("expected {} numbers, got {}", buffer.len, values.len())))
        }
    }

    fn upload(&self, values: &[f32]) -> Buffer {
        Buffer { handle: self.0.create_from_slice(f32::as_bytes(values)), len: values.len() }
    }

    /// A buffer of `len` numbers that nobody has written yet.
    fn allocate(&self, len: usize) -> Buffer {
        Buffer { handle: self.0.empty(len * size_of::<f32>()), len }
    }

    /// Maps that nobody has written yet.
    fn maps(&self, n: usize, side: usize, channels: usize) -> Maps {
        Maps { values: self.allocate(n * side * side * channels), n, side, channels }
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gpu").field(&self.0.name()).finish()
    }
}

impl Buffer {
    /// As a kernel's argument of numbers.
    fn scalars(&self) -> BufferArg {
        // SAFETY: it was made for `len` numbers.
        unsafe { BufferArg::from_raw_parts(self.handle.clone(), self.len) }
    }

    /// As a kernel's argument of vectors.
    fn quads(&self) -> BufferArg {
        // SAFETY: it was made for `len` numbers.
        unsafe { BufferArg::from_raw_parts(self.handle.clone(), self.len / QUAD) }
    }
}

fn options() -> RuntimeOptions {
    RuntimeOptions { tasks_max: MAX_TASKS, memory_config: MemoryConfiguration::default() }
}

/// Cubes for so many units of each of `n` pictures.
fn cubes(n_units: usize, n: usize) -> CubeCount {
    CubeCount::Static(n_units.div_ceil(CUBE) as u32, 1, n as u32)
}

/// How units stand in a cube.
fn cube() -> CubeDim {
    CubeDim::new_1d(CUBE as u32)
}

/// Zero in the place of negative numbers. It looks at the bits, because drivers may assume that there is no NaN, and then
/// hide one.
#[cube]
fn relu(x: Quad) -> Quad {
    let bits = Vector::<u32, Const<QUAD>>::reinterpret(x);
    // From -0 to -∞; other bits are no less than 0x8000_0000 after the subtraction, or those of a NaN.
    let above_sign = bits - Vector::new(0x8000_0000u32);
    select_many(above_sign.less_equal(&Vector::new(0x7f80_0000u32)), Quad::new(0.0), x)
}

/// The greater one of each pair.
#[cube]
fn greater(a: Quad, b: Quad) -> Quad {
    select_many(a.less_than(&b), b, a)
}
