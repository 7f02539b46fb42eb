// Two programs that classify faces, timed in turns and compared: in Node and in a page.

const FACE_LEN = 48 * 48;
const BATCHES = [1, 4, 16];
// Sums of thousands of products in single precision, in another order: probabilities agree to five digits.
const TOLERANCE = 1e-4;

/**
 * Compares `ours` and `theirs`, functions from faces to probabilities, and says a line of each batch. With `gpu`, which
 * is `webgpu-calls.mjs`, also what either asks of the GPU.
 */
export async function compare(programs, nRuns, say, gpu) {
  say("batch  Ferrum ms/face  onnxruntime-web ms/face  ratio  greatest difference");
  const batches = [];
  for (const batch of BATCHES) batches.push(await compareBatch(batch, programs, nRuns, say, gpu));
  return batches;
}

/** Whether the two agreed everywhere; what is not a number does not. */
export function isFine(batches) {
  return batches.every((row) => row.difference <= TOLERANCE);
}

/** From a function that gives onnxruntime-web's logits to one that gives probabilities, by the card's temperatures. */
export function probabilities(classify, card) {
  const { temperature = 1, votes_temperature = 1 } = card.calibration ?? {};
  return async (faces) => {
    const { label_logits, votes_logits = [] } = await classify(faces);
    const labels = softmax(label_logits, 7, temperature);
    return labels.concat(softmax(votes_logits, 8, votes_temperature ?? 1));
  };
}

function softmax(logits, width, temperature) {
  const shares = [];
  for (let start = 0; start < logits.length; start += width) {
    const row = Array.from(logits.slice(start, start + width), (logit) => logit / temperature);
    const powers = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const sum = powers.reduce((a, b) => a + b);
    shares.push(...powers.map((power) => power / sum));
  }
  return shares;
}

/** Grey levels of waves with noise, from a linear congruential generator (Numerical Recipes' constants). */
function makeFaces(n) {
  let state = 1;
  const noise = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Uint8Array.from({ length: n * FACE_LEN }, (_, i) => 128 + 60 * Math.sin(i / 97) + 40 * Math.sin(i / 7) + 50 * (noise() - 0.5));
}

async function compareBatch(batch, programs, nRuns, say, gpu) {
  const faces = makeFaces(batch);
  const ms = { ours: [], theirs: [] };
  const calls = { ours: [], theirs: [] };
  const shares = {};
  // Some runs more, not counted: the engine compiles what is hot meanwhile.
  for (let run = -Math.min(20, nRuns); run < nRuns; run++) {
    for (const [name, classify] of Object.entries(programs)) {
      gpu?.reset();
      const start = performance.now();
      shares[name] = await classify(faces);
      if (run < 0) continue;
      ms[name].push((performance.now() - start) / batch);
      if (gpu) calls[name].push(gpu.counted());
    }
  }
  const row = { batch, ours_ms: median(ms.ours), theirs_ms: median(ms.theirs) };
  row.ratio = row.ours_ms / row.theirs_ms;
  row.difference = greatestDifference(shares);
  const columns = [String(batch).padStart(5), row.ours_ms.toFixed(2).padStart(14), row.theirs_ms.toFixed(2).padStart(23)];
  columns.push(row.ratio.toFixed(2).padStart(5), row.difference.toExponential(1));
  if (!(row.difference <= TOLERANCE)) columns.push("OUTPUTS DIFFER");
  say(columns.join("  "));
  if (gpu) row.gpu = { ours: sayCalls("Ferrum", calls.ours, say), theirs: sayCalls("onnxruntime-web", calls.theirs, say) };
  return row;
}

/** The medians of what the calls of a program asked of the GPU. */
function sayCalls(name, calls, say) {
  const medians = Object.fromEntries(Object.keys(calls[0]).map((key) => [key, median(calls.map((call) => call[key]))]));
  const { dispatches, submits, read_backs, cpu_ms, ms } = medians;
  const counts = `${dispatches} dispatches, ${submits} submits, ${read_backs} read-backs`;
  say(`       ${name}: ${counts}; ${cpu_ms.toFixed(1)} of ${ms.toFixed(1)} ms a call until the last submit`);
  return medians;
}

/** NaN if they are not as many. */
function greatestDifference({ ours, theirs }) {
  if (ours.length !== theirs.length) return NaN;
  return Array.from(ours).reduce((greatest, share, i) => Math.max(greatest, Math.abs(share - theirs[i])), 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
