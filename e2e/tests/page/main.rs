//! The page as a person uses it, in a real browser. `cargo xtask e2e` builds the page first and runs these.
//!
//! Each test has its own server, browser and empty profile. Pictures of the page are left in `target/e2e-screenshots`.

mod accessible;
mod agreement;
mod bad_input;
mod browsers;
mod camera;
mod camera_states;
mod card;
mod compare;
mod detector;
mod devices;
mod inspector;
mod layout;
mod loading;
mod offline;
mod photo;
mod photos;
mod privacy;
mod unsure;
mod verify;
mod video;

/// Names of the seven labels.
const EMOTIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

/// The network that reads faces unless another is chosen.
const DEFAULT: &str = "ferrum";

/// Every network, in the page's order.
const NETWORKS: [&str; 4] = ["ferrum", "small", "residual", "unet"];
