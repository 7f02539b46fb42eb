//! Whether a wasm module runs its constructors again at each call from JavaScript.
//!
//! wasm-ld takes a module that has constructors, none of which is called by the module itself, for a *command*: it wraps
//! every export in a function `NAME.command_export` that runs all constructors and then the export
//! (<https://github.com/dtolnay/inventory/issues/76>). cubecl registers its types by constructors, so that each object
//! that passes between JavaScript and such a module cost milliseconds. A module that calls `__wasm_call_ctors` once, in
//! its start function, is not wrapped.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{ExternalKind, FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::workspace::{WASM_TARGET, Workspace};

/// The page's programs as cargo links them; wasm-bindgen's versions of them lie in `dist/`.
const LINKED: [&str; 3] = ["app", "worker", "worker-webgpu"];

/// How many exports an error names.
const SHOWN_EXPORTS: usize = 4;

/// Fails if a module of the built page, before or after wasm-bindgen, runs its constructors in its exports.
pub(crate) fn check_page(workspace: &Workspace) -> Result<()> {
    let mut modules: Vec<PathBuf> = LINKED.iter().map(|name| linked(workspace, name)).collect();
    let dist = workspace.path("dist");
    for entry in fs::read_dir(&dist).context("dist/ cannot be read: build it with `cargo xtask build`")? {
        modules.push(entry?.path());
    }
    modules.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    ensure!(modules.len() > LINKED.len(), "dist/ holds no wasm: build it with `cargo xtask build`");
    modules.iter().try_for_each(|module| check(module))
}

/// The module `name` as cargo links it for the page's profile.
pub(crate) fn linked(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path("target").join(WASM_TARGET).join("web").join(name).with_extension("wasm")
}

/// Fails if an export of the module in `file` begins by running the constructors.
pub(crate) fn check(file: &Path) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let module = Module::read(&bytes).with_context(|| format!("{} is no wasm module", file.display()))?;
    let wrapped = module.wrapped();
    println!("{}: {} exported functions, {} wrapped", file.display(), module.exports.len(), wrapped.len());
    if !wrapped.is_empty() {
        bail!(
            "{}: expected constructors to run once, but {} of {} exports run them at each call, such as {}: call \
             `__wasm_call_ctors` once in the start function",
            file.display(),
            wrapped.len(),
            module.exports.len(),
            wrapped[..wrapped.len().min(SHOWN_EXPORTS)].join(", ")
        );
    }
    Ok(())
}

/// The parts of a module that show what its exports begin with.
#[derive(Default)]
struct Module {
    /// Whether a type has neither parameters nor results.
    is_plain_type: Vec<bool>,
    /// The type of each function, imported ones first.
    types: Vec<u32>,
    n_imported: usize,
    /// Name and function of each export that is a function.
    exports: Vec<(String, u32)>,
    /// The function that each function of the module calls before it does anything else.
    first_calls: Vec<Option<u32>>,
    /// Names of functions, where the module has kept them.
    names: HashMap<u32, String>,
}

