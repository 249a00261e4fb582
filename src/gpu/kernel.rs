//! A kernel on a device: its pipeline, and what it binds.

use std::borrow::Cow;

use super::Limits;
use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use crate::error::{Error, Result};
use crate::model::{LayerUse, Part};
use crate::plan::{Plan, binding};

/// A compiled kernel of a plan, or one of the backend's own.
pub(super) struct Kernel {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
    /// What it binds, in the order of the binding numbers.
    bound: Vec<(u32, Bound)>,
}

/// What stands behind a binding number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Call,
    Worlds,
    Parameters,
    Numbers,
    Status,
    Values,
    Graph,
    /// A segment of the copy of a layer that rules read.
    Read(usize, usize),
    /// A segment of the copy that effects go to.
    Write(usize, usize),
    /// A part of a kind of agents.
    Kind(usize, Part),
}

/// Bytes of a call, at most.
pub(super) const CALL_BYTES: u64 = 32;

/// What all passes over all chunks have in common.
pub(super) struct Setup<'a> {
    pub plan: &'a Plan,
    pub division: &'a Division,
}

/// The buffers that are the same in all chunks.
pub(super) struct Common<'a> {
    pub calls: &'a wgpu::Buffer,
    /// Where results go, and how many bytes of it one dispatch may use.
    pub values: Option<(&'a wgpu::Buffer, u64)>,
}

/// The module of a plan on a device.
pub(super) fn module(device: &Device, plan: &Plan) -> Result<wgpu::ShaderModule> {
    shader(device, wgpu::ShaderSource::Naga(Cow::Owned(plan.module.clone())))
}

/// Compiles a shader of this crate.
pub(super) fn shader(device: &Device, source: wgpu::ShaderSource<'_>) -> Result<wgpu::ShaderModule> {
    let scope = device.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = device.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    match pollster::block_on(scope.pop()) {
        Some(error) => {
            Err(Error::Internal(format!("the device {} refuses the kernels: {error}", device.name)))
        }
        None => Ok(module),
    }
}

impl Kernel {
    /// An entry point of a plan's module, which binds only what it uses.
    ///
    /// # Errors
    /// When it uses more buffers than the device allows.
    pub fn of_plan(
        device: &Device,
        module: &wgpu::ShaderModule,
        plan: &Plan,
        entry: &str,
        name: &str,
    ) -> Result<Kernel> {
        let Some(index) = plan.module.entry_points.iter().position(|point| point.name == entry) else {
            return Err(Error::Internal(format!("the plan has no entry point `{entry}`")));
        };
        let used = plan.info.get_entry_point(index);
        let mut bound = Vec::new();
        let mut entries = Vec::new();
        for (handle, global) in plan.module.global_variables.iter() {
            let Some(at) = global.binding.filter(|_| !used[handle].is_empty()) else { continue };
            let what = bound_at(plan, at.binding);
            let read_only = match global.space {
                naga::AddressSpace::Storage { access } => !access.contains(naga::StorageAccess::STORE),
                _ => true,
            };
            bound.push((at.binding, what));
            entries.push(match what {
                Bound::Call => uniform(at.binding),
                _ => storage(at.binding, read_only, what == Bound::Values),
            });
        }
        bound.sort_by_key(|(number, _)| *number);
        entries.sort_by_key(|entry| entry.binding);
        check_count(
            &device.limits,
            bound.iter().filter(|(_, what)| *what != Bound::Call).count(),
            name,
            device,
        )?;
        let (pipeline, layout) = pipeline(device, module, entry, &entries)?;
        Ok(Kernel { pipeline, layout, bound })
    }

    /// The entry point `main` of one of the backend's own shaders.
    pub fn own(device: &Device, source: &str, entries: &[wgpu::BindGroupLayoutEntry]) -> Result<Kernel> {
        let module = shader(device, wgpu::ShaderSource::Wgsl(source.into()))?;
        let (pipeline, layout) = pipeline(device, &module, "main", entries)?;
        Ok(Kernel { pipeline, layout, bound: Vec::new() })
    }

    /// Which copies of layers it binds, as a number that tells bind groups apart.
    pub fn parity(&self, chunk: &Chunk) -> u64 {
        let mut layers: Vec<usize> = self
            .bound
            .iter()
            .filter_map(|(_, what)| match what {
                Bound::Read(layer, _) | Bound::Write(layer, _) => Some(*layer),
                _ => None,
            })
            .collect();
        layers.dedup();
        let layers = layers.iter().fold(0, |parity, layer| parity << 1 | chunk.layers[*layer].parity());
        chunk.kinds.iter().fold(layers, |parity, kind| parity << 1 | kind.parity())
    }

