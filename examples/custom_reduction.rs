//! Two reductions that the model does not declare: one more metric on the device, and one in Rust over what is read back.
//!
//! cargo run --release --example custom_reduction

use throng::{Model, Run, Simulation};

fn main() -> throng::Result<()> {
    let model = Model::builtin("explorers")?
        .with_metric("luck", r#"{ variance = "found" }"#)?
        .with_metric("finds", r#"{ histogram = "found", bins = 5, range = [0, 100] }"#)?;
    let finds = model.metrics.len() - 1;
    let mut simulation = Simulation::of(model).size(200, 200).agents(300).seed(3).build()?;
    simulation.run(&Run::steps(200))?;
    println!("variance of what explorers found: {:.1}", simulation.metric("luck")?[0]);
    let record = &simulation.measure()?[0];
    if let Some(bins) = record.bins(finds, &simulation.model().metrics[finds]) {
        println!("explorers with 0-19, 20-39, … 80-99 finds, 100 or more: {:?}", &bins[1..]);
    }

    // The mean distance of explorers from their centre, which no declared reduction gives.
    let positions = simulation.positions("agent", 0)?;
    let count = positions.len() as f32;
    let centre = positions.iter().fold(glam::Vec2::ZERO, |sum, at| sum + at.as_vec2()) / count;
    let spread = positions.iter().map(|at| at.as_vec2().distance(centre)).sum::<f32>() / count;
    println!("mean distance from their centre: {spread:.1} cells");
    Ok(())
}
