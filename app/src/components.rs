//! What is on the screen: properties in, callbacks out.

mod about;
mod alerts;
mod app;
mod choice;
mod costs;
mod engine_bar;
mod faces;
mod facts;
mod header;
mod loading;
mod probabilities;
mod results;
mod shares;
mod stage;
mod toolbar;

pub use app::App;
