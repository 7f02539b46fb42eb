// Counts what a program asks of the GPU in a call: dispatches, submits, read-backs, and how long it takes to the last submit.

/** The counts of the call that runs now. */
let calls;

/** To be called before each call. */
export function reset() {
  calls = { dispatches: 0, submits: 0, read_backs: 0, start: performance.now(), last_submit: NaN };
}

/** What was counted since `reset`: `cpu_ms` from there to the end of the last submit, `ms` until now. */
export function counted() {
  const { start, last_submit, ...counts } = calls;
  return { ...counts, cpu_ms: last_submit - start, ms: performance.now() - start };
}

/** Has `count` run after each call of a method of WebGPU. */
function watch({ prototype }, name, count) {
  const method = prototype[name];
  prototype[name] = function (...args) {
    const result = method.apply(this, args);
    count();
    return result;
  };
}

/** Begins to count, in every program of this page. */
export function install() {
  reset();
  for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"]) {
    watch(GPUComputePassEncoder, name, () => (calls.dispatches += 1));
  }
  watch(GPUBuffer, "mapAsync", () => (calls.read_backs += 1));
  watch(GPUQueue, "submit", () => {
    calls.submits += 1;
    calls.last_submit = performance.now();
  });
}
