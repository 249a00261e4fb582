//! One suite for all backends: a model enrols in one line, and must have the same state after every step and the same
//! records on the CPU and on the GPU (a software device will do), however the batch is cut.

#[path = "backends/case.rs"]
mod case;
#[path = "backends/models.rs"]
mod models;
#[path = "backends/oracle.rs"]
mod oracle;

use case::{Case, adapter, must};
use throng::gpu::{Adapter, Limits};
use throng::plan::{Advance, Agents, Backend, Schedule};
use throng::world::map::{Generator, Map};
use throng::{Error, Model};

fn builtin(name: &str) -> Model {
    Model::builtin(name).unwrap_or_else(|error| panic!("{error}"))
}

fn caves(width: u32, height: u32) -> Map {
    Map::generate(Generator::Caves, width, height, 3).unwrap_or_else(|error| panic!("{error}"))
}

/// Limits that cut even small worlds into segments and pieces, and dispatches into planes.
fn small(adapter: &Adapter, binding_bytes: u64) -> Adapter {
    let mut small = adapter.clone();
    small.limits = Limits { binding_bytes, workgroups: 3, ..small.limits };
    small
}

#[test]
fn builtin_models_in_batches_of_1_3_and_64_worlds() {
    let Some(adapter) = adapter() else { return };
    for name in Model::builtin_names() {
        Case::new(builtin(name)).size(96, 80).agents(300).worlds(1).steps(12).every(3).check(&adapter);
        Case::new(builtin(name))
            .map(caves(37, 29))
            .agents(50)
            .worlds(3)
            .steps(10)
            .every(1)
            .threads(2)
            .check(&adapter);
        Case::new(builtin(name))
            .size(16, 16)
            .agents(9)
            .worlds(64)
            .steps(6)
            .every(2)
            .threads(3)
            .check(&adapter);
    }
    let far =
        Case::new(builtin("explorers")).map(caves(64, 40)).agents(20).worlds(3).vary("sensor_range", 2.0);
    far.steps(6).check(&adapter);
}

/// Layers beyond the caches of a core, with agents enough to copy all of a layer and with few.
#[test]
fn far_layers() {
    let Some(adapter) = adapter() else { return };
    for (agents, threads) in [(300, 1), (40_000, 1), (40_000, 2)] {
        let case = Case::new(builtin("explorers")).size(1030, 1100).agents(agents).threads(threads);
        case.steps(5).every(0).check(&adapter);
    }
    Case::new(models::effects(8)).size(1030, 1100).agents(40_000).threads(2).steps(3).check(&adapter);
}

#[test]
fn every_effect_on_layers_of_all_widths() {
    let Some(adapter) = adapter() else { return };
    for bits in [8, 16, 32] {
        Case::new(models::effects(bits)).size(21, 13).agents(120).worlds(3).steps(4).every(2).check(&adapter);
    }
    Case::new(models::effects(8)).size(50, 50).agents(700).threads(2).steps(3).check(&adapter);
    Case::new(models::bits())
        .map(caves(45, 33))
        .agents(200)
        .worlds(3)
        .vary("shift", 1.0)
        .steps(6)
        .check(&adapter);
    Case::new(models::bits()).size(45, 33).agents(200).worlds(1).set("speed", 3.25).steps(6).check(&adapter);
}

/// A graph is one buffer for all worlds of all groups; one that a kernel cannot see at a time is refused.
#[test]
fn graphs_beside_worlds_in_groups() {
    use throng::model::GraphShape;
    use throng::world::graph::Graph;
    let Some(adapter) = adapter() else { return };
    let graph = |nodes: u32| {
        let shape = GraphShape::parse(&format!("random:nodes={nodes},degree=6"), None);
        let graph = Graph::generate(&must(shape), 5);
        Map::of_graph(must(graph)).unwrap_or_else(|error| panic!("{error}"))
    };
    let case =
        |nodes: u32| Case::new(builtin("sir-network")).map(graph(nodes)).set("first", 0.1).vary("beta", 0.01);
    case(500).worlds(3).steps(8).threads(2).check(&adapter);
    // 300 nodes and 1800 neighbours are 8404 bytes; 300 cells of a world are 300: worlds come in several groups.
    case(300).worlds(64).steps(6).every(2).check(&small(&adapter, 9000));
    let refused = throng::gpu::Gpu::new(
        std::sync::Arc::new(builtin("sir-network")),
        &case(300).worlds(3).batch(),
        &small(&adapter, 8000),
        Schedule::Wide,
    );
    let error = refused.err().map_or("it was taken".into(), |error| error.to_string());
    assert!(error.contains("the graph random-300-seed-5 takes 8.2 KiB"), "{error}");
}

