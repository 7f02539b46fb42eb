//! The components on the screen: properties in, callbacks out.

mod about;
mod alerts;
mod announcer;
mod app;
mod badge;
mod below_picture;
mod card;
mod choice;
mod compare;
mod costs;
mod detector;
mod drawer;
mod drawing;
mod engine_bar;
mod expression;
mod faces;
mod facts;
mod header;
mod inspector;
mod invitation;
mod loading;
mod probabilities;
mod raster;
mod search;
mod self_test;
mod shares;
mod side;
mod stage;
mod status;
mod strip;
mod timeline;
mod toolbar;
mod video;
mod views;
mod votes;

pub use app::App;
