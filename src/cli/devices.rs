//! `throng devices`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use throng::gpu::adapters;

use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// Print a JSON list
    #[arg(long)]
    json: bool,
}

pub fn devices(arguments: &Arguments) -> Done {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let gpus = adapters();
    if arguments.json {
        let mut list = vec![json!({ "backend": "cpu", "name": "CPU", "threads": threads })];
        list.extend(gpus.iter().map(|gpu| {
            json!({ "backend": "gpu", "name": gpu.name, "kind": gpu.kind, "api": gpu.backend, "driver": gpu.driver, "software": gpu.is_software })
        }));
        print_json(&list.into())?;
    } else {
        let mut text = format!("cpu  {threads} threads\n");
        for gpu in &gpus {
            let note = if gpu.is_software { "; never chosen by `auto`" } else { "" };
            text += &format!("gpu  {} ({}, {}, {}{note})\n", gpu.name, gpu.kind, gpu.backend, gpu.driver);
        }
        if gpus.is_empty() {
            text += "no GPU; a software Vulkan device to try the GPU backend on: apt-get install mesa-vulkan-drivers libvulkan1\n";
        }
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}
