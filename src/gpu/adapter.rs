//! The devices that this machine offers, and the choice of one.

use crate::error::{Error, Result};

/// A device that can run simulations.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// What it is: "discrete GPU", "integrated GPU", "virtual GPU", "software", "other".
    pub kind: String,
    /// The programming interface: "Vulkan", "Metal", "Dx12".
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// Whether it computes on the CPU.
    pub is_software: bool,
    /// Whether it multiplies 64-bit integers.
    pub int64: bool,
    /// How large things may be. They can be lowered before the device is used, never raised.
    pub limits: Limits,
    pub(super) handle: wgpu::Adapter,
}

/// How large things may be on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a buffer that a kernel sees at a time.
    pub binding_bytes: u64,
    /// Bytes of a buffer.
    pub buffer_bytes: u64,
    /// Workgroups along one dimension of a dispatch.
    pub workgroups: u32,
    /// Storage buffers that a kernel can use.
    pub storage_buffers: u32,
    /// Bytes of memory that a workgroup has to itself.
    pub workgroup_bytes: u32,
}

/// All devices of this machine, the best first.
pub fn adapters() -> Vec<Adapter> {
    let mut description = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    // Some drivers let a buffer be made that does not fit, and fail when it is used: refuse it when it is made.
    description.memory_budget_thresholds.for_resource_creation = Some(97);
    let instance = wgpu::Instance::new(description);
    let mut found: Vec<(u32, Adapter)> =
        pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
            .into_iter()
            .map(|handle| (rank(handle.get_info().device_type), describe(handle)))
            .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, adapter)| adapter).collect()
}

impl Adapter {
    /// The best device: discrete before integrated before virtual; a software one only if it is allowed and there is
    /// no other.
    ///
    /// # Errors
    /// When there is none; the message says how to get one.
    pub fn best(allow_software: bool) -> Result<Adapter> {
        let mut all = adapters();
        let software = all.iter().filter(|adapter| adapter.is_software).count();
        all.retain(|adapter| allow_software || !adapter.is_software);
        all.into_iter().next().ok_or_else(|| Error::Device {
            why: match software {
                0 => "this machine has no GPU that can be used through Vulkan, Metal or Direct3D 12".into(),
                _ => "this machine has no GPU but a software one".into(),
            },
            remedy: match software {
                0 => "install the GPU's driver, or a software device with `apt-get install mesa-vulkan-drivers libvulkan1`, \
                      or use `--backend cpu`"
                    .into(),
                _ => "use `--backend cpu`, which is as fast, or ask for the software one with `--backend gpu`".into(),
            },
        })
    }
}

fn rank(kind: wgpu::DeviceType) -> u32 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

fn describe(handle: wgpu::Adapter) -> Adapter {
    let info = handle.get_info();
    let limits = handle.limits();
    Adapter {
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete GPU",
            wgpu::DeviceType::IntegratedGpu => "integrated GPU",
            wgpu::DeviceType::VirtualGpu => "virtual GPU",
            wgpu::DeviceType::Cpu => "software",
            wgpu::DeviceType::Other => "other",
        }
        .into(),
        backend: format!("{:?}", info.backend),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        is_software: info.device_type == wgpu::DeviceType::Cpu,
        int64: handle.features().contains(wgpu::Features::SHADER_INT64),
        limits: Limits {
            binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            buffer_bytes: limits.max_buffer_size,
            workgroups: limits.max_compute_workgroups_per_dimension,
            storage_buffers: limits.max_storage_buffers_per_shader_stage,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
        },
        name: info.name,
        handle,
    }
}
