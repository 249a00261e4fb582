//! Commands on their way to a device, cut into submissions of a bearable length.

use std::time::{Duration, Instant};

use super::device::Device;
use super::kernel::Kernel;
use crate::error::Result;

/// How long a submission should take: long enough that submitting costs nothing beside, short enough that no driver
/// takes it for hung and that an interruption is heeded.
const TARGET: Duration = Duration::from_millis(75);
/// The work of the first submission, in items; how long it takes says how large the next may be.
const FIRST_WORK: u64 = 1 << 20;
const LEAST_WORK: u64 = 1 << 16;
const MOST_WORK: u64 = 1 << 40;
/// What a dispatch costs however small it is, in items.
const DISPATCH_WORK: u64 = 2048;
/// Dispatches of a submission.
const SLOTS: u32 = 2048;

/// Commands that wait for being submitted, and the submission that is under way.
pub(super) struct Stream {
    /// What each dispatch of a submission is told.
    pub calls: wgpu::Buffer,
    slot_bytes: u32,
    slots: Vec<u8>,
    commands: Vec<Command>,
    work: u64,
    most_work: u64,
    under_way: Option<UnderWay>,
    last_done: Instant,
}

struct UnderWay {
    submission: wgpu::SubmissionIndex,
    work: u64,
    since: Instant,
}

enum Command {
    Dispatch {
        pipeline: wgpu::ComputePipeline,
        group: wgpu::BindGroup,
        offsets: [u32; 2],
        moving: usize,
        groups: [u32; 2],
    },
    Clear {
        buffer: wgpu::Buffer,
    },
}

/// A dispatch.
pub(super) struct Dispatch<'a> {
    pub kernel: &'a Kernel,
    pub group: &'a wgpu::BindGroup,
    /// What the kernel is told; empty for a kernel that binds no call.
    pub call: &'a [u32],
    /// Where in their buffer the results go, in bytes, for a kernel that gives results.
    pub values_at: Option<u32>,
    pub workgroups: u32,
    /// How much work it is, in items.
    pub work: u64,
}

impl Stream {
    pub fn new(device: &mut Device) -> Result<Stream> {
        let slot_bytes = (super::kernel::CALL_BYTES as u32).next_multiple_of(device.uniform_alignment);
        let calls =
            device.buffer("calls", u64::from(slot_bytes) * u64::from(SLOTS), wgpu::BufferUsages::UNIFORM)?;
        Ok(Stream {
            calls,
            slot_bytes,
            slots: Vec::new(),
            commands: Vec::new(),
            work: 0,
            most_work: FIRST_WORK,
            under_way: None,
            last_done: Instant::now(),
        })
    }

    /// Items that one dispatch should take at most, so that it makes a submission by itself.
    pub fn share(&self) -> u32 {
        self.most_work.min(1 << 30).next_multiple_of(256) as u32
    }

    /// Adds a dispatch; submits when there is enough.
    ///
    /// # Errors
    /// When the device fails.
    pub fn dispatch(&mut self, device: &mut Device, dispatch: Dispatch) -> Result<()> {
        let work = dispatch.work + DISPATCH_WORK;
        let full = self.slots.len() as u32 >= self.slot_bytes * SLOTS;
        if full || (self.work > 0 && self.work + work > self.most_work) {
            self.submit(device)?;
        }
        let mut offsets = [0; 2];
        let mut moving = 0;
        if !dispatch.call.is_empty() {
            offsets[0] = self.slots.len() as u32;
            moving = 1;
            self.slots.extend_from_slice(bytemuck::cast_slice(dispatch.call));
            self.slots.resize((offsets[0] + self.slot_bytes) as usize, 0);
        }
        if let Some(at) = dispatch.values_at {
            offsets[moving] = at;
            moving += 1;
        }
        self.work += work;
        self.commands.push(Command::Dispatch {
            pipeline: dispatch.kernel.pipeline.clone(),
            group: dispatch.group.clone(),
            offsets,
            moving,
            groups: plane(dispatch.workgroups, device.limits.workgroups),
        });
        Ok(())
    }

    /// Adds the clearing of a buffer.
    pub fn clear(&mut self, buffer: &wgpu::Buffer) {
        self.commands.push(Command::Clear { buffer: buffer.clone() });
    }

