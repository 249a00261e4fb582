//! Wolves, sheep and grass by hand: the twin of `shaders/models/wolf-sheep.wgsl` on an open grid with walls around it.
//!
//! Grass is the step in which it will have grown, so that no pass over cells makes it grow. Those who meet are found by lists
//! of the agents of a cell; a bit for each cell with wolves spares nearly all sheep from being listed. What lists begin with is
//! known to be of this step by its number, so that nothing is cleared. Sheep that fell are left out by the next step.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

use rayon::ThreadPool;
use rayon::prelude::*;
use throng::world::random::{BATCH, fill_by_id, philox};
use throng::{Result, Simulation};

use crate::{CLAIM, Lot, RANK, Reference, SHARE, is_split, key, parameter, stage};

const WORDS: usize = 4;
const ONE: i32 = 1 << 16;
/// The energy of a sheep that fell to a wolf.
const FALLEN: i32 = i32::MIN;

/// Worlds of wolves and sheep.
pub struct WolfSheep {
    rules: Rules,
    split: bool,
    worlds: Vec<World>,
}

#[derive(Clone, Copy)]
struct Rules {
    width: u32,
    height: u32,
    regrow: u32,
    births: [u32; 2],
    wander: u32,
    graze: u32,
    breed: u32,
    prowl: u32,
    howl: u32,
}

struct World {
    key: [u32; 2],
    step: u32,
    meadows: Vec<Meadow>,
    meetings: Meetings,
    sheep: Herd,
    /// Sheep that fell in the last step, which are still among the sheep.
    fallen: usize,
    wolves: Herd,
    spare: Herd,
    contested: Vec<Vec<u32>>,
}

/// Grass of a cell: the step after which it has grown, and the priority of the sheep that eats.
struct Meadow {
    due: AtomicU32,
    claim: AtomicU32,
}

/// Who is in a cell.
struct Meetings {
    /// The last wolf and the last sheep that came to a cell; numbers below those of this step's first are of earlier ones.
    last: Vec<[AtomicU32; 2]>,
    /// One bit for each cell with wolves.
    prowled: Vec<AtomicU64>,
    first_wolf: u32,
    first_sheep: u32,
}

/// Agents in the order of their numbers.
#[derive(Default)]
struct Herd {
    /// Row in the upper half, column in the lower.
    place: Vec<u32>,
    energy: Vec<i32>,
    id: Vec<u32>,
    /// Wolves, and sheep among wolves: who came to the cell before. Grazing sheep: their priority, 0 where there is no grass.
    mark: Vec<u32>,
    next_id: u32,
}

/// Young with their places and energies.
type Young = Vec<(u32, i32)>;

impl WolfSheep {
    pub fn new(simulation: &mut Simulation, threads: usize) -> Result<WolfSheep> {
        let map = &simulation.worlds().map;
        let (width, height) = (map.width(), map.height());
        assert!(width.max(height) < 1 << 16 && !simulation.worlds().wraps, "a place is a word");
        let rules = Rules {
            width,
            height,
            regrow: parameter(simulation, "regrow"),
            births: ["wolf_birth", "sheep_birth"].map(|name| parameter(simulation, name)),
            wander: stage(simulation, "wander"),
            graze: stage(simulation, "graze"),
            breed: stage(simulation, "breed"),
            prowl: stage(simulation, "prowl"),
            howl: stage(simulation, "howl"),
        };
        let seeds = simulation.seeds().to_vec();
        let worlds: Vec<World> = (seeds.iter().zip(0..))
            .map(|(seed, world)| World::new(simulation, world, *seed))
            .collect::<Result<_>>()?;
        let agents = worlds.iter().map(World::alive).max().unwrap_or(0);
        Ok(WolfSheep { rules, split: is_split(seeds.len(), threads, agents), worlds })
    }
}

impl Reference for WolfSheep {
    fn advance(&mut self, pool: &ThreadPool, steps: u32) -> u64 {
        let (rules, worlds) = (self.rules, &mut self.worlds);
        pool.install(|| match self.split {
            true => {
                let steps =
                    |world: &mut World| (0..steps).map(|_| world.step::<true>(&rules) as u64).sum::<u64>();
                worlds.iter_mut().map(steps).sum()
            }
            false => {
                let steps =
                    |world: &mut World| (0..steps).map(|_| world.step::<false>(&rules) as u64).sum::<u64>();
                worlds.par_iter_mut().map(steps).sum()
            }
        })
    }

