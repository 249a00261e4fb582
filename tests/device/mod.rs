//! Runs one compute shader on this machine's device, for tests that compare a shader with its native twin.
#![allow(dead_code, reason = "every test file includes this one and uses a part of it")]

use std::sync::OnceLock;

use wgpu::util::DeviceExt;

/// A device to test on; the software Vulkan device will do.
pub struct Device {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// Whether shaders may use 64-bit integers.
    pub int64: bool,
}

/// One buffer of the shader, in the order of the bindings of group 0.
pub enum Buffer<'a> {
    /// `var<uniform>`
    Uniform(&'a [u32]),
    /// `var<storage, read>`
    Read(&'a [u32]),
    /// `var<storage, read_write>`, with its first content; the last such buffer is what `run` returns.
    Write(&'a [u32]),
}

/// The device, or nothing on a machine without any: then the test says so and passes, unless `THRONG_REQUIRE_GPU` is
/// set, as it is where the tests must not be skipped.
pub fn device() -> Option<&'static Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| pollster::block_on(open()));
    if device.is_none() {
        assert!(
            std::env::var_os("THRONG_REQUIRE_GPU").is_none(),
            "THRONG_REQUIRE_GPU is set and there is no GPU device"
        );
        println!(
            "skipped: no GPU device; install the software Vulkan device (mesa-vulkan-drivers) to run this test"
        );
    }
    device.as_ref()
}

async fn open() -> Option<Device> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.ok()?;
    let features = adapter.features() & wgpu::Features::SHADER_INT64;
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor { required_features: features, ..Default::default() })
        .await
        .ok()?;
    Some(Device { device, queue, int64: !features.is_empty() })
}

impl Device {
    /// Compiles `shader` and runs its entry point `main` over `workgroups`.
    ///
    /// Panics with the compiler's message when the shader is not valid.
    pub fn run(&self, shader: wgpu::ShaderSource<'_>, buffers: &[Buffer], workgroups: [u32; 2]) -> Vec<u32> {
        let guard = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module =
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: shader });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        if let Some(error) = pollster::block_on(guard.pop()) {
            panic!("the shader is not valid: {error}");
        }
        let made: Vec<wgpu::Buffer> = buffers.iter().map(|buffer| self.buffer(buffer)).collect();
        let entries: Vec<_> = made
            .iter()
            .enumerate()
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let last = buffers
            .iter()
            .rposition(|buffer| matches!(buffer, Buffer::Write(_)))
            .expect("a buffer to read back");
        let result = &made[last];
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: result.size(),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(workgroups[0], workgroups[1], 1);
        }
        encoder.copy_buffer_to_buffer(result, 0, &staging, 0, result.size());
        self.queue.submit([encoder.finish()]);
        staging.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("the result can be mapped"));
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device finishes");
        let view = staging.get_mapped_range(..).expect("the result is mapped");
        bytemuck::cast_slice(&view).to_vec()
    }

    fn buffer(&self, buffer: &Buffer) -> wgpu::Buffer {
        use wgpu::BufferUsages as Usage;
        let (words, usage) = match buffer {
            Buffer::Uniform(words) => (words, Usage::UNIFORM),
            Buffer::Read(words) => (words, Usage::STORAGE),
            Buffer::Write(words) => (words, Usage::STORAGE | Usage::COPY_SRC),
        };
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: bytemuck::cast_slice(words),
            usage,
        })
    }
}

/// The entry point of a test kernel of one thread per item: `out[i] = expression`, where the expression may use
/// `i: u32` and the words `a` and `b` at `input[2 i]` and `input[2 i + 1]`.
pub fn kernel(expression: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read> input: array<u32>;
         @group(0) @binding(1) var<storage, read_write> output: array<u32>;
         @compute @workgroup_size(256)
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
             let i = id.x;
             if i >= arrayLength(&output) {{ return; }}
             let a = input[2u * i];
             let b = input[2u * i + 1u];
             output[i] = {expression};
         }}\n"
    )
}

/// Words that look random and are the same in every run (the SplitMix64 of Steele, Lea and Flood, 2014).
pub struct Words(pub u64);

impl Iterator for Words {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(((word ^ (word >> 31)) >> 32) as u32)
    }
}
