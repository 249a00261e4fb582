//! The state hash of worlds on a device. Drives `shaders/passes/hash.wgsl`.

use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use super::kernel::{self, CALL_BYTES, Kernel};
use super::stream::{Dispatch, Stream};
use crate::error::Result;
use crate::model::Model;
use crate::plan::WORKGROUP;
use crate::reduce::hash::{Sums, section};

const HASH: &str = include_str!("../../shaders/passes/hash.wgsl");
/// Records that an invocation takes.
const ROUNDS: u64 = 16;

/// The kernels that hash, and their sums.
pub(super) struct Hasher {
    agents: Hash,
    /// One for each number of lanes that some layer needs.
    words: Vec<Hash>,
    sums: wgpu::Buffer,
}

struct Hash {
    kernel: Kernel,
    /// Invocations that share a block.
    lanes: u64,
}

/// Invocations that share a block of a world with so many records.
fn lanes(records: u64) -> u64 {
    records.div_ceil(ROUNDS).next_power_of_two().clamp(1, WORKGROUP.into())
}

/// Some records of one section in one buffer.
struct Job<'a> {
    hash: &'a Hash,
    buffer: &'a wgpu::Buffer,
    worlds: u32,
    /// Records of each world.
    records: u32,
    world_words: u32,
    first_record: u32,
    tag: u32,
}

impl Hasher {
    pub fn new(device: &mut Device, model: &Model, division: &Division) -> Result<Hasher> {
        let entries = [kernel::uniform(0), kernel::storage(1, true, false), kernel::storage(2, false, false)];
        let compile = |lanes: u64, stride: u32, used: &[u32]| -> Result<Hash> {
            let offsets: Vec<String> = used.iter().map(|offset| format!("{offset}u")).collect();
            let head = format!(
                "const HASH_LANES: u32 = {lanes}u;\nconst HASH_STRIDE: u32 = {stride}u;\nconst HASH_USED: u32 = {}u;\n\
                 const HASH_OFFSETS = array<u32, HASH_USED>({});\n",
                used.len(),
                offsets.join(", "),
            );
            Ok(Hash { kernel: Kernel::own(device, &(head + HASH), &entries)?, lanes })
        };
        let layers = (0..model.layers.len()).filter(|layer| !model.shared(*layer));
        let mut wanted: Vec<u64> = layers.map(|layer| lanes(layer_words(model, division, layer))).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let of_agents = lanes(division.setting.agents.into());
        Ok(Hasher {
            agents: compile(of_agents, model.agent.stride / 4, &model.agent.words())?,
            words: wanted.into_iter().map(|lanes| compile(lanes, 1, &[0])).collect::<Result<_>>()?,
            sums: device.storage("sums", 2 * u64::from(division.worlds))?,
        })
    }

    /// The sums of each world of a chunk over all that its rules can change.
    ///
    /// # Errors
    /// When the device fails.
    pub fn sums(
        &self,
        device: &mut Device,
        stream: &mut Stream,
        model: &Model,
        division: &Division,
        chunk: &Chunk,
    ) -> Result<Vec<Sums>> {
        let worlds = chunk.worlds.len() as u32;
        let alone = division.setting.worlds == 1;
        let stride = model.agent.stride / 4;
        stream.clear(&self.sums);
        for (buffer, (first, count)) in chunk.agents.iter().zip(division.pieces(worlds)) {
            let (records, first_record) = if alone { (count, first) } else { (division.setting.agents, 0) };
            let world_words = division.setting.agents.wrapping_mul(stride);
            self.dispatch(device, stream, Job { hash: &self.agents, buffer, worlds, records, world_words, first_record, tag: 0 })?;
        }
        for (layer, tag) in (0..model.layers.len()).zip(1..) {
            if model.shared(layer) {
                continue;
            }
            let of_world = layer_words(model, division, layer);
            let Some(hash) = self.words.iter().find(|hash| hash.lanes == lanes(of_world)) else { continue };
            let segments = division.segments(model, layer, worlds);
            let mut first = 0;
            for (buffer, words) in chunk.layers[layer].now().iter().zip(segments) {
                let records = if alone { words } else { of_world } as u32;
                let job = Job {
                    hash,
                    buffer,
                    worlds,
                    records,
                    world_words: of_world as u32,
                    first_record: first as u32,
                    tag,
                };
                self.dispatch(device, stream, job)?;
                first += words;
            }
        }
        stream.submit(device)?;
        let words = device.read(&self.sums, 0, 2 * u64::from(worlds))?;
        stream.finish(device)?;
        Ok(words.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect())
    }

    fn dispatch(&self, device: &mut Device, stream: &mut Stream, job: Job) -> Result<()> {
        let group = device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &job.hash.kernel.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: kernel::part(&stream.calls, CALL_BYTES) },
                wgpu::BindGroupEntry { binding: 1, resource: job.buffer.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 2, resource: self.sums.as_entire_binding() },
            ],
        });
        let [low, high] = section(job.tag);
        let block = ROUNDS * job.hash.lanes;
        let blocks = u64::from(job.records).div_ceil(block) * u64::from(job.worlds);
        stream.dispatch(
            device,
            Dispatch {
                kernel: &job.hash.kernel,
                group: &group,
                call: &[job.worlds, job.records, 0, job.world_words, job.first_record, 0, low, high],
                values_at: None,
                workgroups: (blocks * job.hash.lanes).div_ceil(WORKGROUP.into()) as u32,
                work: blocks * block / 4,
            },
        )
    }
}

fn layer_words(model: &Model, division: &Division, layer: usize) -> u64 {
    model.layers[layer].words(division.setting.cells())
}