    fn compare(&self, simulation: &mut Simulation) -> Result<()> {
        for (world, index) in self.worlds.iter().zip(0..) {
            for (kind, herd) in [("sheep", &world.sheep), ("wolf", &world.wolves)] {
                let theirs = simulation.agent_words(kind, index)?;
                let alive = || (0..herd.id.len()).filter(|place| herd.energy[*place] != FALLEN);
                let ids: Vec<u32> = alive().map(|place| herd.id[place]).collect();
                assert!(ids == theirs.ids, "numbers of {kind} of world {index} differ");
                assert!(herd.next_id == theirs.next_id, "the next {kind} of world {index} differs");
                let same = alive().zip(theirs.words.chunks_exact(WORDS)).all(|(place, words)| {
                    words[0] | words[1] << 16 == herd.place[place] && words[2] == herd.energy[place] as u32
                });
                assert!(same, "{kind} of world {index} differ");
            }
            let bare = world.meadows.iter().map(|meadow| meadow.due.load(Relaxed).saturating_sub(world.step));
            assert!(bare.eq(simulation.layer("bare", index)?), "grass of world {index} differs");
        }
        Ok(())
    }
}

impl World {
    fn new(simulation: &mut Simulation, world: u32, seed: u64) -> Result<World> {
        let mut herd = |kind| {
            let agents = simulation.agent_words(kind, world)?;
            let rows = || agents.words.chunks_exact(WORDS);
            throng::Result::Ok(Herd {
                place: rows().map(|words| words[0] | words[1] << 16).collect(),
                energy: rows().map(|words| words[2] as i32).collect(),
                mark: vec![0; agents.ids.len()],
                id: agents.ids,
                next_id: agents.next_id,
            })
        };
        let (sheep, wolves) = (herd("sheep")?, herd("wolf")?);
        let bare = simulation.layer("bare", world)?;
        let cells = bare.len();
        let meadow = |bare| Meadow { due: AtomicU32::new(bare), claim: AtomicU32::new(0) };
        Ok(World {
            key: key(seed),
            step: 0,
            meadows: bare.into_iter().map(meadow).collect(),
            meetings: Meetings {
                last: (0..cells).map(|_| Default::default()).collect(),
                prowled: (0..cells.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
                first_wolf: 1,
                first_sheep: 1,
            },
            sheep,
            fallen: 0,
            wolves,
            spare: Herd::default(),
            contested: Vec::new(),
        })
    }

    fn alive(&self) -> usize {
        self.sheep.id.len() - self.fallen + self.wolves.id.len()
    }

    /// Takes a step; gives how many were alive before it.
    fn step<const SPLIT: bool>(&mut self, rules: &Rules) -> usize {
        let alive = self.alive();
        self.step += 1;
        self.prowl::<SPLIT>(rules);
        self.graze::<SPLIT>(rules);
        self.breed::<SPLIT>(rules);
        self.meet::<SPLIT>(rules);
        self.hunt::<SPLIT>(rules);
        self.howl::<SPLIT>(rules);
        alive
    }

    fn prowl<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { key, step, meetings, wolves, .. } = self;
        meetings.prowled.iter_mut().for_each(|bits| *bits.get_mut() = 0);
        let (first, meetings) = (meetings.first_wolf, &*meetings);
        let share = wolves.share::<SPLIT>();
        let shares = (wolves.place.par_chunks_mut(share), wolves.energy.par_chunks_mut(share));
        let shares = (shares.0, shares.1, wolves.id.par_chunks(share), wolves.mark.par_chunks_mut(share));
        shares.into_par_iter().enumerate().for_each(|(index, (places, energies, ids, marks))| {
            wander(rules, places, ids, *key, *step, rules.prowl);
            let number = first + (index * share) as u32;
            for (((place, energy), mark), number) in places.iter().zip(energies).zip(marks).zip(number..) {
                *energy -= ONE;
                let cell = rules.cell(*place);
                *mark = exchange::<SPLIT>(&meetings.last[cell][0], number);
                if *mark < first {
                    let (bits, bit) = (&meetings.prowled[cell / 64], 1 << (cell % 64));
                    if SPLIT {
                        bits.fetch_or(bit, Relaxed);
                    } else {
                        bits.store(bits.load(Relaxed) | bit, Relaxed);
                    }
                }
            }
        });
    }

