//! Fetches the stored cases when a person asks whether the page is right on this device.

use model_core::ReferenceCases;

use crate::problem::Problem;
use crate::web::fetch::{Freshness, fetch};

/// Beside the weights.
const CASES: &str = "models/cases.json";

/// The stored cases, from the server: an older copy in the browser's cache might be of other weights.
pub(super) async fn stored_cases() -> Result<ReferenceCases, Problem> {
    let title = "The stored cases could not be loaded";
    let file = fetch(CASES, Freshness::Fresh, |_, _| ()).await;
    let file = file.map_err(|error| Problem::new(title, &error, error.advice()))?;
    let advice = "Try again; if it stays, publish the page and its folder `models` again, together";
    ReferenceCases::from_json(&file.to_vec()).map_err(|error| Problem::new(title, error, advice))
}
