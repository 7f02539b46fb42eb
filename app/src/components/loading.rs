//! The progress of downloads.

use std::time::Duration;

use model_core::DeviceKind;
use web_time::Instant;
use yew::prelude::*;

use super::video::clock;
use crate::asset::Asset;
use crate::engine::Loading;
use crate::state::EngineState;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The state of the engine.
    pub engine: EngineState,
}

/// The files that are being fetched, and how far they are; nothing without any.
#[component]
pub(super) fn LoadingBar(props: &Props) -> Html {
    let engine = &props.engine;
    let rate = use_mut_ref(|| None::<DownloadRate>);
    // After a failure other parts may go on arriving, but nothing waits for them.
    let is_awaited = match engine.word() {
        "loading" => true,
        "ready" => !engine.loading.is_empty(),
        _ => false,
    };
    if !is_awaited {
        rate.take();
        return Html::default();
    }
    let (loaded, total) = engine.progress();
    let total = total.filter(|&total| total > 0);
    let now = Instant::now();
    // Fewer than before: something else is fetched by now.
    let kept = rate.borrow().filter(|rate| loaded >= rate.loaded_before);
    let kept = kept.unwrap_or(DownloadRate { since: now, loaded_before: loaded });
    *rate.borrow_mut() = Some(kept);
    let left = total.and_then(|total| kept.left(now, loaded, total));
    let left = left.map_or(String::new(), |left| format!(", {} left", clock(left.as_secs_f64())));
    // All bytes are here, but compiling takes a while too: the bar moves without end.
    let value = total.filter(|&total| loaded < total).map(|total| (loaded as f64 / total as f64).to_string());
    html! {
        <div class="loading">
            <label>
                <span>{ words(engine, loaded, total) + &left }</span>
                <progress {value} max="1" data-testid="loading" data-loaded={loaded.to_string()} />
            </label>
            if engine.ready.is_some() {
                <p class="quiet">{ meanwhile(engine) }</p>
            }
        </div>
    }
}

/// The rate of the download since a time.
#[derive(Clone, Copy)]
struct DownloadRate {
    since: Instant,
    /// Bytes that were there by then.
    loaded_before: u64,
}

impl DownloadRate {
    /// Before, the rate is not known well enough.
    const KNOWN_AFTER: Duration = Duration::from_secs(3);
    /// Less is not worth a word.
    const WORTH_TELLING: Duration = Duration::from_secs(10);

    /// Time for the rest, if that is known and long.
    fn left(self, now: Instant, loaded: u64, total: u64) -> Option<Duration> {
        let elapsed = now.saturating_duration_since(self.since);
        let (came, rest) = (loaded.checked_sub(self.loaded_before)?, total.saturating_sub(loaded));
        let left = Duration::try_from_secs_f64(elapsed.as_secs_f64() * rest as f64 / came as f64).ok()?;
        (elapsed >= Self::KNOWN_AFTER && left >= Self::WORTH_TELLING).then_some(left)
    }
}

fn words(engine: &EngineState, loaded: u64, total: Option<u64>) -> String {
    let parts: Vec<String> = engine.loading.iter().map(|loading| loading.asset.to_string()).collect();
    match total {
        _ if parts.is_empty() => "Loading…".to_owned(),
        Some(total) if loaded >= total => format!("Starting {}…", parts.join(", ")),
        Some(total) => format!("Loading {}… {} of {} MB", parts.join(", "), megabytes(loaded), megabytes(total)),
        None => format!("Loading {}… {} MB", parts.join(", "), megabytes(loaded)),
    }
}

/// The engine that works while something loads.
fn meanwhile(engine: &EngineState) -> &'static str {
    let is_webgpu = |loading: &Loading| loading.asset == Asset::Program(DeviceKind::WebGpu);
    if engine.loading.iter().all(is_webgpu) {
        "The CPU answers until WebGPU is ready"
    } else {
        "Ferrum works meanwhile"
    }
}

/// Millions of bytes with two digits after the point: the smallest file has 0.03.
fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::DetectorKind;

    #[test]
    fn bytes_are_told_with_their_sum_where_it_is_known() {
        let part = |asset, total| Loading { asset, loaded: 250_000, total };
        let cases = [
            (vec![], "Loading…"),
            (
                vec![part(Asset::Detector(DetectorKind::BlazeFace), Some(1_000_000))],
                "Loading BlazeFace detector… 0.25 of 1.00 MB",
            ),
            (vec![part(Asset::Detector(DetectorKind::BlazeFace), Some(250_000))], "Starting BlazeFace detector…"),
            (
                vec![
                    part(Asset::Detector(DetectorKind::BlazeFace), Some(500_000)),
                    part(Asset::Program(DeviceKind::Cpu), None),
                ],
                "Loading BlazeFace detector, CPU engine… 0.50 MB",
            ),
        ];
        for (loading, expected) in cases {
            let engine = EngineState { loading, ..EngineState::default() };
            let (loaded, total) = engine.progress();
            assert_eq!(words(&engine, loaded, total), expected);
        }
    }

    #[test]
    fn the_time_left_is_told_once_it_is_known_and_long() {
        let since = Instant::now();
        let rate = DownloadRate { since, loaded_before: 1_000 };
        let cases = [(1, 2_000, None), (4, 5_000, Some(95)), (4, 95_000, None), (60, 1_000, None), (60, 0, None)];
        for (secs, loaded, expected) in cases {
            let left = rate.left(since + Duration::from_secs(secs), loaded, 100_000);
            assert_eq!(left.map(|left| left.as_secs()), expected, "{loaded} bytes after {secs} s");
        }
    }

    #[test]
    fn the_cpu_is_said_to_answer_only_while_webgpu_alone_loads() {
        let [gpu, detector] = [Asset::Program(DeviceKind::WebGpu), Asset::Detector(DetectorKind::BlazeFace)]
            .map(|asset| Loading { asset, loaded: 1, total: None });
        for (loading, word) in [(vec![gpu], "CPU"), (vec![gpu, detector], "Ferrum"), (vec![detector], "Ferrum")] {
            let engine = EngineState { loading, ..EngineState::default() };
            assert!(meanwhile(&engine).contains(word), "{:?}", engine.loading);
        }
    }
}
