//! A model of one's own, from text, its agents read as a Rust type, changed, and written back.
//!
//! cargo run --release --example custom_model

use glam::IVec2;
use throng::{Model, Run, Simulation};

/// Termites carry wood chips about and put each down where another already lies. Dropping is an `add`, so that several
/// may drop onto one cell in one step and no order can show.
const TERMITES: &str = r#"
//! # Termites put wood chips down where others lie.
//! [grid]
//! wrap = true
//! [agents]
//! number = 400
//! [params]
//! density = { default = 0.2, type = "probability", help = "share of cells that hold a chip at first" }
//! [layers]
//! chips = { bits = 8, from = "scatter" }
//! [step]
//! stages = ["work"]
//! [metrics]
//! lying = { sum = "chips" }
//! carried = { sum = "load" }
//! piles = { count = "chips" }

struct Agent { pos: vec2<i32>, load: u32, walked: u32 }

fn scatter(at: vec2<i32>) -> u32 {
    return select(0u, 1u, random_chance(params.density));
}

fn work(me: Agent) -> Agent {
    var next = me;
    next.pos = neighbour8(me.pos, random_u32() >> 29u);
    next.walked += me.load;
    if me.load == 1u && chips(me.pos) > 0u {
        add_chips(me.pos, 1u);
        next.load = 0u;
    }
    return next;
}
"#;

#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Termite {
    pos: IVec2,
    load: u32,
    walked: u32,
}
throng::agent_type!(Termite { pos, load, walked });

fn main() -> throng::Result<()> {
    let mut simulation = Simulation::of(Model::text("termites", TERMITES)?).size(128, 128).seed(7).build()?;
    let mut termites: Vec<Termite> = simulation.agents(0)?;
    termites.iter_mut().for_each(|termite| termite.load = 1);
    simulation.set_agents(0, &termites)?;

    let wood = |simulation: &mut Simulation| -> throng::Result<f64> {
        Ok(simulation.metric("lying")?[0] + simulation.metric("carried")?[0])
    };
    let before = wood(&mut simulation)?;
    simulation.run(&Run::steps(200))?;
    println!("{before} chips before, {} after: none is lost", wood(&mut simulation)?);
    println!("{} termites still carry one", simulation.metric("carried")?[0]);
    let highest = simulation.layer("chips", 0)?.into_iter().max().unwrap_or(0);
    println!("the highest pile has {highest}");
    Ok(())
}
