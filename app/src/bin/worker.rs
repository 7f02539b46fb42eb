//! The worker on the CPU: small, so it gives the first label.

fn main() {
    app::worker::run();
}
