use throng::*;
#[test]
fn smoke() {
    for name in ["walkers", "explorers", "node-counting"] {
        let mut s = Simulation::of(Model::builtin(name).unwrap()).size(64, 64).agents(64).worlds(4).seed(1).backend(BackendChoice::Cpu).build().unwrap();
        s.run(&Run::steps(100).every(10)).unwrap();
        println!("{name} {:?} {:x}", s.metric("coverage").unwrap(), s.state_hash().unwrap());
    }
}