#[test]
fn stages_over_cells_of_all_widths() {
    let Some(adapter) = adapter() else { return };
    for bits in [8, 16, 32] {
        let case = Case::new(models::cells(bits)).map(caves(37, 29)).agents(60).worlds(3).vary("keep", 2.0);
        case.steps(7).every(2).check(&adapter);
        Case::new(models::cells(bits)).size(33, 21).wraps(true).agents(9).steps(7).threads(2).check(&adapter);
    }
    // More cells than a thread takes at a time, and more than a workgroup should.
    Case::new(models::cells(8)).size(131, 127).agents(20).worlds(2).steps(6).threads(2).check(&adapter);
    let cut = Case::new(models::cells(16)).size(120, 100).agents(1500).worlds(2).steps(6).every(0);
    cut.check(&small(&adapter, 16384));
}

/// Worlds that stood still are steps behind the others, and their stages are due in other steps.
#[test]
fn stages_that_run_seldom_follow_each_worlds_own_steps() {
    let Some(adapter) = adapter() else { return };
    let case = Case::new(models::cells(8)).size(20, 20).agents(12).worlds(5).every(1);
    for schedule in [Schedule::Wide, Schedule::Resident] {
        let mut cpu = must(throng::cpu::Cpu::new(case.model.clone(), &case.batch(), 1, schedule));
        let mut gpu = must(throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &adapter, schedule));
        for (steps, stands) in [(2, Some(1)), (1, Some(3)), (3, None), (5, None)] {
            for world in 0..5 {
                cpu.set_running(world, Some(world) != stands);
                gpu.set_running(world, Some(world) != stands);
            }
            let advance = Advance { steps, every: 2, until: None, last: &[], metrics: &[] };
            assert_eq!(must(cpu.advance(&advance)), must(gpu.advance(&advance)), "{schedule:?}");
            assert_eq!((cpu.steps(), must(cpu.hashes())), (gpu.steps(), must(gpu.hashes())), "{schedule:?}");
        }
        assert_eq!(cpu.steps(), [11, 9, 11, 10, 11]);
        // The same steps without standing still come to the same.
        let alone = case.clone().seeds(&case.batch().seeds[1..2]);
        let mut alone = alone.cpu();
        must(alone.advance(&Advance { steps: 9, every: 0, until: None, last: &[], metrics: &[] }));
        assert_eq!(must(alone.hashes())[0], must(gpu.hashes())[1], "{schedule:?}");
    }
}

#[test]
fn every_reduction_of_every_type() {
    let Some(adapter) = adapter() else { return };
    Case::new(models::measured()).map(caves(67, 51)).agents(600).worlds(2).steps(3).check(&adapter);
    // More than 256 agents and 2^18 cells take several blocks and rounds.
    Case::new(models::measured())
        .size(700, 701)
        .agents(300_000)
        .worlds(1)
        .steps(1)
        .threads(2)
        .check(&adapter);
}

#[test]
fn floats_agree_within_a_tolerance_and_only_then() {
    let Some(adapter) = adapter() else { return };
    // Velocities of the order of 1 lose at most a few units of 2^-24 a step to fused and reordered operations.
    let case = Case::new(models::floats()).agents(1000).worlds(2).steps(8).tolerance(1e-4);
    case.check(&adapter);
    let other = case.clone().set("drag", 0.9005);
    assert!(
        case.difference_of(&mut other.cpu(), &mut case.gpu(&adapter)).is_some(),
        "a wrong parameter was not noticed"
    );
}

