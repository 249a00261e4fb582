//! stub
pub struct Options { pub single_threaded: bool, pub optimise: bool }
#[repr(C)] pub struct Slot { pub data: *mut u32, pub words: u64 }
pub struct Kernel;
#[repr(C)]
pub struct RandomBatch { pub words: [[u32; 256]; 4], pub key: [u32; 2], pub first: u32, pub step: u32, pub stage: u32, pub cached_item: u32, pub cached_block: u32, pub cached: [u32; 4] }
impl RandomBatch { pub fn new(key: [u32; 2], step: u32, stage: u32) -> Self { RandomBatch { words: [[0; 256]; 4], key, first: 0, step, stage, cached_item: 0, cached_block: 0, cached: [0; 4] } } }
pub struct Unsupported { pub what: String, pub span: naga::Span }
pub fn compile(_m: &naga::Module, _i: &naga::valid::ModuleInfo, _f: &str, _o: &Options) -> Result<Kernel, Unsupported> { Ok(Kernel) }
impl Kernel { pub unsafe fn run(&self, _s: &[Slot], _r: &mut RandomBatch, _w: u32, _a: u32, _b: u32) {} }
