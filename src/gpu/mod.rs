//! stub
use crate::error::{Error, Result};
use crate::model::Model; use crate::plan::Backend; use crate::world::Worlds; use std::sync::Arc;
pub struct Adapter { pub name: String, pub backend: String, pub kind: String, pub driver: String, pub is_software: bool }
pub fn adapters() -> Vec<Adapter> { Vec::new() }
impl Adapter { pub fn best(_allow_software: bool) -> Result<Adapter> { Err(Error::Device { why: "there is no GPU".into(), remedy: "use `--backend cpu`".into() }) } }
pub struct Gpu;
impl Gpu { pub fn new(_m: Arc<Model>, _w: &Worlds, _a: &Adapter) -> Result<Box<dyn Backend>> { Err(Error::Internal("stub".into())) } }
