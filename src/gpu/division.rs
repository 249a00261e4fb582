//! How a batch is cut so that every buffer fits what a kernel can see at a time.
//!
//! A chunk is some whole worlds with buffers of their own. A world that is too large for that is a chunk by itself, its
//! layers in several segments that are all bound at once, its agents in several pieces that are bound one after another.

use super::Limits;
use crate::error::{Error, Result};
use crate::model::{Kind, Model, Setting};
use crate::plan::{Blocks, WORKGROUP};
use crate::world::Worlds;

/// How a batch is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Division {
    /// Worlds of each chunk; the last may have fewer.
    pub worlds: u32,
    /// Agents of each piece of a world of a model's only kind; all of them unless a world is a chunk by itself.
    pub agents: u32,
    /// For how many agents of each kind a world has room at first.
    pub rooms: Vec<u32>,
    /// What the kernels are made for.
    pub setting: Setting,
}

impl Division {
    /// Cuts a batch for a device.
    ///
    /// # Errors
    /// When a few hundred agents, or a parameter set, exceed what a kernel can see.
    pub fn new(model: &Model, worlds: &Worlds, limits: &Limits, int64: bool) -> Result<Division> {
        let mut setting = Setting {
            width: worlds.map.width(),
            height: worlds.map.height(),
            wraps: worlds.wraps,
            open: worlds.open(),
            agents: worlds.most_agents(model)?,
            worlds: 1,
            segment_words: vec![u64::MAX; model.layers.len()],
            segments: 1,
            int64,
            resident: false,
            host: None,
            parameters: worlds.common_parameters(model),
        };
        let binding_words = limits.binding_bytes.min(limits.buffer_bytes) / 4;
        let cells = setting.cells();
        let words =
            |layer: usize| if setting.absent(model, layer) { 0 } else { model.layers[layer].words(cells) };
        let layer_words: Vec<u64> = (0..model.layers.len()).map(words).collect();
        let rooms: Vec<u32> =
            model.kinds.iter().zip(&setting.agents).map(|(kind, agents)| first_room(kind, *agents)).collect();
        let kind_words = |(kind, room): (&Kind, &u32)| {
            let stride = u64::from(kind.layout.stride / 4);
            let squares = kind
                .bins(setting.width, setting.height)
                .map_or(0, |[columns, rows]| u64::from(columns) * u64::from(rows));
            let births = if kind.varies { stride * u64::from(kind.births) } else { 0 };
            (stride.max(births) * u64::from(*room)).max(squares)
        };
        let of_kinds: Vec<u64> = model.kinds.iter().zip(&rooms).map(kind_words).collect();
        // What a world takes in each buffer that worlds share, and the items that an index must be able to number.
        let of_worlds =
            (0..model.layers.len()).filter(|layer| !model.shared(*layer)).map(|layer| layer_words[layer]);
        let most_words = of_worlds
            .chain(of_kinds.iter().copied())
            .chain([model.parameters.len() as u64, 4])
            .max()
            .unwrap_or(1);
        let items = rooms.iter().map(|room| u64::from(*room)).fold(cells, u64::max);
        let fitting = (binding_words / most_words).min(MOST_ITEMS / items);
        let count = u64::from(worlds.len());
        let chunks = count.div_ceil(fitting.max(1));
        let per_chunk = count.div_ceil(chunks) as u32;
        setting.worlds = per_chunk;
        for (layer, words) in layer_words.iter().enumerate() {
            if *words > binding_words {
                setting.segment_words[layer] = binding_words;
                setting.segments = setting.segments.max(crate::model::segments(*words, binding_words));
            }
        }
        let alone = match model.kinds.as_slice() {
            [kind] if !kind.varies && kind.near.is_none() => Some(u64::from(kind.layout.stride / 4)),
            _ => None,
        };
        let mut agents = setting.agents.first().copied().unwrap_or(0);
        if let Some(agent_words) = alone.filter(|words| words * u64::from(agents) > binding_words) {
            // Neither a workgroup nor a block of a metric may straddle two pieces.
            let unit = u64::from(Blocks::new(agents.into()).size().max(WORKGROUP));
            let fitting = binding_words / agent_words / unit * unit;
            if fitting == 0 {
                return Err(Error::Device {
                    why: format!(
                        "the device sees {} bytes of a buffer at a time, too few for {unit} agents of {} bytes",
                        limits.binding_bytes, model.kinds[0].layout.stride
                    ),
                    remedy: "use `--backend cpu`".into(),
                });
            }
            agents = fitting as u32;
        }
        Ok(Division { worlds: per_chunk, agents, rooms, setting })
    }

