//! The graph that rules look along, on a device: one buffer for all worlds.

use super::device::Device;
use crate::error::{Error, Result, bytes_in_words};
use crate::world::graph::Graph;

/// Bytes that it takes.
pub(super) fn bytes(graph: &Graph) -> u64 {
    4 * graph.words().len() as u64
}

/// Puts it on a device.
///
/// # Errors
/// When it is larger than what a kernel can see at a time, or does not fit.
pub(super) fn upload(device: &mut Device, graph: &Graph) -> Result<wgpu::Buffer> {
    let (needed, most) = (bytes(graph), device.limits.binding_bytes.min(device.limits.buffer_bytes));
    if needed > most {
        return Err(Error::Device {
            why: format!(
                "the graph {} takes {} and {} sees {} of a buffer at a time",
                graph.name(),
                bytes_in_words(needed),
                device.name,
                bytes_in_words(most)
            ),
            remedy: "use a graph with fewer edges, or `--backend cpu`".into(),
        });
    }
    let buffer = device.storage("graph", graph.words().len() as u64)?;
    device.write(&buffer, 0, graph.words())?;
    Ok(buffer)
}
