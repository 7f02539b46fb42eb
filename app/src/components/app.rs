//! The page.

use yew::prelude::*;

use super::{
    about::{AboutPage, Footer},
    alerts::Alerts,
    announcer::Announcer,
    below_picture::BelowPicture,
    drawer::Drawer,
    header::Header,
    loading::LoadingBar,
    search::Search,
    side::Side,
    stage::Stage,
    status::StatusLine,
    strip::Strip,
    toolbar::Toolbar,
    video::{KeptVideos, VideoPanel},
};
use crate::hooks::{Page, use_page};
use crate::state::{Mode, Source};
use crate::web::route::Route;

/// The page.
#[component]
pub fn App() -> Html {
    let page = use_page();
    let (state, controls) = (&page.state, &page.controls);
    let is_empty = state.source == Source::Nothing;
    html! {
        <>
            <Header
                mode={state.mode}
                route={page.route}
                on_mode={controls.on_mode.clone()}
                on_settings={controls.on_open_settings.clone()}
            />
            // Hidden, not gone, while another part is shown: what is on the stage stays there.
            <main class={classes!("layout", is_empty.then_some("empty"))} hidden={page.route != Route::Work}>
                { work(&page) }
                if !is_empty {
                    <Side
                        source={state.source.clone()}
                        live={page.live.clone()}
                        tools={state.tools.clone()}
                        engine={state.engine.clone()}
                        network={state.settings.engine.network}
                        pointed={state.pointed}
                        inspection={page.inspection.clone()}
                        controls={controls.clone()}
                    />
                }
                <BelowPicture
                    mode={state.mode}
                    source={state.source.clone()}
                    live={page.live.clone()}
                    session={page.session.clone()}
                    timeline_problem={state.timeline_problem.clone()}
                    poor_frames={state.settings.poor_frames()}
                    controls={controls.clone()}
                />
            </main>
            if page.route == Route::About {
                <AboutPage />
            }
            <Footer requests={page.requests.clone()} />
            <Drawer
                is_open={state.shows_settings}
                settings={state.settings.clone()}
                engine={state.engine.clone()}
                controls={controls.clone()}
            />
            <Announcer live={page.live.clone()} is_live={state.source.is_live()} />
            <video ref={page.video.clone()} class="feed" muted=true playsinline=true aria-hidden="true" />
        </>
    }
}

/// A button to save the picture on the stage, if there is one.
fn save_picture(page: &Page) -> Html {
    let has_picture = match &page.state.source {
        Source::Nothing => false,
        Source::Photo(photo) => photo.shown.is_some(),
        Source::Camera(_) | Source::Video(_) => page.live.frame.is_some(),
    };
    let onclick = page.controls.on_save_picture.reform(|_: MouseEvent| ());
    html! {
        if has_picture {
            <button type="button" class="small" {onclick} data-testid="save-picture">{ "Save picture" }</button>
        }
    }
}

/// Where pictures come from, the picture, and a line on it.
fn work(page: &Page) -> Html {
    let (state, controls) = (&page.state, &page.controls);
    html! {
        <section class="work" aria-label="Picture">
            <Toolbar
                mode={state.mode}
                source={state.source.clone()}
                cameras={state.cameras.clone()}
                camera={state.settings.camera.clone()}
                mirror={state.settings.mirror}
                controls={controls.clone()}
            />
            <Alerts
                failed={state.engine.failed.clone()}
                problem={state.problem.clone()}
                notice={state.notice.clone()}
                on_retry={controls.on_retry.clone()}
                on_dismiss={controls.on_dismiss.clone()}
            />
            <Stage
                mode={state.mode}
                source={state.source.clone()}
                live={page.live.clone()}
                surface={page.surface.clone()}
                wait={state.engine.photo_wait()}
                key_points={state.settings.key_points}
                pointed={state.pointed}
                is_file_over={page.is_file_over}
                is_hidden={page.route != Route::Work}
                on_select={controls.on_select.clone()}
                on_point={controls.on_point.clone()}
            />
            <div class="caption">
                <StatusLine words={state.status()} />
                <LoadingBar engine={state.engine.clone()} />
                <div class="actions">
                    <Search source={state.source.clone()} controls={controls.clone()} />
                    { save_picture(page) }
                </div>
            </div>
            <Strip photos={state.photos.clone()} controls={controls.clone()} />
            if let Source::Video(video) = &state.source {
                <VideoPanel video={video.clone()} live={page.live.clone()} controls={controls.clone()} />
            }
            if state.mode == Mode::Video {
                <KeptVideos
                    kept={state.kept_videos.clone()}
                    is_reading={state.is_video_read()}
                    on_show={controls.on_video_kept.clone()}
                />
            }
        </section>
    }
}
