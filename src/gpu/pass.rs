//! One pass over a chunk: second copies made, the stage dispatched, the copies' roles exchanged.

use std::collections::HashMap;

use super::chunk::Chunk;
use super::device::Device;
use super::kernel::{self, Common, Kernel, Setup};
use super::population::Populations;
use super::stream::{Dispatch, Stream};
use crate::error::Result;
use crate::plan::{Pass, Plan};

const COPY: &str = include_str!("../../shaders/passes/copy.wgsl");

/// The passes of a plan, compiled.
pub(super) struct Passes {
    fills: Vec<Kernel>,
    starts: Vec<Kernel>,
    stages: Vec<Kernel>,
    copy: Option<Kernel>,
    populations: Populations,
    groups: HashMap<Key, wgpu::BindGroup>,
}

/// What tells the bind groups of passes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Pass { chunk: usize, stage: Stage, piece: usize, parity: u64 },
    Copy { chunk: usize, layer: usize, segment: usize, parity: u64 },
}

/// A pass of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Fill(usize),
    Start(usize),
    Step(usize),
}

impl Passes {
    pub fn new(device: &Device, module: &wgpu::ShaderModule, plan: &Plan) -> Result<Passes> {
        let compile = |pass: &Pass| Kernel::of_plan(device, module, plan, &pass.entry, &pass.name);
        let copies = (0..plan.model.layers.len()).any(|layer| plan.model.copies(layer) == 2);
        Ok(Passes {
            fills: plan.fills.iter().map(compile).collect::<Result<_>>()?,
            starts: plan.starts.iter().map(compile).collect::<Result<_>>()?,
            stages: plan.stages.iter().map(compile).collect::<Result<_>>()?,
            copy: match copies {
                true => Some(Kernel::own(
                    device,
                    COPY,
                    &[kernel::storage(0, true, false), kernel::storage(1, false, false)],
                )?),
                false => None,
            },
            populations: Populations::new(device, module, plan)?,
            groups: HashMap::new(),
        })
    }

    /// Forgets what was bound of a chunk, whose buffers are others now.
    pub fn forget(&mut self, number: usize) {
        self.populations.forget(number);
        self.groups.retain(|key, _| match key {
            Key::Pass { chunk, .. } | Key::Copy { chunk, .. } => *chunk != number,
        });
    }

    /// All passes that make the first state.
    pub fn beginning(&self) -> Vec<Stage> {
        (0..self.fills.len()).map(Stage::Fill).chain((0..self.starts.len()).map(Stage::Start)).collect()
    }

    /// Runs a pass over all worlds of a chunk that run.
    ///
    /// # Errors
    /// When the device fails.
    pub fn run(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        setup: &Setup,
        (number, chunk): (usize, &mut Chunk),
        stage: Stage,
    ) -> Result<()> {
        let Setup { plan, division } = setup;
        let (kernel, pass) = match stage {
            Stage::Fill(index) => (self.fills.get(index), plan.fills.get(index)),
            Stage::Start(index) => (self.starts.get(index), plan.starts.get(index)),
            Stage::Step(index) => (self.stages.get(index), plan.stages.get(index)),
        };
        let (Some(kernel), Some(pass)) = (kernel, pass) else { return Ok(()) };
        let turning: Vec<usize> =
            (0..chunk.layers.len()).filter(|layer| chunk.layers[*layer].turns(pass.layers[*layer])).collect();
        if let Some(copy) = &self.copy {
            for layer in &turning {
                copy_layer(&mut self.groups, device, stream, copy, (number, chunk), *layer)?;
            }
        }
        let worlds = chunk.worlds.len() as u32;
        self.populations.sort(device, stream, setup, (number, chunk), pass)?;
        let pieces: Vec<(u32, u32)> = match pass.kind() {
            None => vec![(0, pass.places(plan.setting.cells()) * worlds)],
            Some(kind) if plan.model.kinds[kind].varies => vec![(0, chunk.kinds[kind].room * worlds)],
            Some(kind) => division.pieces(kind, worlds).collect(),
        };
        let calls = stream.calls.clone();
        let common = Common { calls: &calls, values: None };
        let parity = kernel.parity(chunk);
        for (piece, (start, items)) in pieces.into_iter().enumerate() {
            let group = match self.groups.entry(Key::Pass { chunk: number, stage, piece, parity }) {
                std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(kernel.group(device, chunk, &common, &pass.layers, piece)?)
                }
            };
            let mut done = 0;
            while done < items {
                let count = stream.share().min(items - done);
                stream.dispatch(
                    device,
                    Dispatch {
                        kernel,
                        group,
                        call: &[chunk.tick as u32, start + done, count, start],
                        values_at: None,
                        workgroups: count.div_ceil(crate::plan::WORKGROUP),
                        work: count.into(),
                    },
                )?;
                done += count;
            }
        }
        for layer in turning {
            chunk.layers[layer].turn();
        }
        self.populations.settle(device, stream, setup, (number, chunk), pass)
    }
}

/// Copies a layer onto its second copy.
fn copy_layer(
    groups: &mut HashMap<Key, wgpu::BindGroup>,
    device: &mut Device,
    stream: &mut Stream,
    copy: &Kernel,
    (number, chunk): (usize, &Chunk),
    layer: usize,
) -> Result<()> {
    let layers = &chunk.layers[layer];
    for (segment, (from, to)) in layers.now().iter().zip(layers.next()).enumerate() {
        let key = Key::Copy { chunk: number, layer, segment, parity: layers.parity() };
        let group = groups.entry(key).or_insert_with(|| {
            device.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &copy.layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: from.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: to.as_entire_binding() },
                ],
            })
        });
        let quads = to.size() / 16;
        stream.dispatch(
            device,
            Dispatch {
                kernel: copy,
                group,
                call: &[],
                values_at: None,
                workgroups: quads.div_ceil(u64::from(crate::plan::WORKGROUP)) as u32,
                work: quads / 4,
            },
        )?;
    }
    Ok(())
}
