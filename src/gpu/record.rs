//! Rows of metrics, measured where the worlds are and kept there until they are read together.

use std::collections::HashMap;

use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use super::kernel::{self, CALL_BYTES, Common, Kernel, Setup};
use super::stream::{Dispatch, Stream};
use super::totals;
use crate::error::Result;
use crate::model::{Over, Reduction, ValueKind};
use crate::plan::{Measure, Plan, TOTALS_WORDS};
use crate::reduce::Partial;

const COMBINE: &str = concat!(
    include_str!("../../shaders/prelude/wide_portable.wgsl"),
    include_str!("../../shaders/passes/reduce.wgsl"),
    include_str!("../../shaders/passes/combine.wgsl"),
);

/// Bytes of a row, and of the results of blocks, that a dispatch may take: batches of more are measured in parts.
const PART_BYTES: u64 = 8 << 20;
/// Bytes of the rows that are kept before they are read.
const ROWS_BYTES: u64 = 4 << 20;
const MOST_ROWS: u64 = 1024;
/// Offsets at which every device can bind a storage buffer.
const ALIGNMENT: u64 = 256;

/// The kernels that measure, and the rows that they have filled.
pub(super) struct Recorder {
    /// What is measured: metrics that come from the same totals are measured once.
    places: Vec<MetricPlace>,
    /// For each metric, its place.
    place_of: Vec<usize>,
    combine: Option<Kernel>,
    rows: wgpu::Buffer,
    row_bytes: u64,
    capacity: usize,
    /// The results of blocks, before they are combined.
    parts: wgpu::Buffer,
    parts_bytes: u64,
    filled: Vec<Filled>,
    counts_bins: bool,
    groups: HashMap<(usize, usize, usize, u64), wgpu::BindGroup>,
}

struct MetricPlace {
    /// The first metric that is measured here.
    metric: usize,
    kernel: Kernel,
    combine_group: Option<wgpu::BindGroup>,
    /// Where in a row it starts.
    offset: u64,
    bytes: u64,
}

/// What a row holds: some worlds of a chunk after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Filled {
    pub tick: u64,
    pub first: u32,
    pub count: u32,
}

/// Rows that were read.
pub(super) struct Rows {
    pub filled: Vec<Filled>,
    words: Vec<u32>,
    row_words: usize,
}