    fn graze<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { key, step, meadows, sheep, .. } = self;
        let lot = Lot::new(CLAIM + rules.graze, *step, *key);
        let share = sheep.share::<SPLIT>();
        let shares = (sheep.place.par_chunks_mut(share), sheep.energy.par_chunks_mut(share));
        let shares = (shares.0, shares.1, sheep.id.par_chunks(share), sheep.mark.par_chunks_mut(share));
        shares.into_par_iter().for_each(|(places, energies, ids, marks)| {
            wander(rules, places, ids, *key, *step, rules.wander);
            for (((place, energy), id), mark) in places.iter().zip(energies).zip(ids).zip(marks) {
                *mark = 0;
                if *energy == FALLEN {
                    continue;
                }
                *energy -= ONE;
                let meadow = &meadows[rules.cell(*place)];
                if meadow.due.load(Relaxed) < *step {
                    *mark = lot.priority(*id);
                    if SPLIT {
                        meadow.claim.fetch_max(*mark, Relaxed);
                    } else {
                        meadow.claim.store(meadow.claim.load(Relaxed).max(*mark), Relaxed);
                    }
                }
            }
        });
    }

    fn breed<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { key, step, meadows, sheep, spare, .. } = self;
        sheep.bear::<SPLIT>(spare, *key, *step, rules.breed, rules.births[1], |place, energy, mark| {
            if mark != 0 {
                let meadow = &meadows[rules.cell(place)];
                if meadow.claim.load(Relaxed) == mark {
                    *energy += 5 * ONE;
                    // Losers never find their own priority, whatever else there is.
                    meadow.claim.store(0, Relaxed);
                    meadow.due.store(*step + rules.regrow, Relaxed);
                }
            }
            *energy >= ONE
        });
        self.fallen = 0;
    }

    /// Lists the sheep that are among wolves.
    fn meet<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { meetings, sheep, contested, .. } = self;
        let share = sheep.share::<SPLIT>();
        contested.resize_with(sheep.id.len().div_ceil(share), Vec::new);
        let (meetings, first) = (&*meetings, meetings.first_sheep);
        let shares = (sheep.place.par_chunks(share), sheep.mark.par_chunks_mut(share), contested);
        shares.into_par_iter().enumerate().for_each(|(index, (places, marks, contested))| {
            contested.clear();
            for ((place, mark), number) in places.iter().zip(marks).zip((index * share) as u32..) {
                let cell = rules.cell(*place);
                if meetings.prowled[cell / 64].load(Relaxed) >> (cell % 64) & 1 == 1 {
                    *mark = exchange::<SPLIT>(&meetings.last[cell][1], first + number);
                    contested.push(number);
                }
            }
        });
    }

    /// Feeds wolves, and lets sheep fall, as many in a cell as there are of the fewer.
    fn hunt<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { key, step, meetings, sheep, wolves, contested, .. } = self;
        let lots = [1, 0].map(|kind| Lot::new(RANK + kind, *step, *key));
        let meetings = &*meetings;
        let (wolf_marks, sheep_marks) = (wolves.mark.as_slice(), sheep.mark.as_slice());
        let (wolf_ids, sheep_ids) = (wolves.id.as_slice(), sheep.id.as_slice());
        let wolves_of = |cell: usize| meetings.list(cell, 0, meetings.first_wolf, wolf_marks);
        let sheep_of = |cell: usize| meetings.list(cell, 1, meetings.first_sheep, sheep_marks);
        let share = wolves.share::<SPLIT>();
        let shares = (wolves.place.par_chunks(share), wolves.energy.par_chunks_mut(share));
        (shares.0, shares.1, wolf_ids.par_chunks(share)).into_par_iter().for_each(
            |(places, energies, ids)| {
                for ((place, energy), id) in places.iter().zip(energies).zip(ids) {
                    let cell = rules.cell(*place);
                    let prey = sheep_of(cell).count();
                    if prey > 0 && rank(&lots[0], *id, wolves_of(cell).map(|wolf| wolf_ids[wolf])) < prey {
                        *energy += 13 * ONE;
                    }
                }
            },
        );
        let fallen = AtomicUsize::new(0);
        let share = sheep.share::<SPLIT>();
        let places = sheep.place.as_slice();
        let shares = (sheep.energy.par_chunks_mut(share), contested);
        shares.into_par_iter().enumerate().for_each(|(index, (energies, contested))| {
            let mut fell = 0;
            for number in contested.iter() {
                let number = *number as usize;
                let cell = rules.cell(places[number]);
                let hunters = wolves_of(cell).count();
                let others = sheep_of(cell).map(|sheep| sheep_ids[sheep]);
                if rank(&lots[1], sheep_ids[number], others) < hunters {
                    energies[number - index * share] = FALLEN;
                    fell += 1;
                }
            }
            fallen.fetch_add(fell, Relaxed);
        });
        self.fallen = fallen.into_inner();
        const MANY: &str = "numbers of a run fit in a word";
        let number = |herd: &Herd| herd.id.len() as u32;
        let meetings = &mut self.meetings;
        meetings.first_wolf = meetings.first_wolf.checked_add(number(&self.wolves)).expect(MANY);
        meetings.first_sheep = meetings.first_sheep.checked_add(number(&self.sheep)).expect(MANY);
    }

    fn howl<const SPLIT: bool>(&mut self, rules: &Rules) {
        let World { key, step, wolves, spare, .. } = self;
        wolves.bear::<SPLIT>(spare, *key, *step, rules.howl, rules.births[0], |_, energy, _| *energy >= 0);
    }
}

