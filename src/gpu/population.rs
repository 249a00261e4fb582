//! The agents of a kind on a device: their buffers, sorting them by place, and settling births and deaths.
//! Dispatches the kernels of `plan/populations.rs`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use super::kernel::{Common, Kernel, Setup};
use super::stream::{Dispatch, Stream};
use crate::error::{Error, Result};
use crate::model::{LayerUse, Model, Part};
use crate::plan::{Pass, Plan, SCAN_BLOCK, Scan, WORKGROUP, population_entries as entries};

/// The buffers of a kind in a chunk.
pub(super) struct Population {
    /// For how many agents each world has room.
    pub room: u32,
    /// By part; the agents of a world that is too large for one binding are in several.
    parts: Vec<Vec<wgpu::Buffer>>,
    /// Whether the buffers for what comes after deaths have changed places with the others.
    turned: bool,
    /// Whether the agents are sorted as they stand.
    pub sorted: bool,
}

impl Population {
    /// Makes the buffers, empty.
    ///
    /// # Errors
    /// When they do not fit the device.
    pub fn new(
        device: &mut Device,
        division: &Division,
        model: &Model,
        kind: usize,
        worlds: u32,
        room: u32,
    ) -> Result<Population> {
        let declared = &model.kinds[kind];
        let stride = u64::from(declared.layout.stride / 4);
        let all = u64::from(worlds) * u64::from(room);
        let mut parts = vec![Vec::new(); Part::ALL.len()];
        if declared.varies {
            parts[Part::Agents as usize].push(device.storage(&declared.name, stride * all)?);
        } else {
            for (_, of_piece) in division.pieces(kind, worlds) {
                parts[Part::Agents as usize]
                    .push(device.storage(&declared.name, stride * u64::from(of_piece))?);
            }
        }
        let squares = declared
            .bins(division.setting.width, division.setting.height)
            .map_or(0, |[columns, rows]| u64::from(columns) * u64::from(rows));
        let worlds = u64::from(worlds);
        // The young of this kind may be those of any other: as many as the agents of the largest kind can have.
        let bears = |stage: &&crate::model::Stage| stage.kinds.get(kind).is_some_and(|uses| uses.bears);
        let parents = model.stages.iter().filter(bears).filter_map(|stage| stage.kind());
        let parents = parents.map(|parent| if parent == kind { room } else { division.rooms[parent] }).max();
        let tallied = parents.map_or(0, |parents| worlds * (u64::from(parents) + 1));
        let longest = squares.max(u64::from(room)).max(parents.unwrap_or(0).into());
        let near = declared.near.is_some();
        let varies = declared.varies;
        let numbered = declared.is_numbered();
        let numbers = all * if declared.is_ranked() { 2 } else { 1 };
        let sizes = [
            (Part::Ids, numbered, numbers),
            (Part::Alive, varies, all + worlds),
            (Part::Births, parents.is_some(), tallied),
            (Part::Born, parents.is_some(), tallied * u64::from(declared.births) * stride),
            (Part::Ends, near, worlds * squares),
            (Part::Near, near, all * stride),
            (Part::Squares, near, all),
            (Part::Loose, near, all),
            (Part::NextAgents, varies, all * stride),
            (Part::NextIds, numbered, numbers),
            (Part::Sums, numbered, worlds * longest.div_ceil(SCAN_BLOCK.into()).max(1)),
        ];
        for (part, wanted, words) in sizes {
            if wanted {
                let label = format!("{} {part:?}", declared.name);
                if 4 * words > device.limits.binding_bytes {
                    let remedy = match part {
                        Part::Born if declared.births > 1 => {
                            "lower `births` of that kind, use fewer agents, or `--backend cpu`"
                        }
                        _ => "use fewer agents, or `--backend cpu`",
                    };
                    return Err(Error::Memory {
                        what: format!(
                            "room for {room} agents `{}`{} in each of {worlds} worlds",
                            declared.name,
                            if varies { ", as many as there could be after a step," } else { "" }
                        ),
                        place: format!("a kernel of {}", device.name),
                        needed: 4 * words,
                        available: device.limits.binding_bytes,
                        remedy: remedy.into(),
                    });
                }
                parts[part as usize].push(device.storage(&label, words)?);
            }
        }
        Ok(Population { room, parts, turned: false, sorted: false })
    }

