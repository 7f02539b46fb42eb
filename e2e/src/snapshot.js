// Everything the page says through its data-testid elements, at one moment. See snapshot.rs for the fields.
const all = (id) => [...document.querySelectorAll(`[data-testid="${id}"]`)];
const one = (id) => all(id)[0];
const device = one("device-state");
const size = one("analysis-size");
const detector = one("detector-state");
const keyPoints = one("key-points");
return {
  device: device
    ? {
        device: device.dataset.device ?? "",
        state: device.dataset.state ?? "",
        network: device.dataset.network ?? "",
        text: device.innerText,
      }
    : null,
  detector: detector
    ? {
        state: detector.dataset.state ?? "",
        kind: detector.dataset.detector ?? "",
        range: detector.dataset.range ?? "",
        text: detector.innerText,
      }
    : null,
  keyPoints: { checked: keyPoints?.checked ?? false, disabled: keyPoints?.disabled ?? true },
  status: one("status")?.innerText ?? "",
  problems: all("problem").map((problem) => problem.innerText),
  notice: one("notice")?.innerText ?? null,
  faces: all("face-row").map(({ dataset: face }) => ({
    rect: [face.x, face.y, face.width, face.height].map(Number),
    id: face.id ? Number(face.id) : null,
    label: face.label,
    confidence: Number(face.confidence),
    sure: face.sure === "true",
    selected: face.selected === "true",
  })),
  probabilities: all("probability").map(({ dataset }) => ({ emotion: dataset.emotion, value: Number(dataset.value) })),
  votes: all("vote").map(({ dataset }) => ({ vote: dataset.vote, value: Number(dataset.value) })),
  verification: one("verification")?.dataset.state ?? "",
  verified: all("verified").map(({ dataset }) => ({
    device: dataset.device,
    difference: Number(dataset.difference),
    ms: Number(dataset.ms),
    submit_ms: Number(dataset.submitMs),
    agrees: dataset.agrees === "true",
  })),
  shares: all("share-row").map(({ dataset: share }) => ({
    emotion: share.emotion,
    count: Number(share.count),
    secs: Number(share.secs),
    relative: Number(share.relative),
  })),
  // Set for a photo only once all of it was searched.
  analysisSize: size && size.dataset.done === "true" ? [Number(size.dataset.width), Number(size.dataset.height)] : null,
  readBy: size
    ? {
        network: size.dataset.network ?? "",
        device: size.dataset.device ?? "",
        detector: size.dataset.detector ?? "",
        fullRange: size.dataset.fullRange === "true",
      }
    : null,
  hasNoFace: one("no-face") !== undefined,
  fps: one("fps") ? Number(one("fps").dataset.value) : null,
  isLoading: one("loading") !== undefined,
  hasCamera: one("camera-stop") !== undefined,
};
