//! An open device: buffers, writing, reading back, and what can fail on the way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Adapter, Limits};
use crate::error::{Error, Result};
use crate::world::memory;

/// Bytes that are read back at a time, through one buffer that is kept.
const STAGING_BYTES: u64 = 8 << 20;
/// Bytes that are written before the device must have taken them, so that the queue does not hold all of a large state.
const WRITE_BYTES: usize = 16 << 20;

/// An open device.
pub(super) struct Device {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub name: String,
    pub limits: Limits,
    /// Bytes from one offset to the next at which a uniform buffer can be bound.
    pub uniform_alignment: u32,
    staging: wgpu::Buffer,
    /// What went wrong without anybody having asked for it.
    failure: Arc<Mutex<Option<Failure>>>,
    allocated: u64,
    /// Bytes that all buffers together will take, for messages.
    needed: u64,
    unsubmitted: usize,
}

#[derive(Debug, Clone)]
enum Failure {
    Lost(String),
    OutOfMemory,
    Fault(String),
}

impl Device {
    /// Opens a device for buffers of `needed` bytes in all.
    ///
    /// # Errors
    /// When it cannot be opened, or says that it has less memory.
    pub fn open(adapter: &Adapter, needed: u64) -> Result<Device> {
        refuse_more_than_memory(adapter, needed)?;
        let features = adapter.handle.features() & wgpu::Features::SHADER_INT64;
        let limits = adapter.handle.limits();
        let opened = pollster::block_on(adapter.handle.request_device(&wgpu::DeviceDescriptor {
            label: None,
            required_features: features,
            required_limits: limits.clone(),
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            trace: wgpu::Trace::Off,
        }));
        let (device, queue) = opened.map_err(|error| Error::Device {
            why: format!("the device {} cannot be opened: {error}", adapter.name),
            remedy: "close other programs that use it, or use `--backend cpu`".into(),
        })?;
        let failure = Arc::new(Mutex::new(None));
        let note = |failure: &Arc<Mutex<Option<Failure>>>, what: Failure| {
            // The first failure is the cause of those that follow.
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
        };
        let noted = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            let what = match error {
                wgpu::Error::OutOfMemory { .. } => Failure::OutOfMemory,
                other => Failure::Fault(other.to_string()),
            };
            note(&noted, what);
        }));
        let noted = failure.clone();
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                note(&noted, Failure::Lost(message));
            }
        });
        let staging = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: STAGING_BYTES,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let opened = Device {
            device,
            queue,
            name: adapter.name.clone(),
            limits: adapter.limits,
            uniform_alignment: limits.min_uniform_buffer_offset_alignment,
            staging,
            failure,
            allocated: STAGING_BYTES,
            needed,
            unsubmitted: 0,
        };
        opened.check()?;
        Ok(opened)
    }

    /// Makes a buffer of at least `bytes` bytes, all nought.
    ///
    /// # Errors
    /// When the device has too little memory left.
    pub fn buffer(&mut self, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer> {
        // Copies are made in units of 16 bytes.
        let size = bytes.next_multiple_of(16).max(16);
        if size > self.limits.buffer_bytes {
            return Err(Error::Memory {
                what: format!("the buffer `{label}`"),
                place: format!("a buffer of {}", self.name),
                needed: size,
                available: self.limits.buffer_bytes,
                remedy: "use fewer agents, lower `births` where many could be born, use a smaller grid, or `--backend cpu`".into(),
            });
        }
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let usage = usage | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage,
            mapped_at_creation: false,
        });
        let invalid = pollster::block_on(validation.pop());
        let full = pollster::block_on(memory.pop());
        self.check()?;
        if let Some(error) = invalid {
            return Err(Error::Internal(format!("the buffer `{label}` of {size} bytes: {error}")));
        }
        if full.is_some() {
            return Err(self.too_little_memory());
        }
        self.allocated += size;
        Ok(buffer)
    }

    /// Makes a buffer that kernels read and write.
    ///
    /// # Errors
    /// When the device has too little memory left.
    pub fn storage(&mut self, label: &str, words: u64) -> Result<wgpu::Buffer> {
        self.buffer(label, 4 * words, wgpu::BufferUsages::STORAGE)
    }

    fn too_little_memory(&self) -> Error {
        Error::Memory {
            what: "the batch".into(),
            place: self.name.clone(),
            needed: self.needed.max(self.allocated + 1),
            available: self.allocated,
            remedy: "use fewer worlds, fewer agents or a smaller grid, or `--backend cpu`".into(),
        }
    }

    /// Writes words to a buffer, from its word `first` on.
    ///
    /// # Errors
    /// When the device fails.
    pub fn write(&mut self, buffer: &wgpu::Buffer, first: u64, words: &[u32]) -> Result<()> {
        let mut at = 4 * first;
        for piece in words.chunks(WRITE_BYTES / 4) {
            self.queue.write_buffer(buffer, at, bytemuck::cast_slice(piece));
            at += 4 * piece.len() as u64;
            self.unsubmitted += 4 * piece.len();
            if self.unsubmitted >= WRITE_BYTES {
                self.unsubmitted = 0;
                let submitted = self.queue.submit([]);
                self.wait(submitted)?;
            }
        }
        self.check()
    }

    /// Reads words of a buffer back, from its word `first` on.
    ///
    /// # Errors
    /// When the device fails.
    pub fn read(&self, buffer: &wgpu::Buffer, first: u64, words: u64) -> Result<Vec<u32>> {
        let mut all = Vec::with_capacity(words as usize);
        let (mut at, end) = (4 * first, 4 * (first + words));
        while at < end {
            let bytes = (end - at).min(STAGING_BYTES);
            let mut encoder = self.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(buffer, at, &self.staging, 0, bytes);
            let submitted = self.queue.submit([encoder.finish()]);
            self.staging.map_async(wgpu::MapMode::Read, ..bytes, |_| {});
            self.wait(submitted)?;
            match self.staging.get_mapped_range(..bytes) {
                Ok(view) => all.extend_from_slice(bytemuck::cast_slice(&view)),
                Err(error) => return Err(self.lost(error.to_string())),
            }
            self.staging.unmap();
            at += bytes;
        }
        self.check()?;
        Ok(all)
    }

    /// Waits until the device has done what was submitted.
    ///
    /// # Errors
    /// When the device fails.
    pub fn wait(&self, submitted: wgpu::SubmissionIndex) -> Result<()> {
        let poll = wgpu::PollType::Wait { submission_index: Some(submitted), timeout: None };
        // wgpu panics when the device is lost while it is waited for.
        match catch_unwind(AssertUnwindSafe(|| self.device.poll(poll))) {
            Ok(Ok(_)) => self.check(),
            Ok(Err(error)) => Err(self.lost(error.to_string())),
            Err(_) => {
                self.check()?;
                Err(self.lost("it stopped answering".into()))
            }
        }
    }

    fn lost(&self, why: String) -> Error {
        Error::DeviceLost { device: self.name.clone(), why }
    }

    /// Reports what went wrong since the device was opened.
    pub fn check(&self) -> Result<()> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match failure {
            None => Ok(()),
            Some(Failure::Lost(why)) => Err(self.lost(why)),
            Some(Failure::OutOfMemory) => Err(self.too_little_memory()),
            Some(Failure::Fault(what)) => Err(Error::Internal(what)),
        }
    }
}

/// A device that shares this machine's memory has no more than that; others are asked by allocating.
fn refuse_more_than_memory(adapter: &Adapter, needed: u64) -> Result<()> {
    if !adapter.is_software {
        return Ok(());
    }
    memory::check_in(
        &format!("{} (a software device in this machine's memory)", adapter.name),
        "the batch",
        needed,
        "use fewer worlds, fewer agents or a smaller grid",
    )
}