    /// Submits what there is, and waits for the submission before it.
    ///
    /// # Errors
    /// When the device fails.
    pub fn submit(&mut self, device: &mut Device) -> Result<()> {
        if self.commands.is_empty() {
            return Ok(());
        }
        if !self.slots.is_empty() {
            device.queue.write_buffer(&self.calls, 0, &self.slots);
        }
        let mut encoder = device.device.create_command_encoder(&Default::default());
        let mut commands = self.commands.drain(..).peekable();
        while let Some(command) = commands.next() {
            match command {
                Command::Clear { buffer } => encoder.clear_buffer(&buffer, 0, None),
                first => {
                    let mut pass = encoder.begin_compute_pass(&Default::default());
                    run(&mut pass, first);
                    while let Some(next) = commands.next_if(|next| matches!(next, Command::Dispatch { .. })) {
                        run(&mut pass, next);
                    }
                }
            }
        }
        drop(commands);
        let since = Instant::now();
        let submission = device.queue.submit([encoder.finish()]);
        let before = self.under_way.replace(UnderWay { submission, work: self.work, since });
        self.slots.clear();
        self.work = 0;
        match before {
            Some(before) => self.wait(device, before),
            None => device.check(),
        }
    }

    /// Submits what there is and waits until the device has done it all.
    ///
    /// # Errors
    /// When the device fails.
    pub fn finish(&mut self, device: &mut Device) -> Result<()> {
        self.submit(device)?;
        match self.under_way.take() {
            Some(under_way) => self.wait(device, under_way),
            None => device.check(),
        }
    }

    fn wait(&mut self, device: &Device, under_way: UnderWay) -> Result<()> {
        device.wait(under_way.submission)?;
        let now = Instant::now();
        let took = now - self.last_done.max(under_way.since);
        self.last_done = now;
        self.most_work = next_work(self.most_work, under_way.work, took);
        Ok(())
    }
}

fn run(pass: &mut wgpu::ComputePass, command: Command) {
    if let Command::Dispatch { pipeline, group, offsets, moving, groups } = command {
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &offsets[..moving]);
        pass.dispatch_workgroups(groups[0], groups[1], 1);
    }
}

/// How much work the next submission may be, when `work` took so long.
///
/// A single measurement can be far off, so it changes by at most a factor of two upwards and four downwards.
fn next_work(most: u64, work: u64, took: Duration) -> u64 {
    let fitting = (work as f64 * TARGET.as_secs_f64() / took.as_secs_f64().max(1e-6)) as u64;
    fitting.clamp(most / 4, most * 2).clamp(LEAST_WORK, MOST_WORK)
}

/// Workgroups laid out in a plane of at least as many, neither side longer than `most`.
pub(super) fn plane(workgroups: u32, most: u32) -> [u32; 2] {
    let rows = workgroups.div_ceil(most).max(1);
    [workgroups.div_ceil(rows), rows]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_hold_all_workgroups() {
        for (workgroups, most) in
            [(0, 7), (1, 7), (7, 7), (8, 7), (49, 7), (65_536, 65_535), (8_388_608, 65_535), (13, 4)]
        {
            let [x, y] = plane(workgroups, most);
            assert!(x <= most && u64::from(x) * u64::from(y) >= u64::from(workgroups), "{workgroups} {most}");
            assert!(
                u64::from(x) * u64::from(y) < u64::from(workgroups) + u64::from(y).max(1),
                "{workgroups} {most}"
            );
        }
    }

    #[test]
    fn submissions_grow_and_shrink_towards_the_target() {
        let mut most = FIRST_WORK;
        // A device that does 10^9 items a second.
        for _ in 0..40 {
            most = next_work(most, most, Duration::from_secs_f64(most as f64 / 1e9));
        }
        assert!((7e7..8e7).contains(&(most as f64)), "{most}");
        // It becomes a thousand times slower.
        for _ in 0..40 {
            most = next_work(most, most, Duration::from_secs_f64(most as f64 / 1e6));
        }
        assert!((7e4..8e4).contains(&(most as f64)), "{most}");
        // Half-filled submissions do not let it grow without bound at once.
        assert!(next_work(1 << 20, 1, Duration::from_nanos(1)) <= 2 << 20);
    }
}