impl Module {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            module.take(payload?)?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for plain in types.into_iter_err_on_gc_types() {
                    let plain = plain?;
                    self.is_plain_type.push(plain.params().is_empty() && plain.results().is_empty());
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Func(of_type) | TypeRef::FuncExact(of_type) = import?.ty {
                        self.types.push(of_type);
                    }
                }
                self.n_imported = self.types.len();
            }
            Payload::FunctionSection(types) => self.types.extend(types.into_iter().collect::<Result<Vec<_>, _>>()?),
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.push((export.name.to_owned(), export.index));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.first_calls.push(first_call(&body)?),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.take_names(names)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_names(&mut self, sections: wasmparser::NameSectionReader<'_>) -> Result<()> {
        for section in sections {
            if let Name::Function(names) = section? {
                for name in names {
                    let name = name?;
                    self.names.insert(name.index, name.name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Exports that wasm-ld has wrapped: by their names, where there are names, and else several that begin with a call of
    /// one and the same function that takes and gives nothing. A single one may be the start function.
    fn wrapped(&self) -> Vec<&str> {
        let is_wrapper =
            |&function: &u32| self.names.get(&function).is_some_and(|name| name.ends_with(".command_export"));
        let by_name: Vec<_> =
            self.exports.iter().filter(|(_, function)| is_wrapper(function)).map(|(name, _)| name.as_str()).collect();
        let mut by_callee: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for (name, function) in self.exports.iter().filter(|(name, _)| !is_description(name)) {
            if let Some(callee) = self.first_call_of(*function).filter(|&callee| self.is_plain(callee)) {
                by_callee.entry(callee).or_default().push(name);
            }
        }
        let most = by_callee.into_values().max_by_key(Vec::len).filter(|names| names.len() > 1);
        if by_name.is_empty() { most.unwrap_or_default() } else { by_name }
    }

    fn first_call_of(&self, function: u32) -> Option<u32> {
        let defined = (function as usize).checked_sub(self.n_imported)?;
        self.first_calls.get(defined).copied().flatten()
    }

    fn is_plain(&self, function: u32) -> bool {
        let of_type = self.types.get(function as usize);
        of_type.and_then(|&of_type| self.is_plain_type.get(of_type as usize)).is_some_and(|&is_plain| is_plain)
    }
}

/// Whether an export tells wasm-bindgen about a function and is dropped by it: such ones may share what they begin with.
fn is_description(export: &str) -> bool {
    export.starts_with("__wbindgen_describe")
}

/// The function that `body` calls before it does anything else.
fn first_call(body: &FunctionBody<'_>) -> Result<Option<u32>> {
    /// `call` (WebAssembly Core Specification, 5.4.1).
    const CALL: u8 = 0x10;
    let mut reader = body.get_binary_reader_for_operators()?;
    Ok(if reader.read_u8()? == CALL { Some(reader.read_var_u32()?) } else { None })
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, NameMap,
        NameSection, TypeSection, ValType,
    };

    use super::*;

    /// Exports, each with the function that it calls before anything else.
    type Exports<'a> = &'a [(&'a str, u32)];
    /// Functions that have kept their name.
    type Names<'a> = &'a [(u32, &'a str)];

    /// A module that imports a function (0), has the constructors (1), a function with a parameter (2), and one for each of
    /// `exports` (from 3 on).
    fn module(exports: Exports, names: Names) -> Vec<u8> {
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        imports.import("js", "log", EntityType::Function(0));
        functions.function(0).function(1);
        let (mut exported, mut code) = (ExportSection::new(), CodeSection::new());
        code.function(&body(None)).function(&body(None));
        for (function, (name, callee)) in (3..).zip(exports) {
            functions.function(0);
            exported.export(name, ExportKind::Func, function);
            code.function(&body(Some(*callee)));
        }
        let (mut map, mut kept) = (NameMap::new(), NameSection::new());
        for (function, name) in names {
            map.append(*function, name);
        }
        kept.functions(&map);
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exported).section(&code).section(&kept);
        module.finish()
    }

    fn body(callee: Option<u32>) -> Function {
        let mut body = Function::new([(1, ValType::I32)]);
        match callee {
            // The parameter that function 2 takes comes first.
            Some(2) => _ = body.instructions().i32_const(7).call(2),
            Some(callee) => _ = body.instructions().call(callee),
            None => {}
        }
        body.instructions().end();
        body
    }

    const CONSTRUCTORS: u32 = 1;

    #[test]
    fn exports_that_run_the_constructors_are_found() {
        let c = CONSTRUCTORS;
        let names = [(1, "__wasm_call_ctors"), (3, "start.command_export")];
        let cases: [(Exports, Names, &[&str]); 7] = [
            (&[("start", c), ("load", c), ("free", 2)], &[], &["start", "load"]),
            (&[("start", c), ("load", 0), ("free", 2)], &[], &[]),
            (&[("load", 2), ("free", 2)], &[], &[]),
            (&[("__wbindgen_describe_a", c), ("__wbindgen_describe_b", c)], &[], &[]),
            (&[("start", c)], &names, &["start"]),
            (&[("start", c)], &names[..1], &[]),
            (&[], &[], &[]),
        ];
        for (exports, names, expected) in cases {
            let module = Module::read(&module(exports, names)).expect("a module");
            assert_eq!(module.wrapped(), expected, "{exports:?} {names:?}");
        }
    }

    #[test]
    fn an_error_names_the_file_and_an_export() {
        let folder = std::env::temp_dir().join(format!("ferrum-exports-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for temporary files");
        let file = folder.join("worker_bg.wasm");
        let cases: [(Vec<u8>, &str); 2] = [
            (
                module(&[("start", CONSTRUCTORS), ("load", CONSTRUCTORS)], &[]),
                "2 of 2 exports run them at each call, such as start",
            ),
            (b"<html>".to_vec(), "is no wasm module"),
        ];
        for (bytes, expected) in cases {
            fs::write(&file, bytes).expect("room for a file");
            let error = format!("{:#}", check(&file).expect_err(expected));
            assert!(error.contains(expected) && error.contains("worker_bg.wasm"), "{error}");
        }
        fs::write(&file, module(&[("start", CONSTRUCTORS), ("load", 2)], &[])).expect("room for a file");
        assert!(check(&file).is_ok());
        fs::remove_dir_all(&folder).expect("the folder was ours");
    }
}