#[test]
fn padding_of_agents_does_not_count() {
    let Some(adapter) = adapter() else { return };
    Case::new(models::padded()).agents(333).worlds(3).steps(4).check(&adapter);
}

#[test]
fn odd_worlds() {
    let Some(adapter) = adapter() else { return };
    for name in Model::builtin_names() {
        for (width, height) in [(1, 1), (1, 70), (70, 1), (33, 2)] {
            for wraps in [false, true] {
                Case::new(builtin(name))
                    .size(width, height)
                    .wraps(wraps)
                    .agents(90)
                    .worlds(2)
                    .steps(3)
                    .check(&adapter);
            }
        }
        Case::new(builtin(name)).steps(0).check(&adapter);
    }
}

#[test]
fn a_world_of_a_batch_equals_the_same_world_alone() {
    let Some(adapter) = adapter() else { return };
    for name in Model::builtin_names() {
        let batch = Case::new(builtin(name)).map(caves(40, 24)).agents(30).worlds(5);
        let mut together = batch.gpu(&adapter);
        let steps = Advance { steps: 7, every: 2, until: None, last: &[], metrics: &[] };
        let records = must(together.advance(&steps));
        let hashes = must(together.hashes());
        for (world, seed) in batch.batch().seeds.iter().enumerate() {
            let mut alone = batch.clone().seeds(&[*seed]).gpu(&adapter);
            let own = must(alone.advance(&steps));
            assert_eq!(must(alone.hashes()), [hashes[world]], "{name}, world {world}");
            let same = records.iter().filter(|record| record.world == world as u32);
            assert!(
                same.zip(&own).all(|(a, b)| a.step == b.step && a.partials == b.partials),
                "{name}, world {world}"
            );
        }
        // A road that the caves block has no traffic: then worlds must differ where nothing is blocked.
        let differ = hashes[0] != hashes[1] || {
            let mut open = Case::new(builtin(name)).size(40, 24).agents(30).worlds(2).cpu();
            must(open.advance(&steps));
            let open = must(open.hashes());
            open[0] != open[1]
        };
        assert!(differ, "{name}: worlds with different seeds are the same");
    }
}

#[test]
fn small_limits_change_nothing() {
    let Some(adapter) = adapter() else { return };
    for (name, two_worlds, size, segment) in [
        ("walkers", 512, (400, 300), 8192),
        ("explorers", 2048, (400, 300), 16384),
        ("node-counting", 8192, (120, 100), 8192),
    ] {
        // Two worlds a chunk, the last with one.
        let several = Case::new(builtin(name)).map(caves(40, 24)).agents(30).worlds(5).steps(4);
        several.check(&small(&adapter, two_worlds));
        // One world a chunk, its largest layer in several segments, its agents in several pieces.
        let large =
            Case::new(builtin(name)).map(caves(size.0, size.1)).agents(3000).worlds(2).steps(3).threads(2);
        large.check(&small(&adapter, segment));
    }
    let measured = Case::new(models::measured()).map(caves(96, 80)).agents(2000).worlds(1).steps(1);
    measured.check(&small(&adapter, 16384));
    Case::new(models::effects(16))
        .size(120, 100)
        .agents(1500)
        .worlds(2)
        .steps(2)
        .check(&small(&adapter, 16384));
}

