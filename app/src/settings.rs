//! The person's settings, kept from visit to visit.

use pipeline::PoorFramePolicy;

use crate::engine::{DeviceChoice, EngineSettings};

/// The person's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The engine's settings; they change only by [`EngineEvent::Settings`](crate::engine::EngineEvent::Settings). At
    /// first Ferrum's own network, where it was measured to be faster, and `BlazeFace`, which finds more faces in less
    /// time.
    pub engine: EngineSettings,
    /// Whether a camera that faces the person is shown as in a mirror. At first yes, as people know themselves.
    pub mirror: bool,
    /// Whether eyes, nose, mouth and ears are marked, where the detector finds them. At first no: they cover the face.
    pub key_points: bool,
    /// Whether frames in which a face is poorly seen are left out of the shares. At first yes: what is read there is
    /// guessed.
    pub leave_out_poor: bool,
    /// The camera used last, by the browser's id.
    pub camera: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { engine: EngineSettings::default(), mirror: true, key_points: false, leave_out_poor: true, camera: None }
    }
}

impl Settings {
    /// Keys in the store.
    const NETWORK: &str = "ferrum.network";
    const DEVICE: &str = "ferrum.device-choice";
    /// Earlier versions kept `webgpu` here for everybody who did not choose the CPU.
    const OLDER_DEVICE: &str = "ferrum.device";
    const DETECTOR: &str = "ferrum.detector";
    const MIRROR: &str = "ferrum.mirror";
    const KEY_POINTS: &str = "ferrum.key-points";
    const LEAVE_OUT_POOR: &str = "ferrum.leave-out-poor";
    const CAMERA: &str = "ferrum.camera";

    /// The settings in a store of texts. Settings that are absent or unknown there have their default.
    pub(crate) fn load(read: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        Self {
            engine: EngineSettings {
                network: read(Self::NETWORK).and_then(|id| id.parse().ok()).unwrap_or(default.engine.network),
                device: read(Self::DEVICE).and_then(|id| device_from_id(&id)).unwrap_or_else(|| older_device(&read)),
                detector: read(Self::DETECTOR).and_then(|id| id.parse().ok()).unwrap_or(default.engine.detector),
            },
            mirror: read(Self::MIRROR).and_then(|word| word.parse().ok()).unwrap_or(default.mirror),
            key_points: read(Self::KEY_POINTS).and_then(|word| word.parse().ok()).unwrap_or(default.key_points),
            leave_out_poor: read(Self::LEAVE_OUT_POOR)
                .and_then(|word| word.parse().ok())
                .unwrap_or(default.leave_out_poor),
            camera: read(Self::CAMERA).filter(|id| !id.is_empty()),
        }
    }

    /// The texts to store, by key.
    pub(crate) fn entries(&self) -> [(&'static str, String); 7] {
        [
            (Self::NETWORK, self.engine.network.id().to_owned()),
            (Self::DEVICE, device_id(self.engine.device).to_owned()),
            (Self::DETECTOR, self.engine.detector.id().to_owned()),
            (Self::MIRROR, self.mirror.to_string()),
            (Self::KEY_POINTS, self.key_points.to_string()),
            (Self::LEAVE_OUT_POOR, self.leave_out_poor.to_string()),
            (Self::CAMERA, self.camera.clone().unwrap_or_default()),
        ]
    }

    /// How low-quality frames count.
    pub(crate) fn poor_frames(&self) -> PoorFramePolicy {
        if self.leave_out_poor { PoorFramePolicy::Separate } else { PoorFramePolicy::Counted }
    }
}

fn older_device(read: impl Fn(&str) -> Option<String>) -> DeviceChoice {
    let is_cpu = read(Settings::OLDER_DEVICE).as_deref() == Some(device_id(DeviceChoice::Cpu));
    if is_cpu { DeviceChoice::Cpu } else { DeviceChoice::Auto }
}

/// Every device choice, in the order of the menu.
pub(crate) const DEVICE_CHOICES: [DeviceChoice; 3] = [DeviceChoice::Auto, DeviceChoice::WebGpu, DeviceChoice::Cpu];

/// The word for a device choice in the store and in the menu's values.
pub(crate) fn device_id(device: DeviceChoice) -> &'static str {
    match device {
        DeviceChoice::Auto => "auto",
        DeviceChoice::WebGpu => "webgpu",
        DeviceChoice::Cpu => "cpu",
    }
}

/// The inverse of [`device_id`].
pub(crate) fn device_from_id(id: &str) -> Option<DeviceChoice> {
    DEVICE_CHOICES.into_iter().find(|&device| device_id(device) == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::DetectorKind;
    use model_core::Architecture;

    #[test]
    fn settings_are_read_back() {
        let camera = Some("4f".to_owned());
        for device in DEVICE_CHOICES {
            for network in Architecture::ALL {
                let engine = EngineSettings { network, device, detector: DetectorKind::Haar };
                let camera = camera.clone();
                let settings = Settings { engine, mirror: false, key_points: true, leave_out_poor: false, camera };
                let entries = settings.entries();
                let read = |key: &str| entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1.clone());
                assert_eq!(Settings::load(read), settings);
            }
        }
    }

    #[test]
    fn of_the_device_of_an_earlier_version_only_the_cpu_was_a_choice() {
        for (word, expected) in [("cpu", DeviceChoice::Cpu), ("webgpu", DeviceChoice::Auto)] {
            let settings = Settings::load(|key| (key == "ferrum.device").then(|| word.to_owned()));
            let engine = EngineSettings { device: expected, ..EngineSettings::default() };
            assert_eq!(settings, Settings { engine, ..Settings::default() });
        }
    }

    #[test]
    fn what_is_absent_or_garbled_has_its_default() {
        assert_eq!(Settings::load(|_| None), Settings::default());
        assert_eq!(Settings::load(|_| Some(String::new())), Settings::default());
        let garbled = Settings::load(|_| Some("\u{0}{!".to_owned()));
        assert_eq!(Settings { camera: None, ..garbled }, Settings::default());
    }
}