    /// The agents of a kind in each piece of a chunk of `worlds` worlds, as the first one's number and how many there are.
    pub fn pieces(&self, kind: usize, worlds: u32) -> impl Iterator<Item = (u32, u32)> + use<> {
        let agents = self.setting.agents[kind];
        let all = if self.setting.worlds == 1 { agents } else { agents * worlds };
        let piece = if self.setting.worlds == 1 && kind == 0 { self.agents } else { all };
        (0..all.div_ceil(piece.max(1))).map(move |index| (index * piece, piece.min(all - index * piece)))
    }

    /// The words of each segment of a layer's copy in a chunk of `worlds` worlds.
    pub fn segments(&self, model: &Model, layer: usize, worlds: u32) -> Vec<u64> {
        if self.setting.absent(model, layer) {
            return Vec::new();
        }
        let of_world = model.layers[layer].words(self.setting.cells());
        let words = if model.shared(layer) { of_world } else { of_world * u64::from(worlds) };
        let segment = self.setting.segment_words[layer].min(words);
        (0..words.div_ceil(segment)).map(|index| segment.min(words - index * segment)).collect()
    }
}

/// For how many agents of a kind a world has room at first: a few times as many where their number varies, so that they
/// seldom have to move.
fn first_room(kind: &Kind, agents: u32) -> u32 {
    match kind.varies {
        true => agents.saturating_mul(4).max(256),
        false => agents,
    }
}

/// Items that a dispatch can number: one bit is kept so that the last workgroups of a plane do not wrap around.
const MOST_ITEMS: u64 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::map::Map;
    use std::sync::Arc;

    fn divided(name: &str, side: u32, agents: u32, count: u64, binding_bytes: u64) -> (Model, Division) {
        let model = Model::builtin(name).unwrap_or_else(|error| panic!("{error}"));
        let map = Map::open(side, side).unwrap_or_else(|error| panic!("{error}"));
        let reachable = map.reachable(model.neighbours, false).unwrap_or_else(|error| panic!("{error}"));
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.default).collect();
        let worlds = Worlds {
            map: Arc::new(map),
            reachable: Arc::new(reachable),
            wraps: false,
            agents,
            seeds: (0..count).collect(),
            parameters: vec![parameters; count as usize],
            free: Vec::new(),
            populations: Vec::new(),
        };
        let limits = Limits {
            binding_bytes,
            buffer_bytes: u64::MAX,
            workgroups: 65_535,
            storage_buffers: 32,
            workgroup_bytes: 16_384,
        };
        let division =
            Division::new(&model, &worlds, &limits, true).unwrap_or_else(|error| panic!("{error}"));
        (model, division)
    }

    #[test]
    fn a_batch_that_fits_is_one_chunk() {
        let (model, division) = divided("explorers", 64, 100, 50, 1 << 30);
        assert_eq!((division.worlds, division.setting.worlds, division.setting.segments), (50, 50, 1));
        assert_eq!(division.pieces(0, 50).collect::<Vec<_>>(), [(0, 5000)]);
        assert_eq!(division.segments(&model, 2, 50), [50 * 1024]);
        // The map has no walls, so their layer is absent.
        assert_eq!(division.segments(&model, 0, 50), [0; 0]);
    }

    #[test]
    fn chunks_are_as_even_as_they_can_be() {
        // The trail takes 4096 bytes a world: 9 worlds fit, 50 worlds take 6 chunks.
        let (_, division) = divided("explorers", 64, 100, 50, 9 * 4096 + 1000);
        assert_eq!(division.worlds, 9);
        let (_, division) = divided("explorers", 64, 100, 10, 9 * 4096);
        assert_eq!(division.worlds, 5);
    }

    #[test]
    fn a_world_that_does_not_fit_is_cut_into_segments_and_pieces() {
        // 64 cells by 64 of 8 bits are 1024 words.
        let (model, division) = divided("explorers", 64, 200, 3, 4096 - 400);
        assert_eq!((division.worlds, division.setting.worlds, division.setting.segments), (1, 1, 2));
        assert_eq!(division.segments(&model, 2, 1), [924, 100]);
        assert_eq!(division.segments(&model, 1, 1), [128]);
        // Pieces are whole blocks of a metric, here of 1024 agents of 16 bytes.
        let (_, division) = divided("explorers", 64, 3000, 3, 2 * 1024 * 16 + 100);
        assert_eq!(division.pieces(0, 1).collect::<Vec<_>>(), [(0, 2048), (2048, 952)]);
    }

    #[test]
    fn items_stay_below_what_an_index_can_number() {
        let (_, division) = divided("walkers", 16, 1 << 20, 5000, u64::MAX);
        assert!(u64::from(division.worlds) << 20 <= MOST_ITEMS);
        assert_eq!(division.worlds, 1667);
    }
}