    /// The buffers of a part.
    pub fn part(&self, part: Part) -> &[wgpu::Buffer] {
        &self.parts[part as usize]
    }

    /// The buffer of a part, of which there is one if any.
    pub fn only(&self, part: Part) -> Result<&wgpu::Buffer> {
        self.parts[part as usize]
            .first()
            .ok_or_else(|| Error::Internal(format!("agents have no buffer {part:?}")))
    }

    /// What tells bind groups apart.
    pub fn parity(&self) -> u64 {
        u64::from(self.turned)
    }

    /// Lets what comes after deaths be the agents.
    fn turn(&mut self) {
        self.parts.swap(Part::Agents as usize, Part::NextAgents as usize);
        self.parts.swap(Part::Ids as usize, Part::NextIds as usize);
        self.turned = !self.turned;
    }
}

/// The kernels beside those of stages.
pub(super) struct Populations {
    kernels: HashMap<String, Kernel>,
    groups: HashMap<(usize, String, u64), wgpu::BindGroup>,
}

impl Populations {
    pub fn new(device: &Device, module: &wgpu::ShaderModule, plan: &Plan) -> Result<Populations> {
        let mut names: Vec<String> = Vec::new();
        for kind in (0..plan.model.kinds.len()).filter(|kind| plan.model.kinds[*kind].near.is_some()) {
            names.extend(entries::sort(kind));
            names.extend(entries::scan(Scan::Squares(kind)));
        }
        for pass in &plan.stages {
            if pass.scans.is_empty() {
                continue;
            }
            names.extend(pass.scans.iter().copied().flat_map(entries::scan));
            names.extend(pass.dies.then(|| entries::bury(&pass.name)));
            names.extend(pass.bears.iter().map(|kind| entries::welcome(&pass.name, *kind)));
            names.push(entries::tell(&pass.name));
        }
        let mut kernels = HashMap::new();
        for name in names {
            if let Entry::Vacant(free) = kernels.entry(name.clone()) {
                free.insert(Kernel::of_plan(device, module, plan, &name, &name)?);
            }
        }
        Ok(Populations { kernels, groups: HashMap::new() })
    }

    /// Forgets what was bound of a chunk, whose buffers are others now.
    pub fn forget(&mut self, number: usize) {
        self.groups.retain(|(chunk, ..), _| *chunk != number);
    }

    /// Sorts the agents of the kinds that a pass looks for.
    ///
    /// # Errors
    /// When the device fails.
    pub fn sort(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        (number, chunk): (usize, &mut Chunk),
        pass: &Pass,
    ) -> Result<()> {
        let worlds = chunk.worlds.len() as u32;
        for kind in &pass.seeks {
            if std::mem::replace(&mut chunk.kinds[*kind].sorted, true) {
                continue;
            }
            let setting = &setup.plan.setting;
            let Some([columns, rows]) = setup.plan.model.kinds[*kind].bins(setting.width, setting.height)
            else {
                continue;
            };
            let (agents, squares) = (worlds * chunk.kinds[*kind].room, columns * rows);
            let [empty, count, fill, order, take] = entries::sort(*kind);
            let mut run =
                |entry: String, items: u32| self.each(device, stream, setup, (number, chunk), entry, items);
            run(empty, worlds * squares)?;
            run(count, agents)?;
            self.scan(device, stream, setup, (number, chunk), Scan::Squares(*kind), squares)?;
            let mut run =
                |entry: String, items: u32| self.each(device, stream, setup, (number, chunk), entry, items);
            run(fill, agents)?;
            run(order, agents)?;
            run(take, agents)?;
        }
        Ok(())
    }