impl Recorder {
    pub fn new(
        device: &mut Device,
        module: &wgpu::ShaderModule,
        plan: &Plan,
        division: &Division,
        calls: &wgpu::Buffer,
    ) -> Result<Recorder> {
        let (measured, place_of) = distinct(&plan.metrics);
        let block_results = |measure: &Measure| match measure.metric.reduction {
            Reduction::Histogram { .. } => 0,
            _ if measure.blocks.count() == 1 => 0,
            _ => u64::from(measure.blocks.count()) * u64::from(TOTALS_WORDS) * 4,
        };
        let measures = || measured.iter().map(|metric| &plan.metrics[*metric]);
        let of_world: u64 = measures().map(|measure| 4 * u64::from(totals::words(measure))).sum();
        let parts_of_world = measures().map(block_results).max().unwrap_or(0);
        let worlds = (PART_BYTES / of_world.max(parts_of_world).max(1)).clamp(1, division.worlds.into());
        let mut row_bytes = 0;
        let spans: Vec<(u64, u64)> = measures()
            .map(|measure| {
                let bytes = (worlds * 4 * u64::from(totals::words(measure))).next_multiple_of(ALIGNMENT);
                row_bytes += bytes;
                (row_bytes - bytes, bytes)
            })
            .collect();
        let capacity = (ROWS_BYTES / row_bytes.max(1)).clamp(1, MOST_ROWS);
        let rows = device.storage("rows", capacity * row_bytes / 4)?;
        let parts_bytes = (parts_of_world * worlds).max(16);
        let parts = device.storage("parts", parts_bytes / 4)?;
        let combine = match parts_of_world {
            0 => None,
            _ => Some(Kernel::own(
                device,
                COMBINE,
                &[kernel::uniform(0), kernel::storage(1, true, false), kernel::storage(2, false, true)],
            )?),
        };
        let mut places = Vec::new();
        for (metric, (offset, bytes)) in measured.iter().zip(spans) {
            let measure = &plan.metrics[*metric];
            let group = |kernel: &Kernel| {
                device.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: None,
                    layout: &kernel.layout,
                    entries: &[
                        wgpu::BindGroupEntry { binding: 0, resource: kernel::part(calls, CALL_BYTES) },
                        wgpu::BindGroupEntry { binding: 1, resource: parts.as_entire_binding() },
                        wgpu::BindGroupEntry { binding: 2, resource: kernel::part(&rows, bytes) },
                    ],
                })
            };
            places.push(MetricPlace {
                metric: *metric,
                kernel: Kernel::of_plan(device, module, plan, &measure.entry, &measure.metric.name)?,
                combine_group: combine.as_ref().filter(|_| block_results(measure) > 0).map(group),
                offset,
                bytes,
            });
        }
        Ok(Recorder {
            places,
            place_of,
            combine,
            rows,
            row_bytes,
            capacity: capacity as usize,
            parts,
            parts_bytes,
            filled: Vec::new(),
            counts_bins: plan
                .metrics
                .iter()
                .any(|measure| matches!(measure.metric.reduction, Reduction::Histogram { .. })),
            groups: HashMap::new(),
        })
    }

    /// Worlds that one row has place for.
    pub fn worlds(&self, plan: &Plan) -> u32 {
        let fits = |place: &MetricPlace| {
            let measure = &plan.metrics[place.metric];
            let rows = place.bytes / 4 / u64::from(totals::words(measure));
            match place.combine_group {
                Some(_) => rows
                    .min(self.parts_bytes / 4 / u64::from(TOTALS_WORDS) / u64::from(measure.blocks.count())),
                None => rows,
            }
        };
        self.places.iter().map(fits).min().map_or(u32::MAX, |worlds| worlds.min(u64::from(u32::MAX)) as u32)
    }

    /// Forgets what was bound of a chunk, whose buffers are others now.
    pub fn forget(&mut self, number: usize) {
        self.groups.retain(|(chunk, ..), _| *chunk != number);
    }

    /// Whether rows must be read before another one is filled.
    pub fn is_full(&self) -> bool {
        self.filled.len() >= self.capacity
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// Fills a row with the metrics of `count` worlds of a chunk from its world `first` on; those that stand still are
    /// left out.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        (number, chunk): (usize, &Chunk),
        (first, count): (u32, u32),
    ) -> Result<()> {
        let Setup { plan, division } = setup;
        if self.filled.is_empty() && self.counts_bins {
            stream.clear(&self.rows);
        }
        let row_at = self.filled.len() as u64 * self.row_bytes;
        let alone = division.setting.worlds == 1;
        for (index, place) in self.places.iter().enumerate() {
            let measure = &plan.metrics[place.metric];
            let blocks = measure.blocks;
            let row_place = (row_at + place.offset) as u32;
            let (values, values_at) = match place.combine_group {
                Some(_) => ((&self.parts, self.parts_bytes), 0),
                None => ((&self.rows, place.bytes), row_place),
            };
            let calls = stream.calls.clone();
            let common = Common { calls: &calls, values: Some(values) };
            // Each piece of the agents is measured by itself; all its blocks lie within it.
            let pieces: Vec<(u32, u32)> = match measure.metric.over {
                Over::Agents(kind) if alone && !plan.model.kinds[kind].varies => {
                    division.pieces(kind, 1).collect()
                }
                _ => vec![(0, 0)],
            };
            for (piece, (start, items)) in pieces.iter().enumerate() {
                let (from, numbers, base) = match (alone, pieces.len()) {
                    (false, _) => (first * blocks.count(), count * blocks.count(), first * blocks.count()),
                    (true, 1) => (0, blocks.count(), 0),
                    (true, _) => (start / blocks.size(), items.div_ceil(blocks.size()), *start),
                };
                let key = (number, index, piece, place.kernel.parity(chunk));
                let group = match self.groups.get(&key) {
                    Some(group) => group.clone(),
                    None => {
                        let group = place.kernel.group(device, chunk, &common, &measure.layers, piece)?;
                        self.groups.insert(key, group.clone());
                        group
                    }
                };
                stream.dispatch(
                    device,
                    Dispatch {
                        kernel: &place.kernel,
                        group: &group,
                        call: &[chunk.tick as u32, from, numbers, base],
                        values_at: Some(values_at),
                        workgroups: numbers.div_ceil(blocks.of_workgroup()),
                        work: u64::from(numbers) * u64::from(blocks.size()),
                    },
                )?;
            }
            if let (Some(combine), Some(group)) = (&self.combine, &place.combine_group) {
                let floats = u32::from(measure.metric.values == ValueKind::F32);
                stream.dispatch(
                    device,
                    Dispatch {
                        kernel: combine,
                        group,
                        call: &[count, blocks.count(), floats, 0],
                        values_at: Some(row_place),
                        workgroups: count,
                        work: u64::from(count) * u64::from(blocks.count().max(256)),
                    },
                )?;
            }
        }
        self.filled.push(Filled { tick: chunk.tick, first, count });
        Ok(())
    }

    /// Reads all rows back; they can then be filled anew.
    ///
    /// # Errors
    /// When the device fails.
    pub fn read(&mut self, device: &mut Device, stream: &mut Stream) -> Result<Rows> {
        // Reading waits for all that was submitted before, so that one wait is enough.
        stream.submit(device)?;
        let filled = std::mem::take(&mut self.filled);
        let words = device.read(&self.rows, 0, filled.len() as u64 * self.row_bytes / 4)?;
        stream.finish(device)?;
        Ok(Rows { filled, words, row_words: (self.row_bytes / 4) as usize })
    }

    /// What a row that was read says of its `world`-th world.
    pub fn partials(&self, plan: &Plan, rows: &Rows, row: usize, world: u32) -> Vec<Partial> {
        let places = self.place_of.iter().map(|place| &self.places[*place]);
        places
            .zip(&plan.metrics)
            .map(|(place, measure)| {
                let words = totals::words(measure) as usize;
                let at = row * rows.row_words + (place.offset / 4) as usize + world as usize * words;
                totals::partial(measure, &rows.words[at..at + words]).needed(&measure.metric)
            })
            .collect()
    }
}

/// The metrics that must be measured, and for each metric the place among them of the one that it comes from.
fn distinct(measures: &[Measure]) -> (Vec<usize>, Vec<usize>) {
    let same_totals = |a: &Measure, b: &Measure| {
        let histogram = |measure: &Measure| matches!(measure.metric.reduction, Reduction::Histogram { .. });
        let from = |measure: &Measure| {
            (measure.metric.source.clone(), measure.metric.over, measure.metric.values, measure.bits_of)
        };
        !histogram(a) && !histogram(b) && from(a) == from(b)
    };
    let mut measured: Vec<usize> = Vec::new();
    let place_of = (0..measures.len())
        .map(|index| {
            let same = measured.iter().position(|other| same_totals(&measures[*other], &measures[index]));
            same.unwrap_or_else(|| {
                measured.push(index);
                measured.len() - 1
            })
        })
        .collect();
    (measured, place_of)
}
