//! The worker with WebGPU built in: large, so it is fetched after the other.

fn main() {
    app::worker::run();
}