impl Meetings {
    /// The places of the agents that came to a cell, the last first.
    #[inline]
    fn list<'a>(
        &'a self,
        cell: usize,
        kind: usize,
        first: u32,
        marks: &'a [u32],
    ) -> impl Iterator<Item = usize> + 'a {
        let mut number = self.last[cell][kind].load(Relaxed);
        std::iter::from_fn(move || {
            let place = number.checked_sub(first)? as usize;
            number = marks[place];
            Some(place)
        })
    }
}

/// How many of some agents, of which it may be one itself, come before an agent.
#[inline]
fn rank(lot: &Lot, id: u32, others: impl Iterator<Item = u32>) -> usize {
    let own = lot.priority(id);
    others.filter(|other| *other != id && lot.priority(*other) < own).count()
}

fn exchange<const SPLIT: bool>(last: &AtomicU32, number: u32) -> u32 {
    match SPLIT {
        true => last.swap(number, Relaxed),
        false => {
            let before = last.load(Relaxed);
            last.store(number, Relaxed);
            before
        }
    }
}

impl Herd {
    /// Agents that a thread takes at a time.
    fn share<const SPLIT: bool>(&self) -> usize {
        if SPLIT { SHARE } else { self.id.len().max(1) }
    }

    /// Keeps those of whom `lives` says so, given their places, energies and marks, and lets them have young.
    fn bear<const SPLIT: bool>(
        &mut self,
        spare: &mut Herd,
        key: [u32; 2],
        step: u32,
        stage: u32,
        chance: u32,
        lives: impl Fn(u32, &mut i32, u32) -> bool + Sync,
    ) {
        let share = self.share::<SPLIT>();
        let shares = (self.place.par_chunks_mut(share), self.energy.par_chunks_mut(share));
        let shares = (shares.0, shares.1, self.id.par_chunks_mut(share), self.mark.par_chunks(share));
        let settled: Vec<(usize, Young)> = shares
            .into_par_iter()
            .map(|(places, energies, ids, marks)| {
                let mut words = [[0; BATCH]; 4];
                let (mut kept, mut young) = (0, Young::new());
                for first in (0..ids.len()).step_by(BATCH) {
                    let end = (first + BATCH).min(ids.len());
                    fill_by_id(&mut words, key, &ids[first..end], step, stage);
                    for at in first..end {
                        let (place, mut energy) = (places[at], energies[at]);
                        if !lives(place, &mut energy, marks[at]) {
                            continue;
                        }
                        if words[0][at - first] < chance || chance == u32::MAX {
                            energy /= 2;
                            young.push((place, energy));
                        }
                        (places[kept], energies[kept], ids[kept]) = (place, energy, ids[at]);
                        kept += 1;
                    }
                }
                (kept, young)
            })
            .collect();
        let kept: usize = settled.iter().map(|(kept, _)| kept).sum();
        let born: usize = settled.iter().map(|(_, young)| young.len()).sum();
        if settled.len() > 1 {
            self.gather(spare, share, &settled, kept + born);
        }
        self.resize(kept);
        for (place, energy) in settled.into_iter().flat_map(|(_, young)| young) {
            self.place.push(place);
            self.energy.push(energy);
            self.id.push(self.next_id);
            self.next_id += 1;
        }
        self.mark.resize(kept + born, 0);
    }

