//! Fetches the cards of networks and the study's file while they are shown.

use std::rc::Rc;

use model_core::{Architecture, ModelCard};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::asset::Asset;
use crate::card::read_card;
use crate::problem::Problem;
use crate::state::{Action, State, Tool, ToolAction};
use crate::study::{STUDY, Study};
use crate::web::fetch::{FetchError, Freshness, fetch};

/// Fetch what the network card shows, once.
#[hook]
pub(super) fn use_cards(state: &UseReducerHandle<State>) {
    let is_open = state.tools.open == Some(Tool::Card);
    let network = state.tools.card_network(state.settings.engine.network);
    let dispatcher = state.dispatcher();
    use_effect_with((network, is_open && state.tools.card(network).is_none()), move |&(network, is_wanted)| {
        if is_wanted {
            spawn_local(async move {
                let card = card(network).await.map(Rc::new);
                dispatcher.dispatch(Action::Tool(ToolAction::TakeCard(network, card)));
            });
        }
    });
    let dispatcher = state.dispatcher();
    use_effect_with(is_open && state.tools.study.is_none(), move |&is_wanted| {
        if is_wanted {
            spawn_local(async move {
                let study = study().await.map(Rc::new);
                dispatcher.dispatch(Action::Tool(ToolAction::TakeStudy(study)));
            });
        }
    });
}

async fn card(network: Architecture) -> Result<ModelCard, Problem> {
    let file = fetch(&format!("models/{network}.json"), Freshness::Any, |_, _| ()).await;
    let file = file.map_err(|error| Problem::loading(Asset::Network(network), &error, error.advice()))?;
    read_card(network, &file.to_vec())
}

/// The study, if one was published with the page.
async fn study() -> Result<Option<Study>, Problem> {
    match fetch(STUDY, Freshness::Any, |_, _| ()).await {
        Ok(file) => Study::from_json(&file.to_vec()).map(Some).map_err(|error| {
            let advice = "Publish the page and its folder `study` again, together";
            Problem::new("The study could not be read", error, advice)
        }),
        Err(FetchError::Status { status: 404, .. } | FetchError::WebPage { .. }) => Ok(None),
        Err(error) => {
            let advice = "Check the connection, then try again";
            Err(Problem::new("The study could not be loaded", &error, advice))
        }
    }
}
