//! The page.

use yew::prelude::*;

use super::{
    about::About, alerts::Alerts, detector::DetectorPanel, engine_bar::EngineBar, facts::Facts, header::Header,
    loading::LoadingBar, results::Results, search::Search, stage::Stage, strip::Strip, toolbar::Toolbar,
    tools::ToolsPanel,
};
use crate::hooks::use_page;

/// The page.
#[component]
pub fn App() -> Html {
    let page = use_page();
    let (state, controls) = (&page.state, &page.controls);
    html! {
        <>
            <Header />
            <main class="layout">
                <section class="work" aria-label="Picture">
                    <Toolbar
                        source={state.source.clone()}
                        cameras={state.cameras.clone()}
                        camera={state.settings.camera.clone()}
                        mirror={state.settings.mirror}
                        controls={controls.clone()}
                    />
                    <p class="status" role="status" data-testid="status">{ state.status() }</p>
                    <LoadingBar engine={state.engine.clone()} />
                    <Alerts
                        failed={state.engine.failed.clone()}
                        problem={state.problem.clone()}
                        notice={state.notice.clone()}
                        on_retry={controls.on_retry.clone()}
                        on_dismiss={controls.on_dismiss.clone()}
                    />
                    <Stage
                        source={state.source.clone()}
                        live={page.live.clone()}
                        surface={page.surface.clone()}
                        wait={state.engine.photo_wait()}
                        key_points={state.settings.key_points}
                        is_file_over={page.is_file_over}
                        on_select={controls.on_select.clone()}
                    />
                    <Strip photos={state.photos.clone()} controls={controls.clone()} />
                    <Search source={state.source.clone()} controls={controls.clone()} />
                    <Facts source={state.source.clone()} live={page.live.clone()} />
                    <ToolsPanel
                        tools={state.tools.clone()}
                        source={state.source.clone()}
                        engine={state.engine.clone()}
                        network={state.settings.engine.network}
                        inspection={page.inspection.clone()}
                        controls={controls.clone()}
                    />
                    <video ref={page.video.clone()} class="feed" muted=true playsinline=true aria-hidden="true" />
                </section>
                <aside class="side" aria-label="Results and settings">
                    <Results
                        source={state.source.clone()}
                        live={page.live.clone()}
                        poor_frames={state.settings.poor_frames()}
                        controls={controls.clone()}
                    />
                    <DetectorPanel
                        settings={state.settings.clone()}
                        detecting={state.engine.detector.clone()}
                        is_failed={state.engine.failed.is_some()}
                        controls={controls.clone()}
                    />
                    <EngineBar
                        settings={state.settings.clone()}
                        engine={state.engine.clone()}
                        on_network={controls.on_network.clone()}
                        on_device={controls.on_device.clone()}
                        on_check={controls.on_check.clone()}
                    />
                </aside>
            </main>
            <About />
        </>
    }
}