    /// Settles who died and who was born in a pass.
    ///
    /// # Errors
    /// When the device fails.
    pub fn settle(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        (number, chunk): (usize, &mut Chunk),
        pass: &Pass,
    ) -> Result<()> {
        let Some(kind) = pass.kind() else { return Ok(()) };
        chunk.kinds[kind].sorted = false;
        if pass.scans.is_empty() {
            return Ok(());
        }
        let worlds = chunk.worlds.len() as u32;
        let room = chunk.kinds[kind].room;
        for scan in &pass.scans {
            self.scan(device, stream, setup, (number, chunk), *scan, room)?;
        }
        if pass.dies {
            self.each(device, stream, setup, (number, chunk), entries::bury(&pass.name), worlds * room)?;
        }
        for born in &pass.bears {
            let entry = entries::welcome(&pass.name, *born);
            self.each(device, stream, setup, (number, chunk), entry, worlds * room)?;
            chunk.kinds[*born].sorted = false;
        }
        self.each(device, stream, setup, (number, chunk), entries::tell(&pass.name), worlds)?;
        if pass.dies {
            chunk.kinds[kind].turn();
        }
        Ok(())
    }

    fn scan(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        place: (usize, &Chunk),
        scan: Scan,
        items: u32,
    ) -> Result<()> {
        let worlds = place.1.worlds.len() as u32;
        let blocks = worlds * items.div_ceil(SCAN_BLOCK).max(1);
        let [sums, tops, apply] = entries::scan(scan);
        for (entry, groups) in [(sums, blocks), (tops, worlds), (apply, blocks)] {
            let work = u64::from(groups) * u64::from(SCAN_BLOCK);
            self.run(device, stream, setup, place, entry, (0, groups), groups, work)?;
        }
        Ok(())
    }

