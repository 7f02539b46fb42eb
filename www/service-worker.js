// Keeps the files of one version of the page in the browser, so that it works without a network and never mixes versions.
// Browsers want a script here; it holds nothing but this. `cargo xtask build` writes it into dist/ with the list of files.
const FILES = new Map(Object.entries(/* files */ {}));
const FIRST = new Set(/* first */ []);
const CACHE = "ferrum-/* version */";

// A new version is installed as a whole or not at all, and takes over once every tab with the old one is closed.
self.addEventListener("install", (event) => event.waitUntil(Promise.all([...FIRST].map(install))));
self.addEventListener("activate", (event) => event.waitUntil(deleteOtherVersions()));
self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (event.request.method === "GET" && FILES.has(path)) event.respondWith(kept(path));
});

// Relative to the folder that the page lies in; undefined for what lies elsewhere.
function pathOf(request) {
  const { scope } = self.registration;
  const url = request.url.split(/[?#]/)[0];
  return url.startsWith(scope) ? url.slice(scope.length) || "index.html" : undefined;
}

async function install(path) {
  const response = await kept(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
}

async function kept(path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetched(path, cache);
}

async function fetched(path, cache) {
  const response = await fetch(new Request(path, { cache: "no-cache" }));
  if (!response.ok) return response;
  const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
  if (hex(digest) !== FILES.get(path)) {
    const statusText = "Ferrum was updated: close every tab of it and open it again";
    return new Response(null, { status: 409, statusText });
  }
  // The store may be full: then the file is asked for again the next time.
  await cache.put(path, response.clone()).catch(() => {});
  return response;
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function deleteOtherVersions() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("ferrum-") && name !== CACHE).map((name) => caches.delete(name)));
}
