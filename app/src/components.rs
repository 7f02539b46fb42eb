//! What is on the screen: properties in, callbacks out.

mod about;
mod alerts;
mod app;
mod card;
mod check;
mod choice;
mod compare;
mod costs;
mod detector;
mod drawing;
mod engine_bar;
mod faces;
mod facts;
mod header;
mod inspector;
mod loading;
mod plate;
mod probabilities;
mod raster;
mod results;
mod search;
mod shares;
mod stage;
mod strip;
mod toolbar;
mod tools;
mod votes;

pub use app::App;
