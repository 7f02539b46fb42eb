//! Figures of networks and their drawings, once, for the page and for the trainer's reports.
//!
//! A drawing is a function from figures to an [`Element`]: the page makes nodes of its document of it, a report its text.
//! Classes name what a part is; colours are chosen by the style sheet around it.
//!
//! ```
//! use model_core::Emotion::{Happy, Sad};
//! use report::{Confusion, confusion_table};
//!
//! let confusion = Confusion::of([(Happy, Happy), (Happy, Sad), (Sad, Sad)]);
//! assert_eq!(confusion.summary().accuracy, 2.0 / 3.0);
//! let html = confusion_table("Three pictures", &confusion).to_string();
//! assert!(html.starts_with("<table class=\"confusion\"><caption>Three pictures</caption>"));
//! ```

mod chart;
mod confusion;
mod curve;
mod element;
mod figures;
mod network_report;
mod reliability;
mod schema;

pub use chart::{Axis, Line, LineChart, Mark, bar_chart};
pub use confusion::{confusion_table, confusion_words};
pub use curve::{Curve, Epoch};
pub use element::{Element, Node};
pub use figures::{Confusion, LabelFigures, Summary, wilson};
pub use network_report::{NetworkReport, ReportError, SplitReport};
pub use reliability::{Bin, FEWEST_IN_BIN, reliability_diagram};
pub use schema::schema;