#[test]
fn state_can_be_read_and_replaced() {
    let Some(adapter) = adapter() else { return };
    let case = Case::new(builtin("explorers")).map(caves(190, 170)).agents(1100).worlds(3);
    for adapter in [adapter.clone(), small(&adapter, 16384)] {
        let (mut cpu, mut gpu) = (case.cpu(), case.gpu(&adapter));
        must(cpu.advance(&Advance { steps: 5, every: 0, until: None, last: &[], metrics: &[] }));
        for world in 0..3 {
            must(gpu.set_agents(world, 0, &must(cpu.agents(world, 0))));
            for layer in 0..3 {
                must(gpu.set_layer(world, layer, &must(cpu.layer(world, layer))));
                assert_eq!(must(gpu.layer(world, layer)), must(cpu.layer(world, layer)));
            }
            assert_eq!(must(gpu.agents(world, 0)), must(cpu.agents(world, 0)));
        }
        assert_eq!(must(gpu.hashes()), must(cpu.hashes()));
        // The CPU's notes of what changed come on top.
        let state = 4 * 3 * (1100 * 4 + 2 * 1010 + 2 * 8075) + 4 * 1010;
        assert_eq!(gpu.state_bytes(), state);
        assert!((state..state + 2000).contains(&cpu.state_bytes()));
        let few = Agents { words: vec![1, 2, 3], ..must(gpu.agents(0, 0)) };
        assert!(matches!(gpu.set_agents(0, 0, &few), Err(Error::Argument { .. })));
        assert!(matches!(gpu.agents(3, 0), Err(Error::Argument { .. })));
        assert!(matches!(gpu.set_layer(0, 1, &[]), Err(Error::Argument { .. })));
    }
}

#[test]
fn worlds_stop_where_they_should_and_can_go_on() {
    let Some(adapter) = adapter() else { return };
    for (name, condition) in [
        ("walkers", "coverage >= 0.6"),
        ("explorers", "coverage > 0.8"),
        ("node-counting", "most_visits >= 4"),
    ] {
        for every in [1, 3] {
            let case = Case::new(builtin(name))
                .size(20, 20)
                .wraps(true)
                .agents(25)
                .worlds(7)
                .every(every)
                .until(condition);
            case.clone().steps(40).check(&adapter);
            let (mut cpu, mut gpu) = (case.cpu(), case.gpu(&adapter));
            assert_eq!(case.clone().steps(25).difference_of(&mut cpu, &mut gpu), None, "{name}");
            let stopped = gpu.running().iter().filter(|running| !**running).count();
            // Some go on, and are then steps behind the others.
            for world in [0, 2, 3] {
                cpu.set_running(world, true);
                gpu.set_running(world, true);
            }
            cpu.set_running(5, false);
            gpu.set_running(5, false);
            let after = Advance { steps: 9, every, until: None, last: &[], metrics: &[] };
            assert_eq!(must(cpu.advance(&after)), must(gpu.advance(&after)), "{name}, {stopped} stopped");
            assert_eq!(
                (cpu.steps(), must(cpu.hashes())),
                (gpu.steps(), must(gpu.hashes())),
                "{name}, {stopped} stopped"
            );
            assert_eq!(must(cpu.measure()), must(gpu.measure()), "{name}");
        }
    }
}

#[test]
fn many_recorded_rows() {
    let Some(adapter) = adapter() else { return };
    // More rows than are kept before they are read.
    let case = Case::new(builtin("walkers")).size(8, 8).agents(3).worlds(2);
    let rows = Advance { steps: 1500, every: 1, until: None, last: &[], metrics: &[] };
    assert_eq!(must(case.cpu().advance(&rows)), must(case.gpu(&adapter).advance(&rows)));
    // More worlds than have place in one row.
    let case = Case::new(builtin("walkers")).size(4, 4).agents(1).worlds(180_000).threads(2);
    let rows = Advance { steps: 2, every: 1, until: None, last: &[], metrics: &[] };
    assert_eq!(must(case.cpu().advance(&rows)), must(case.gpu(&adapter).advance(&rows)));
}

/// Worlds so large that the CPU moves agents to where they are sorted; in id's order they are the same.
#[test]
fn agents_that_move_in_memory() {
    let Some(adapter) = adapter() else { return };
    for name in ["wolf-sheep", "pphpc"] {
        let herds = |case: Case| case.set("flock", 9000.0).set("pack", 7000.0);
        herds(Case::new(builtin(name)).size(700, 500)).worlds(1).steps(5).every(2).threads(2).check(&adapter);
    }
}

/// Agents that become three times as many in each step.
fn threes() -> Case {
    let text = "
//! # Three for one in each step.
//! [agents]
//! number = 10
//! births = 2
//! [step]
//! stages = [\"live\"]
struct Agent { pos: vec2<i32>, age: u32 }
fn live(me: Agent) -> Agent {
    spawn_agent(me);
    spawn_agent(me);
    return Agent(me.pos, me.age + 1u);
}
";
    Case::new(must(Model::text("threes", text))).size(20, 20).agents(10).worlds(2)
}

