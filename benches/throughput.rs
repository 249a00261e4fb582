mod reference;
use std::time::Instant;
use reference::{Batch, Reference, explorers::Explorers, walkers::Walkers};
use throng::{BackendChoice, Model, Run, Simulation};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let wanted = |s: &str| args.is_empty() || args.iter().any(|a| s.contains(a.as_str()));
    for (model, steps) in [("walkers", 50u32), ("explorers", 10)] {
        for batch in [Batch { side: 2048, agents: 1 << 20, worlds: 1 }, Batch { side: 64, agents: 256, worlds: 4096 }] {
            for threads in [1usize, 2] {
                let name = format!("{model}/{}/{threads}", batch.worlds);
                if !wanted(&name) { continue; }
                let mut by_hand: Box<dyn Reference> = if model == "walkers" { Box::new(Walkers::new(&batch, threads)) } else { Box::new(Explorers::new(&batch, threads)) };
                let mut throng = Simulation::of(Model::builtin(model).unwrap()).size(batch.side, batch.side).wraps(true)
                    .agents(batch.agents).worlds(batch.worlds).threads(threads).backend(BackendChoice::Cpu).build().unwrap();
                let n = batch.agents as f64 * batch.worlds as f64 * steps as f64;
                let mut ratios = vec![]; let mut a=vec![]; let mut b=vec![];
                assert_eq!(by_hand.state_hash(), throng.state_hash().unwrap(), "start");
                for _ in 0..7 {
                    let t = Instant::now(); by_hand.advance(steps); let r = t.elapsed().as_secs_f64();
                    let t = Instant::now(); throng.run(&Run::steps(steps as u64)).unwrap(); let h = t.elapsed().as_secs_f64();
                    ratios.push(h / r); a.push(r/n*1e9); b.push(h/n*1e9);
                }
                let equal = by_hand.state_hash() == throng.state_hash().unwrap();
                for v in [&mut ratios, &mut a, &mut b] { v.sort_by(f64::total_cmp); }
                println!("{name:20} ref ns min {:.2} med {:.2}  throng min {:.2} med {:.2}  ratio med {:.3} ({:.3}-{:.3}) min/min {:.3} equal {equal}", a[0], a[3], b[0], b[3], ratios[3], ratios[0], ratios[6], b[0]/a[0]);
                if !equal { println!("{:x} {:x}", by_hand.state_hash(), throng.state_hash().unwrap()); }
            }
        }
    }
}
