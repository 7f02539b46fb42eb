//! The parts that all programs of the command line share: the shipped detectors and weights, tables and messages.

mod detector;
mod output;
mod table;
mod weights;

pub use detector::ShippedDetector;
pub use output::{print_error, print_line, whole_name, write_file, write_files, write_json};
pub use table::{table, thousands};
pub use weights::{SHIPPED, read_file, read_weights, shipped_folder};
