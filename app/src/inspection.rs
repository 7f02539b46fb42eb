//! The worker's inspection of the selected face. It comes with the camera's frames, so no reducer sees it; the view
//! that a person chose is in [`state`](crate::state).

use std::{rc::Rc, time::Duration};

use model_core::Architecture;
use web_time::Instant;
use yew::Callback;

use crate::protocol::{Comparison, GreyBytes, InspectKind, InspectRequest, Inspection, LayerInspection, Weights};

/// The part of the selected face's analysis that a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InspectionTarget {
    /// The activations of a layer of the network in use.
    Layer {
        /// The network in use.
        network: Architecture,
        /// Index of `model_core::LayerTable::features`.
        layer: usize,
    },
    /// The predictions of every network.
    Compare,
}

/// The newest inspections of the selected face, and which one is asked for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct InspectionState {
    target: Option<InspectionTarget>,
    looked: Option<Rc<LayerInspection>>,
    compared: Option<Rc<Comparison>>,
    /// Weights of the networks that were looked at: they are asked for once.
    weights: Vec<(Architecture, Shared<Weights>)>,
    is_awaited: bool,
    asked_at: Option<Instant>,
    on_news: Callback<()>,
}

/// Equal only to itself: large data that never change.
#[derive(Debug)]
pub(crate) struct Shared<T>(pub Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl InspectionTarget {
    /// Time between two inspections of the faces of frames: so short that maps seem to move, so long that at 20 frames
    /// a second every other one goes without. A comparison runs all networks and is read, not watched.
    fn pause(self) -> Duration {
        match self {
            Self::Layer { .. } => Duration::from_millis(90),
            Self::Compare => Duration::from_millis(400),
        }
    }
}

impl InspectionState {
    /// `on_news` is called when there is something new to show.
    pub(crate) fn set_listening(&mut self, on_news: Callback<()>) {
        self.on_news = on_news;
    }

    /// The callback for news. To be called when this is not borrowed any more.
    pub(crate) fn listener(&self) -> Callback<()> {
        self.on_news.clone()
    }

    /// The target from now on. Results for another tool are forgotten; the maps of another layer stay until the new
    /// ones come.
    pub(crate) fn set_target(&mut self, target: Option<InspectionTarget>) {
        if self.target != target {
            self.asked_at = None;
        }
        if !matches!(target, Some(InspectionTarget::Layer { .. })) {
            self.looked = None;
        }
        if target != Some(InspectionTarget::Compare) {
            self.compared = None;
        }
        self.target = target;
    }

    /// The request for the selected face of a frame; `None` while it is too soon.
    pub(crate) fn request_in_time(&mut self, face: &GreyBytes, now: Instant) -> Option<InspectRequest> {
        let pause = self.target?.pause();
        if self.asked_at.is_some_and(|asked_at| now.saturating_duration_since(asked_at) < pause) {
            return None;
        }
        self.asked_at = Some(now);
        self.request(face)
    }

    /// The request for the selected face.
    pub(crate) fn request(&mut self, face: &GreyBytes) -> Option<InspectRequest> {
        let kind = match self.target? {
            InspectionTarget::Layer { network, layer } => {
                InspectKind::Layer { layer, with_weights: self.weights(network).is_none() }
            }
            InspectionTarget::Compare => InspectKind::Compare,
        };
        self.is_awaited = true;
        Some(InspectRequest { face: face.clone(), kind })
    }

    /// Take in an answer.
    pub(crate) fn take(&mut self, answer: Inspection) {
        match answer {
            Inspection::Layer(looked) => self.take_layer(*looked),
            Inspection::Comparison(comparison) if self.is_awaited && self.target == Some(InspectionTarget::Compare) => {
                self.compared = Some(Rc::new(comparison));
            }
            Inspection::Comparison(_) => {}
        }
    }

    fn take_layer(&mut self, mut looked: LayerInspection) {
        if let Some(weights) = looked.weights.take() {
            self.weights.retain(|(network, _)| *network != looked.network);
            self.weights.push((looked.network, Shared(Rc::new(weights))));
        }
        if self.is_awaited && matches!(self.target, Some(InspectionTarget::Layer { .. })) {
            self.looked = Some(Rc::new(looked));
        }
    }

    /// There is no face any more: forget the one that was, and the answer that may still come.
    pub(crate) fn clear(&mut self) {
        (self.looked, self.compared, self.is_awaited, self.asked_at) = (None, None, false, None);
    }

    /// The newest look at a layer.
    pub(crate) fn looked(&self) -> Option<Rc<LayerInspection>> {
        self.looked.clone()
    }

    /// The newest comparison.
    pub(crate) fn compared(&self) -> Option<Rc<Comparison>> {
        self.compared.clone()
    }

    /// The weights of `network`, if it was looked at.
    pub(crate) fn weights(&self, network: Architecture) -> Option<Shared<Weights>> {
        self.weights.iter().find(|(other, _)| *other == network).map(|(_, weights)| weights.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{F32Bytes, Maps};
    use model_core::{DeviceKind, Prediction, Scores};

    const LAYER: InspectionTarget = InspectionTarget::Layer { network: Architecture::Small, layer: 2 };

    fn looked(with_weights: bool) -> LayerInspection {
        let maps = Maps { n: 1, width: 1, height: 1, values: F32Bytes([0.5].into()) };
        LayerInspection {
            face: GreyBytes::default(),
            network: Architecture::Small,
            device: DeviceKind::Cpu,
            prediction: Prediction {
                scores: Scores::from_logits([0.0; 7]).unwrap(),
                label_head: None,
                is_sure: true,
                votes: None,
            },
            layer: 2,
            maps: maps.clone(),
            weights: with_weights.then_some(Weights { filters: vec![], first_dense: maps }),
        }
    }

    fn kind(request: Option<InspectRequest>) -> Option<InspectKind> {
        request.map(|request| request.kind)
    }

    #[test]
    fn weights_are_asked_for_until_they_have_come() {
        let mut inspection = InspectionState::default();
        assert_eq!(kind(inspection.request(&GreyBytes::default())), None, "nothing is wanted");
        inspection.set_target(Some(LAYER));
        let layer = |with_weights| Some(InspectKind::Layer { layer: 2, with_weights });
        assert_eq!(kind(inspection.request(&GreyBytes::default())), layer(true));
        inspection.take(Inspection::Layer(Box::new(looked(true))));
        assert_eq!(kind(inspection.request(&GreyBytes::default())), layer(false));
        assert!(inspection.weights(Architecture::Small).is_some() && inspection.weights(Architecture::UNet).is_none());
    }

    #[test]
    fn a_camera_is_asked_after_a_pause_and_at_once_for_something_else() {
        let (mut inspection, start) = (InspectionState::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        inspection.set_target(Some(LAYER));
        for (ms, expected) in [(0, true), (50, false), (100, true), (140, false)] {
            assert_eq!(inspection.request_in_time(&GreyBytes::default(), after(ms)).is_some(), expected, "{ms}");
        }
        inspection.set_target(Some(InspectionTarget::Compare));
        assert_eq!(kind(inspection.request_in_time(&GreyBytes::default(), after(150))), Some(InspectKind::Compare));
    }

    #[test]
    fn answers_to_what_is_gone_are_not_shown() {
        let mut inspection = InspectionState::default();
        inspection.take(Inspection::Layer(Box::new(looked(false))));
        assert!(inspection.looked().is_none(), "nothing is wanted");
        inspection.set_target(Some(LAYER));
        inspection.request(&GreyBytes::default());
        inspection.take(Inspection::Layer(Box::new(looked(false))));
        assert!(inspection.looked().is_some());
        inspection.clear();
        inspection.take(Inspection::Layer(Box::new(looked(false))));
        assert!(inspection.looked().is_none(), "the face has left");
        inspection.request(&GreyBytes::default());
        inspection.take(Inspection::Layer(Box::new(looked(false))));
        inspection.set_target(Some(InspectionTarget::Compare));
        assert!(inspection.looked().is_none(), "another tool");
    }
}
