//! Search: methods on functions whose optimum is known, the driver, models with a best parameter that is known.

mod command;
mod driver;
mod functions;
mod learned;
mod methods;
mod models;
mod vectors;