    fn each(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        place: (usize, &Chunk),
        entry: String,
        items: u32,
    ) -> Result<()> {
        let mut done = 0;
        while done < items {
            let count = stream.share().min(items - done);
            let groups = count.div_ceil(WORKGROUP);
            self.run(device, stream, setup, place, entry.clone(), (done, count), groups, count.into())?;
            done += count;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn run(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        (number, chunk): (usize, &Chunk),
        entry: String,
        (first, count): (u32, u32),
        workgroups: u32,
        work: u64,
    ) -> Result<()> {
        let Some(kernel) = self.kernels.get(&entry) else {
            return Err(Error::Internal(format!("there is no kernel `{entry}`")));
        };
        let uses = vec![LayerUse::default(); setup.plan.model.layers.len()];
        let parity = kernel.parity(chunk);
        let group = match self.groups.entry((number, entry, parity)) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => {
                let common = Common { calls: &stream.calls.clone(), values: None };
                free.insert(kernel.group(device, chunk, &common, &uses, 0)?)
            }
        };
        stream.dispatch(
            device,
            Dispatch {
                kernel,
                group,
                call: &[chunk.tick as u32, first, count, 0],
                values_at: None,
                workgroups,
                work,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Adapter, Gpu};
    use super::*;
    use crate::plan::{Advance, Agents, Backend, Schedule};
    use crate::world::Worlds;
    use crate::world::map::Map;

    const MODEL: &str = "//! # They look around, and some die and are born.
//! [agents.bird]
//! number = 700
//! near = 3
//! births = 1
//! [step]
//! stages = [\"look\", \"breed\"]
struct Bird { pos: vec2<i32>, seen: u32 }
fn look(me: Bird) -> Bird {
    var next = me;
    var near = near_bird(me.pos, 4);
    while next_bird(&near) { next.seen += near.id; }
    return next;
}
fn breed(me: Bird) -> Bird {
    if random_chance(0x20000000u) { spawn_bird(me); }
    if random_chance(0x20000000u) { die(); }
    return me;
}
";

    fn begun(text: &str, schedule: Schedule, choice: &Adapter) -> Gpu {
        let model = Model::text("birds", text).unwrap_or_else(|error| panic!("{error}"));
        let map = Map::open(40, 31).unwrap_or_else(|error| panic!("{error}"));
        let reachable = map.reachable(model.neighbours, true).unwrap_or_else(|error| panic!("{error}"));
        let worlds = Worlds {
            map: Arc::new(map),
            reachable: Arc::new(reachable),
            wraps: true,
            agents: 700,
            seeds: vec![1, 2, 3],
            parameters: vec![Vec::new(); 3],
            free: Vec::new(),
            populations: Vec::new(),
        };
        Gpu::new(Arc::new(model), &worlds, choice, schedule).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The squares of a world's agents in the order in which they lie in the device's memory; the words of each are those that
    /// the agent of its number has, which stands where it always stood.
    fn squares(gpu: &mut Gpu, world: u32, stand: &mut HashMap<u32, [u32; 2]>) -> Vec<u32> {
        let known: Agents = gpu.agents(world, 0).unwrap_or_else(|error| panic!("{error}"));
        let population = &gpu.chunks[0].kinds[0];
        let of_id = if gpu.plan.model.kinds[0].is_ranked() { 2 } else { 1 };
        let stride = gpu.plan.model.kinds[0].layout.stride as usize / 4;
        let (first, number) = (u64::from(world * population.room), known.ids.len() as u64);
        let read = |part: Part, of_each: u64| {
            let buffer = population.only(part).unwrap_or_else(|error| panic!("{error}"));
            gpu.device
                .read(buffer, first * of_each, number * of_each)
                .unwrap_or_else(|error| panic!("{error}"))
        };
        let (words, ids) = (read(Part::Agents, stride as u64), read(Part::Ids, of_id));
        let mut squares = Vec::new();
        for (agent, id) in words.chunks_exact(stride).zip(ids.chunks_exact(of_id as usize)) {
            let rank = known.ids.binary_search(&id[0]).unwrap_or_else(|_| panic!("nobody is {}", id[0]));
            assert_eq!(agent, &known.words[rank * stride..(rank + 1) * stride]);
            if let [_, noted] = id {
                assert_eq!(*noted, rank as u32, "how many have lower numbers than {}", id[0]);
            }
            let place = [agent[0], agent[1]];
            assert_eq!(*stand.entry(id[0]).or_insert(place), place, "where {} stands", id[0]);
            squares.push(agent[1] / 3 * 40u32.div_ceil(3) + agent[0] / 3);
        }
        squares
    }

    #[test]
    fn agents_lie_in_the_order_of_their_squares_and_keep_their_numbers() {
        let Ok(choice) = Adapter::best(true) else {
            assert!(std::env::var_os("THRONG_REQUIRE_GPU").is_none(), "there is no GPU, and one is required");
            return;
        };
        let stay = MODEL.replace(", \"breed\"", "").replace("//! births = 1\n", "");
        for schedule in [Schedule::Wide, Schedule::Resident] {
            for (text, varies) in [(stay.as_str(), false), (MODEL, true)] {
                let mut gpu = begun(text, schedule, &choice);
                assert_eq!(gpu.plan.model.kinds[0].varies, varies);
                let mut stand = HashMap::new();
                let before = squares(&mut gpu, 1, &mut stand);
                assert!(!before.is_sorted(), "who was never sorted lies anywhere");
                for step in 1..=3 {
                    let advance = Advance { steps: 1, every: 0, until: None, metrics: &[], last: &[] };
                    gpu.advance(&advance).unwrap_or_else(|error| panic!("{error}"));
                    let after = squares(&mut gpu, 1, &mut stand);
                    // Those born in the step lie behind the others, by their parents' numbers.
                    let born =
                        if varies { after.windows(2).position(|pair| pair[0] > pair[1]) } else { None };
                    let sorted = born.map_or(after.len(), |last| last + 1);
                    assert!(after[..sorted].is_sorted(), "step {step}");
                    assert!(sorted * 10 > after.len() * 7, "{sorted} of {} at step {step}", after.len());
                }
            }
        }
    }
}
