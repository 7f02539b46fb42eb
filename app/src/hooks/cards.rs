//! Fetches the card and the report of a network while they are shown.

use std::rc::Rc;

use model_core::{Architecture, ModelCard};
use report::NetworkReport;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::asset::Asset;
use crate::card::read_card;
use crate::problem::Problem;
use crate::state::{Action, State, Tool, ToolAction};
use crate::web::fetch::{FetchError, Freshness, fetch};

/// Fetch what the network card shows, once.
#[hook]
pub(super) fn use_cards(state: &UseReducerHandle<State>) {
    let is_open = state.tools.open == Some(Tool::Card);
    let network = state.tools.card_network(state.settings.engine.network);
    use_file(state, network, is_open && state.tools.card(network).is_none(), async move || {
        ToolAction::TakeCard(network, card(network).await.map(Rc::new))
    });
    use_file(state, network, is_open && state.tools.report(network).is_none(), async move || {
        ToolAction::TakeReport(network, report(network).await.map(Rc::new))
    });
}

/// Fetch a file of `network` when it begins to be wanted.
#[hook]
fn use_file(
    state: &UseReducerHandle<State>,
    network: Architecture,
    is_wanted: bool,
    fetched: impl AsyncFnOnce() -> ToolAction + 'static,
) {
    let dispatcher = state.dispatcher();
    use_effect_with((network, is_wanted), move |&(_, is_wanted)| {
        if is_wanted {
            spawn_local(async move { dispatcher.dispatch(Action::Tool(fetched().await)) });
        }
    });
}

async fn card(network: Architecture) -> Result<ModelCard, Problem> {
    let file = fetch(&format!("models/{network}.json"), Freshness::Any, |_, _| ()).await;
    let file = file.map_err(|error| Problem::loading(Asset::Network(network), &error, error.advice()))?;
    read_card(network, &file.to_vec())
}

/// The report of `network`, if one was published with the page.
async fn report(network: Architecture) -> Result<Option<NetworkReport>, Problem> {
    let url = format!("models/{}", NetworkReport::file_name(network));
    match fetch(&url, Freshness::Any, |_, _| ()).await {
        Ok(file) => NetworkReport::from_json(&file.to_vec()).map(Some).map_err(|error| {
            let advice = "Publish the page and its folder `models` again, together";
            Problem::new("The figures could not be read", error, advice)
        }),
        Err(FetchError::Status { status: 404, .. } | FetchError::WebPage { .. }) => Ok(None),
        Err(error) => {
            let advice = "Check the connection, then try again";
            Err(Problem::new("The figures could not be loaded", &error, advice))
        }
    }
}
