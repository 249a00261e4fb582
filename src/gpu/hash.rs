//! The state hash of worlds on a device. Drives `shaders/passes/hash.wgsl`.

use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use super::kernel::{self, CALL_BYTES, Kernel};
use super::stream::{Dispatch, Stream};
use crate::error::Result;
use crate::model::{self, Kind, Model, Part, Setting};
use crate::plan::WORKGROUP;
use crate::reduce::hash::{NEXT_ID, Sums, combine, hash_words, kind_section, section};

const HASH: &str = include_str!("../../shaders/passes/hash.wgsl");
/// Records that an invocation takes.
const ROUNDS: u64 = 16;

/// The kernels that hash, and their sums.
pub(super) struct Hasher {
    /// One for each kind of agents.
    kinds: Vec<Hash>,
    /// One for each number of lanes that some layer needs.
    words: Vec<Hash>,
    sums: wgpu::Buffer,
}

struct Hash {
    kernel: Kernel,
    /// Invocations that share a block.
    lanes: u64,
}

/// What says which records of a world count, and by which number each is known: all of them, by their place.
const ALL_RECORDS: &str = "fn hash_count(world: u32) -> u32 { return job.records; }
fn hash_number(world: u32, record: u32) -> u32 { return record; }
";

/// The same where agents of a kind are known by numbers that are held.
fn some_records(model: &Model, setting: &Setting, kind: usize) -> String {
    let kinds = model.kinds.len();
    let element = model::id_element(model, setting, kind);
    let id = if element == "u32" { "" } else { ".x" };
    format!(
        "@group(0) @binding(3) var<storage, read> ids: array<{element}>;
@group(0) @binding(4) var<storage, read> numbers: array<vec4<u32>>;
fn hash_count(world: u32) -> u32 {{ return numbers[world * {kinds}u + {kind}u].x; }}
fn hash_number(world: u32, record: u32) -> u32 {{ return ids[world * job.records + record]{id}; }}
"
    )
}

/// Invocations that share a block of a world with so many records.
fn lanes(records: u64) -> u64 {
    records.div_ceil(ROUNDS).next_power_of_two().clamp(1, WORKGROUP.into())
}

/// Some records of one section in one buffer.
struct Job<'a> {
    hash: &'a Hash,
    buffer: &'a wgpu::Buffer,
    /// The agents' numbers and how many there are, where an agent's number is not its place.
    known_by: Option<[&'a wgpu::Buffer; 2]>,
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
        let compile = |lanes: u64, stride: u32, used: &[u32], by_id: Option<String>| -> Result<Hash> {
            let offsets: Vec<String> = used.iter().map(|offset| format!("{offset}u")).collect();
            let head = format!(
                "const HASH_LANES: u32 = {lanes}u;\nconst HASH_STRIDE: u32 = {stride}u;\nconst HASH_USED: u32 = {}u;\n\
                 const HASH_OFFSETS = array<u32, HASH_USED>({});\n",
                used.len(),
                offsets.join(", "),
            );
            let records = by_id.as_deref().unwrap_or(ALL_RECORDS);
            let mut bound = entries.to_vec();
            if by_id.is_some() {
                bound.extend([kernel::storage(3, true, false), kernel::storage(4, true, false)]);
            }
            Ok(Hash { kernel: Kernel::own(device, &(head + records + HASH), &bound)?, lanes })
        };
        let layers = (0..model.layers.len()).filter(|layer| !model.shared(*layer));
        let mut wanted: Vec<u64> = layers.map(|layer| lanes(layer_words(model, division, layer))).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let of_kind = |(index, kind): (usize, &Kind)| {
            let by_id = kind.is_numbered().then(|| some_records(model, &division.setting, index));
            let agents = division.setting.agents[index].into();
            compile(lanes(agents), kind.layout.stride / 4, &kind.layout.words(), by_id)
        };
        Ok(Hasher {
            kinds: model.kinds.iter().enumerate().map(of_kind).collect::<Result<_>>()?,
            words: wanted.into_iter().map(|lanes| compile(lanes, 1, &[0], None)).collect::<Result<_>>()?,
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
        stream.clear(&self.sums);
        for (index, (kind, hash)) in model.kinds.iter().zip(&self.kinds).enumerate() {
            let (population, stride) = (&chunk.kinds[index], kind.layout.stride / 4);
            let world_words = population.room.wrapping_mul(stride);
            let tag = kind_section(index);
            if kind.is_numbered() {
                let buffer = population.only(Part::Agents)?;
                let known_by = Some([population.only(Part::Ids)?, &chunk.numbers]);
                let records = population.room;
                self.dispatch(
                    device,
                    stream,
                    Job { hash, buffer, known_by, worlds, records, world_words, first_record: 0, tag },
                )?;
                continue;
            }
            for (buffer, (first, count)) in
                population.part(Part::Agents).iter().zip(division.pieces(index, worlds))
            {
                let (records, first_record) =
                    if alone { (count, first) } else { (division.setting.agents[index], 0) };
                self.dispatch(
                    device,
                    stream,
                    Job { hash, buffer, known_by: None, worlds, records, world_words, first_record, tag },
                )?;
            }
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
                    known_by: None,
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
        let kinds = model.kinds.len();
        let numbers = match model.kinds.iter().any(|kind| kind.varies) {
            true => chunk.read_numbers(device)?,
            false => Vec::new(),
        };
        stream.finish(device)?;
        let of_world = |(world, pair): (usize, &[u32])| {
            let varying = (0..kinds).filter(|kind| model.kinds[*kind].varies);
            // Who is born next is part of what will be.
            let next = varying.map(|kind| {
                let next_id = numbers[4 * (world * kinds + kind) + 1];
                hash_words(&[next_id], kind_section(kind) ^ NEXT_ID, 0)
            });
            combine(next.chain([[pair[0], pair[1]]]))
        };
        Ok(words.chunks_exact(2).enumerate().map(of_world).collect())
    }

    fn dispatch(&self, device: &mut Device, stream: &mut Stream, job: Job) -> Result<()> {
        let mut entries = vec![
            wgpu::BindGroupEntry { binding: 0, resource: kernel::part(&stream.calls, CALL_BYTES) },
            wgpu::BindGroupEntry { binding: 1, resource: job.buffer.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 2, resource: self.sums.as_entire_binding() },
        ];
        for (binding, buffer) in (3..).zip(job.known_by.into_iter().flatten()) {
            entries.push(wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
        }
        let group = device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &job.hash.kernel.layout,
            entries: &entries,
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
