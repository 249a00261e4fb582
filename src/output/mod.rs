//! What a run leaves behind: tables (CSV, Parquet, text), pictures (PNG), animations (GIF), plots (SVG, PNG).
//!
//! Everything here only looks at what it is given and writes files; nothing here knows what a model is. Every file is
//! written beside its destination and put in place in one move, so a file that exists is complete.

mod animation;
mod chart;
mod colours;
mod csv;
mod file;
mod label;
mod legend;
mod marks;
mod paint;
mod palette;
mod parquet;
mod parquet_read;
mod picture;
mod plot;
mod resample;
mod table;
mod text;

pub use animation::Animation;
pub use chart::{Bar, Chart, Estimates, side_by_side};
pub use colours::value_colour;
pub use csv::{to_csv, write_csv};
pub use file::{create_folder, write_atomically};
pub use paint::{AgentsView, LayerView, Look, Scene, paint};
pub use palette::Palette;
pub use parquet::{parquet_bytes, write_parquet};
pub use parquet_read::{read_parquet, read_parquet_bytes};
pub use picture::{Picture, write_png};
pub use plot::{Series, plot_lines};
pub use table::{Column, Table, Values};
pub use text::to_text;