/// A population that outgrows a device stops before the step that could not be finished, and is whole then.
#[test]
fn a_population_that_outgrows_a_gpu_is_left_as_it_was() {
    let Some(adapter) = adapter() else { return };
    let case = threes();
    let steps = |steps| Advance { steps, every: 0, until: None, last: &[], metrics: &[] };
    for schedule in [Schedule::Wide, Schedule::Resident] {
        let small = small(&adapter, 1 << 16);
        let mut gpu = must(throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &small, schedule));
        must(gpu.advance(&steps(1)));
        // One world is ahead of the other.
        gpu.set_running(1, false);
        must(gpu.advance(&steps(1)));
        gpu.set_running(1, true);
        let error = gpu.advance(&steps(50)).expect_err("such a population has no room");
        let told = error.to_string();
        assert!(matches!(error, throng::Error::Memory { .. }) && told.contains("`agent`"), "{told}");
        let taken = gpu.steps();
        assert!((3..8).contains(&taken[0]), "{taken:?}");
        for (world, taken) in taken.into_iter().enumerate() {
            let mut free = case.cpu();
            must(free.advance(&steps(taken)));
            assert_eq!(must(gpu.hashes())[world], must(free.hashes())[world], "{schedule:?}");
            let lives = must(gpu.agents(world as u32, 0)).ids.len();
            assert_eq!(lives, 10 * 3_usize.pow(taken as u32), "{schedule:?}");
        }
    }
}

/// A population that outgrows its memory stops before the step that could not be finished, and is whole then.
#[test]
fn a_population_that_outgrows_its_memory_is_left_as_it_was() {
    let case = threes();
    for threads in [1, 2] {
        let mut limited = case.clone().threads(threads).cpu();
        limited.limit_memory(1 << 20);
        let steps = |steps| Advance { steps, every: 0, until: None, last: &[], metrics: &[] };
        must(limited.advance(&steps(50)));
        let faults = limited.faults();
        assert_eq!(faults.len(), 2);
        let told = faults[0].1.to_string();
        assert!(matches!(faults[0].1, throng::Error::Memory { .. }) && told.contains("of world 0"), "{told}");
        let taken = limited.steps()[0];
        assert!((3..12).contains(&taken), "{taken} steps");
        let mut free = case.clone().threads(threads).cpu();
        must(free.advance(&steps(taken)));
        assert_eq!(must(limited.hashes()), must(free.hashes()));
        assert_eq!(must(limited.agents(0, 0)).ids.len(), 10 * 3_usize.pow(taken as u32));
        // With more memory they go on.
        limited.limit_memory(1 << 30);
        limited.set_running(0, true);
        must(limited.advance(&steps(1)));
        must(free.advance(&steps(1)));
        assert_eq!((must(limited.hashes())[0], limited.faults().len()), (must(free.hashes())[0], 1));
    }
}

#[test]
fn walkers_match_a_plain_program() {
    let Some(adapter) = adapter() else { return };
    let torus = Case::new(builtin("walkers")).size(45, 31).agents(200).worlds(2);
    let walled = Case::new(builtin("walkers")).map(caves(45, 31)).agents(200).worlds(2);
    for case in [torus, walled] {
        let batch = case.batch();
        let mut plain: Vec<oracle::Walkers> =
            (0..2).map(|world| oracle::Walkers::new(&batch, world)).collect();
        let mut backends: [Box<dyn Backend>; 2] = [Box::new(case.cpu()), Box::new(case.gpu(&adapter))];
        for step in 0..20 {
            for (world, plain) in plain.iter_mut().enumerate() {
                let (agents, seen) = plain.words();
                for backend in &mut backends {
                    let name = backend.device().name;
                    assert_eq!(
                        must(backend.agents(world as u32, 0)).words,
                        agents,
                        "{name}, world {world}, step {step}"
                    );
                    assert_eq!(
                        must(backend.layer(world as u32, 1)),
                        seen,
                        "{name}, world {world}, step {step}"
                    );
                }
                plain.step();
            }
            for backend in &mut backends {
                must(backend.advance(&Advance { steps: 1, every: 0, until: None, last: &[], metrics: &[] }));
            }
        }
    }
}

