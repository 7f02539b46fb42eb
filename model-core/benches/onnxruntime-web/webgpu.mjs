// Times a network of `model-core` on WebGPU beside the same network in onnxruntime-web on WebGPU: in a page, as WebGPU is
// found in browsers. How to call it: ../README.md

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ORT_VERSION, install } from "./runtime.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
const OUT = join(TARGET, "model-bench-webgpu");
const TYPES = { ".html": "text/html", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

const { values: args } = parseArgs({
  options: {
    network: { type: "string", default: "ferrum" },
    runs: { type: "string", default: "101" },
    json: { type: "string" },
    browser: { type: "string" },
    "url-only": { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false },
    // Compile what the page loads, and end.
    "build-only": { type: "boolean", default: false },
  },
});

install();
if (!args["no-build"]) build();
if (args["build-only"]) process.exit();
const server = createServer(answer).listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const address = `http://localhost:${port}/webgpu.html?network=${args.network}&runs=${args.runs}&ort=${ORT_VERSION}`;
  if (args["url-only"]) {
    // A page has WebGPU on its own machine's name alone, or by HTTPS: a tunnel lends it that name.
    console.log(address);
    console.log(`On another machine: ssh -N -L ${port}:localhost:${port} THIS_MACHINE, then open the address there.\n`);
  } else {
    console.log(`Open ${address} in a browser with WebGPU: the figures come back here.\n`);
  }
  if (args.browser) open(args.browser, address);
});

/** Compiles model-core to wasm as the page's WebGPU worker is compiled, and writes the network as ONNX. */
function build() {
  const run = (command, ...rest) => execFileSync(command, rest, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  const features = ["--features", "webgpu"];
  run("cargo", "build", "--quiet", "-p", "model-bench", ...features, "--target", "wasm32-unknown-unknown", "--profile", "web");
  const module = join(TARGET, "wasm32-unknown-unknown/web/model_bench.wasm");
  run("wasm-bindgen", module, "--target", "web", "--no-typescript", "--out-dir", OUT);
  const onnx = join(OUT, `${args.network}.onnx`);
  run("cargo", "run", "--quiet", "-p", "trainer-native", "--", "onnx", args.network, "--out", onnx);
}

/** Gives the page its files, and takes what it found. */
function answer(request, response) {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  if (request.method === "POST") {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      response.end();
      take(path, JSON.parse(body));
    });
    return;
  }
  const [, folder, ...rest] = path.split("/");
  const folders = { ort: join(HERE, "node_modules/onnxruntime-web/dist"), built: OUT, models: join(ROOT, "www/models") };
  const file = folders[folder] ? join(folders[folder], ...rest) : join(HERE, path);
  try {
    const bytes = readFileSync(file);
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    response.end(bytes);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}

/** A line that the page says, or its report at the end. */
function take(path, message) {
  if (path === "/line") return console.log(message);
  console.log(JSON.stringify(message));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(message, null, 2)}\n`);
  for (const fault of message.faults ?? []) console.error(fault);
  if (message.error || message.faults.length > 0) process.exitCode = 1;
  server.close();
  server.closeAllConnections();
  opened?.end();
}

let opened;

/** A headless Chromium, which has WebGPU by software where there is no graphics card. */
function open(browser, address) {
  const profile = mkdtempSync(join(tmpdir(), "ferrum-bench-"));
  const options = ["--headless", "--no-sandbox", "--enable-unsafe-webgpu", "--no-first-run", `--user-data-dir=${profile}`];
  const child = spawn(browser, [...options, address], { stdio: "ignore" });
  child.on("error", (error) => take("/report", { error: `cannot start ${browser}: ${error.message}` }));
  opened = {
    end() {
      child.once("exit", () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
      child.kill();
    },
  };
}
