//! The window.

fn main() {
    yew::Renderer::<app::components::App>::new().render();
}