#[test]
fn wrong_variants_are_seen() {
    let Some(adapter) = adapter() else { return };
    let right = Case::new(builtin("walkers")).size(45, 31).agents(60).worlds(2).steps(5);
    assert_eq!(right.difference(&adapter), None);
    for (from, to) in [
        ("random_u32() >> 30u", "random_u32() & 3u"),
        ("mark_seen(to);", "mark_seen(me.pos);"),
        ("is_free(to)", "true"),
    ] {
        let wrong = Case::new(models::walkers_but(from, to)).map(caves(45, 31)).agents(60).worlds(2).steps(5);
        let right = right.clone().map(caves(45, 31));
        let seen = right.difference_of(&mut right.cpu(), &mut wrong.gpu(&adapter));
        assert!(seen.is_some(), "{to} in place of {from} was not noticed");
    }
    // A stage over cells that runs in other steps, looks elsewhere, or forgets what it set last.
    let right = Case::new(models::cells(8)).map(caves(45, 31)).agents(60).worlds(2).steps(6);
    assert_eq!(right.difference(&adapter), None);
    for (from, to) in [
        ("\"grow\", every = 2", "\"grow\", every = 4"),
        ("heat(at + offset8(k))", "heat(at + offset4(k))"),
        ("set_bit(mark(at));", ""),
    ] {
        let wrong = Case::new(models::but(&right.model, from, to)).map(caves(45, 31)).agents(60).worlds(2);
        let wrong = wrong.steps(6);
        let seen = right.difference_of(&mut right.cpu(), &mut wrong.gpu(&adapter));
        assert!(seen.is_some(), "{to} in place of {from} was not noticed");
    }
    // One seed that differs, in the second world.
    let right = Case::new(builtin("walkers")).size(45, 31).agents(60).worlds(2).steps(5);
    let seeds = right.batch().seeds;
    let wrong = right.clone().seeds(&[seeds[0], seeds[1] + 1]);
    assert!(right.difference_of(&mut right.cpu(), &mut wrong.gpu(&adapter)).is_some());
}

#[test]
fn a_loop_that_does_not_end_is_reported() {
    let Some(adapter) = adapter() else { return };
    let case = Case::new(models::endless()).agents(2);
    for mut backend in [Box::new(case.cpu()) as Box<dyn Backend>, Box::new(case.gpu(&adapter))] {
        must(backend.advance(&Advance { steps: 2, every: 0, until: None, last: &[], metrics: &[] }));
        assert!(backend.faults().is_empty());
        must(backend.advance(&Advance { steps: 1, every: 0, until: None, last: &[], metrics: &[] }));
        let faults = backend.faults();
        let [(0, error)] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(matches!(&error, Error::Rule { why, .. } if why.contains("`hang`")), "{error}");
        assert_eq!(backend.running(), [false]);
    }
}

/// A software device ends all loops of a world that takes many steps by itself: that is told, and never taken for a result.
#[test]
fn loops_that_a_device_ends_are_reported() {
    let Some(adapter) = adapter() else { return };
    let text = "
//! # Long ways to a number.
//! [agents]
//! number = 3
//! [step]
//! stages = [\"count\"]
struct Agent { pos: vec2<i32>, sum: u32 }
fn count(me: Agent) -> Agent {
    var next = me;
    for (var k = 0u; k < 20000u + agent_id(); k += 1u) { next.sum = next.sum * 5u + k; }
    return next;
}
";
    let case = Case::new(must(Model::text("long", text))).size(8, 8).agents(3).worlds(2);
    let ten = Advance { steps: 10, every: 0, until: None, last: &[], metrics: &[] };
    let mut cpu = case.cpu();
    must(cpu.advance(&ten));
    for schedule in [Schedule::Wide, Schedule::Resident] {
        let mut gpu = must(throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &adapter, schedule));
        must(gpu.advance(&ten));
        let faults = gpu.faults();
        if adapter.is_software && schedule == Schedule::Resident {
            let told = faults.iter().map(|(world, error)| format!("{world}: {error}")).collect::<Vec<_>>();
            assert!(told.len() == 2 && told[0].contains("ended a loop"), "{told:?}");
            assert_eq!(gpu.running(), [false; 2]);
        } else {
            assert!(faults.is_empty(), "{faults:?}");
            assert_eq!(must(cpu.hashes()), must(gpu.hashes()), "{schedule:?}");
        }
    }
}