    /// Brings together those that were kept, who stand at the beginnings of the shares.
    fn gather(&mut self, spare: &mut Herd, share: usize, settled: &[(usize, Young)], room: usize) {
        spare.resize(room);
        let mut rest = (spare.place.as_mut_slice(), spare.energy.as_mut_slice(), spare.id.as_mut_slice());
        let mut tasks = Vec::with_capacity(settled.len());
        for (index, (kept, _)) in settled.iter().enumerate() {
            let (places, places_rest) = rest.0.split_at_mut(*kept);
            let (energies, energies_rest) = rest.1.split_at_mut(*kept);
            let (ids, ids_rest) = rest.2.split_at_mut(*kept);
            rest = (places_rest, energies_rest, ids_rest);
            tasks.push((index * share, places, energies, ids));
        }
        let from = &*self;
        tasks.into_par_iter().for_each(|(first, places, energies, ids)| {
            let range = first..first + ids.len();
            places.copy_from_slice(&from.place[range.clone()]);
            energies.copy_from_slice(&from.energy[range.clone()]);
            ids.copy_from_slice(&from.id[range]);
        });
        std::mem::swap(&mut self.place, &mut spare.place);
        std::mem::swap(&mut self.energy, &mut spare.energy);
        std::mem::swap(&mut self.id, &mut spare.id);
    }

    fn resize(&mut self, number: usize) {
        self.place.resize(number, 0);
        self.energy.resize(number, 0);
        self.id.resize(number, 0);
    }
}

impl Rules {
    #[inline]
    fn cell(&self, place: u32) -> usize {
        (place >> 16) as usize * self.width as usize + (place & 0xffff) as usize
    }
}

/// The ways to the eight neighbours, clockwise from the east, added to a place.
const WAYS: [u32; 8] = {
    const E: u32 = 1;
    const W: u32 = u32::MAX;
    const S: u32 = 1 << 16;
    const N: u32 = S.wrapping_neg();
    [E, S + E, S, S.wrapping_add(W), W, N.wrapping_add(W), N, N + E]
};

/// Moves agents to neighbouring cells.
fn wander(rules: &Rules, places: &mut [u32], ids: &[u32], key: [u32; 2], step: u32, stage: u32) {
    let mut words = [[0; BATCH]; 4];
    for (places, ids) in places.chunks_mut(BATCH).zip(ids.chunks(BATCH)) {
        fill_by_id(&mut words, key, ids, step, stage);
        for (lane, place) in places.iter_mut().enumerate() {
            let (x, y) = (*place & 0xffff, *place >> 16);
            let inner = x.wrapping_sub(1) < rules.width.saturating_sub(2)
                && y.wrapping_sub(1) < rules.height.saturating_sub(2);
            let way = if inner {
                words[0][lane] >> 29
            } else {
                let word = |draw: u32| philox([ids[lane], step, stage, draw / 4], key)[draw as usize % 4];
                match at_edge(rules, x, y, word) {
                    Some(way) => way,
                    None => continue,
                }
            };
            *place = place.wrapping_add(WAYS[way as usize]);
        }
    }
}

/// A way from a cell at the edge to a neighbour that there is.
#[cold]
fn at_edge(rules: &Rules, x: u32, y: u32, word: impl Fn(u32) -> u32) -> Option<u32> {
    const EAST: [u32; 8] = [1, 1, 0, u32::MAX, u32::MAX, u32::MAX, 0, 1];
    let free = |way: &u32| {
        // South is the direction a quarter of a turn behind east.
        let (east, south) = (EAST[*way as usize], EAST[(*way as usize + 6) % 8]);
        x.wrapping_add(east) < rules.width && y.wrapping_add(south) < rules.height
    };
    let ways: Vec<u32> = (0..8).filter(free).collect();
    let count = ways.len() as u32;
    if count == 0 {
        return None;
    }
    let mut draw = 0;
    let mut product = u64::from(word(draw)) * u64::from(count);
    while (product as u32) < count.wrapping_neg() % count {
        draw += 1;
        product = u64::from(word(draw)) * u64::from(count);
    }
    Some(ways[(product >> 32) as usize])
}
