//! The origin of results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Program, models and file behind a result, so that it can be traced and reproduced. Every exported file names it.
/// Words that are not known are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The program: `ferrum`, be it the page or the command line.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Id of the network's weights.
    pub network: String,
    /// SHA-256 of the file of weights, hexadecimal.
    pub weights_sha256: String,
    /// Id of the detector.
    pub detector: String,
    /// Everything else that was chosen, by name.
    pub settings: BTreeMap<String, String>,
    /// Name of the file that was read, without its folder.
    pub file_name: String,
    /// SHA-256 of that file, hexadecimal.
    pub file_sha256: String,
}

impl Provenance {
    /// In one line.
    ///
    /// # Panics
    /// Never: it is plain data.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a provenance is plain data")
    }
}

/// This version of the program, and nothing else.
impl Default for Provenance {
    fn default() -> Self {
        Self {
            program: "ferrum".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            network: String::new(),
            weights_sha256: String::new(),
            detector: String::new(),
            settings: BTreeMap::new(),
            file_name: String::new(),
            file_sha256: String::new(),
        }
    }
}