    /// Its buffers in a chunk, with piece `piece` of the agents, for a pass that uses layers in the given way.
    pub fn group(
        &self,
        device: &Device,
        chunk: &Chunk,
        common: &Common,
        uses: &[LayerUse],
        piece: usize,
    ) -> Result<wgpu::BindGroup> {
        let mut entries = Vec::with_capacity(self.bound.len());
        for (number, what) in &self.bound {
            let resource = match *what {
                Bound::Call => part(common.calls, CALL_BYTES),
                Bound::Worlds => chunk.described.as_entire_binding(),
                Bound::Parameters => chunk.parameters.as_entire_binding(),
                Bound::Numbers => chunk.numbers.as_entire_binding(),
                Bound::Status => chunk.status.as_entire_binding(),
                Bound::Values => match common.values {
                    Some((buffer, bytes)) => part(buffer, bytes),
                    None => return Err(Error::Internal("a stage has results".into())),
                },
                Bound::Graph => match &chunk.graph {
                    Some(graph) => graph.as_entire_binding(),
                    None => {
                        return Err(Error::Internal("a rule looks along a graph that is not there".into()));
                    }
                },
                Bound::Kind(kind, part) => {
                    let buffers = chunk.kinds[kind].part(part);
                    match buffers.get(if buffers.len() > 1 { piece } else { 0 }) {
                        Some(buffer) => buffer.as_entire_binding(),
                        None => return Err(Error::Internal(format!("agents have no buffer {part:?}"))),
                    }
                }
                Bound::Read(layer, segment) => chunk.layers[layer].now()[segment].as_entire_binding(),
                Bound::Write(layer, segment) => match chunk.layers[layer].turns(uses[layer]) {
                    true => chunk.layers[layer].next()[segment].as_entire_binding(),
                    false => chunk.layers[layer].now()[segment].as_entire_binding(),
                },
            };
            entries.push(wgpu::BindGroupEntry { binding: *number, resource });
        }
        Ok(device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.layout,
            entries: &entries,
        }))
    }
}

/// The first bytes of a buffer, to be bound at offsets that each dispatch gives.
pub(super) fn part(buffer: &wgpu::Buffer, bytes: u64) -> wgpu::BindingResource<'_> {
    wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer,
        offset: 0,
        size: std::num::NonZeroU64::new(bytes),
    })
}

/// A uniform buffer's place in a layout, bound at an offset that each dispatch gives.
pub(super) fn uniform(binding: u32) -> wgpu::BindGroupLayoutEntry {
    entry(binding, wgpu::BufferBindingType::Uniform, true)
}

/// A storage buffer's place in a layout.
pub(super) fn storage(binding: u32, read_only: bool, moves: bool) -> wgpu::BindGroupLayoutEntry {
    entry(binding, wgpu::BufferBindingType::Storage { read_only }, moves)
}

fn entry(binding: u32, ty: wgpu::BufferBindingType, has_dynamic_offset: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    }
}

fn bound_at(plan: &Plan, number: u32) -> Bound {
    let setting = &plan.setting;
    match number {
        binding::CALL => Bound::Call,
        binding::WORLDS => Bound::Worlds,
        binding::PARAMETERS => Bound::Parameters,
        binding::NUMBERS => Bound::Numbers,
        binding::STATUS => Bound::Status,
        binding::VALUES => Bound::Values,
        binding::GRAPH => Bound::Graph,
        _ => {
            if let Some((kind, part)) = setting.part_bound(plan.model.layers.len(), number) {
                return Bound::Kind(kind, part);
            }
            let (layer, place) = setting.layer_binding(number);
            match place.checked_sub(setting.segments) {
                None => Bound::Read(layer, place as usize),
                Some(place) => Bound::Write(layer, place as usize),
            }
        }
    }
}

fn check_count(limits: &Limits, count: usize, name: &str, device: &Device) -> Result<()> {
    if count <= limits.storage_buffers as usize {
        return Ok(());
    }
    Err(Error::Device {
        why: format!(
            "`{name}` uses {count} buffers at a time and {} allows {}",
            device.name, limits.storage_buffers
        ),
        remedy: "use fewer layers in one stage, a smaller grid, or `--backend cpu`".into(),
    })
}

fn pipeline(
    device: &Device,
    module: &wgpu::ShaderModule,
    entry: &str,
    entries: &[wgpu::BindGroupLayoutEntry],
) -> Result<(wgpu::ComputePipeline, wgpu::BindGroupLayout)> {
    let validation = device.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.device.push_error_scope(wgpu::ErrorFilter::Internal);
    let layout = device
        .device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(entry), entries });
    let pipeline_layout = device.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(entry),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = device.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(entry),
        layout: Some(&pipeline_layout),
        module,
        entry_point: Some(entry),
        compilation_options: Default::default(),
        cache: None,
    });
    let errors = [pollster::block_on(internal.pop()), pollster::block_on(validation.pop())];
    match errors.into_iter().flatten().next() {
        Some(error) => {
            Err(Error::Internal(format!("the device {} refuses the kernel `{entry}`: {error}", device.name)))
        }
        None => Ok((pipeline, layout)),
    }
}