/// Functions of the engine's own have loops, too, of which a device that counts all rounds makes many in one of a rule's; and
/// so have the functions of metrics. What comes out is the CPU's, or an error.
#[test]
fn no_loop_that_is_cut_is_taken_for_a_result() {
    let Some(adapter) = adapter() else { return };
    let text = "
//! # Loops in stages over cells and in metrics.
//! [agents]
//! number = 3
//! [params]
//! rounds = { default = ROUNDS, range = [0, 100000] }
//! counted = { default = COUNTED, range = [0, 100000] }
//! [layers]
//! sum = { bits = 32 }
//! [step]
//! stages = [\"count\"]
//! [metrics]
//! all = { sum = \"counted\" }
struct Agent { pos: vec2<i32> }
fn count(at: vec2<i32>) {
    var sum = sum(at);
    for (var k = 0; k < params.rounds; k += 1) { sum += random_below(sum) + u32(fixed_divide(k, i32(sum))); }
    set_sum(sum);
}
fn counted(me: Agent) -> u32 {
    var n = 0u;
    for (var k = 0; k < params.counted; k += 1) { n += 1u; }
    return n;
}
";
    let two = Advance { steps: 2, every: 0, until: None, last: &[], metrics: &[] };
    // What is wanted of both loops, and whether the rule itself asks for too much of them.
    for (rounds, counted, too_many) in
        [(10, 10, false), (9000, 10, false), (20_000, 10, false), (10, 30_000, false), (10, 40_000, true)]
    {
        let text = text.replace("ROUNDS", &rounds.to_string()).replace("COUNTED", &counted.to_string());
        let case = Case::new(must(Model::text("long", &text))).size(3, 2).agents(3);
        let mut cpu = case.cpu();
        must(cpu.advance(&two));
        let measured = must(cpu.measure());
        let told = cpu.faults().iter().map(|(_, error)| error.to_string()).collect::<String>();
        assert_eq!(too_many, told.contains("what is measured (`counted`) did not end"), "{told}");
        let all = measured[0].partials[0].value(&case.model.metrics[0]);
        assert_eq!(all == f64::from(3 * counted), !too_many, "{all}");
        for schedule in [Schedule::Wide, Schedule::Resident] {
            let mut gpu = must(throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &adapter, schedule));
            must(gpu.advance(&two));
            let again = must(gpu.measure());
            let same = must(gpu.hashes()) == must(cpu.hashes()) && again[0].partials == measured[0].partials;
            let told = !gpu.faults().is_empty();
            assert!(told || (same && !too_many), "{schedule:?}, {rounds} and {counted}: not told");
            assert!(
                !told || too_many || (adapter.is_software && rounds + counted > 9_010),
                "{rounds}, {counted}"
            );
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_size() {
    let Some(adapter) = adapter() else { return };
    if adapter.is_software {
        let case = Case::new(builtin("node-counting")).size(1024, 1024).agents(1).worlds(1_000_000);
        let error = throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &adapter, Schedule::Auto)
            .err()
            .expect("4 TiB do not fit");
        assert!(matches!(&error, Error::Memory { needed, .. } if *needed > 1 << 42), "{error}");
    }
    let mut few = adapter.clone();
    few.limits.storage_buffers = 5;
    let case = Case::new(models::effects(8));
    let error = throng::gpu::Gpu::new(case.model.clone(), &case.batch(), &few, Schedule::Auto)
        .err()
        .expect("too many buffers");
    assert!(
        matches!(&error, Error::Device { why, .. } if why.contains("`blind`") && why.contains("allows 5")),
        "{error}"
    );
}
