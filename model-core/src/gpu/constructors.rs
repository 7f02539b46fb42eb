//! Running a wasm module's constructors once.
//!
//! `cubecl`, which kernels for WebGPU are written in, registers its types by constructors (the crate `inventory`). A native program
//! runs constructors before `main`. In wasm nobody does, and a linker that sees no call of them assumes a *command*: it
//! wraps every export so that each call from JavaScript runs all constructors again, which made a face on WebGPU hundreds
//! of milliseconds slower. A module that calls them itself is left as it is. Source: `inventory`'s documentation, section
//! WebAssembly; LLVM's `lld/wasm/Writer.cpp`, `createCommandExportWrappers`.

use std::sync::Once;

unsafe extern "C" {
    /// Made by the linker: calls each constructor of the module.
    fn __wasm_call_ctors();
}

/// Run the constructors, in the first call only. Call it before anything of `cubecl` is used.
pub(super) fn run_once() {
    static DONE: Once = Once::new();
    // SAFETY: it takes and gives nothing, and is there in every wasm module that is linked. Constructors expect to run
    // once and before what they prepare is used: `DONE` sees to the first, `DeviceKind::open` to the second.
    DONE.call_once(|| unsafe { __wasm_call_ctors() });
}
