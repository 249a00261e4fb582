//! Runs snippets of WGSL three ways (device, compiled, compiled without optimisation) and compares words.

use std::sync::OnceLock;

use throng::cpu::compile::{Kernel, Options, RandomBatch, Slot, compile};

use crate::device::Device;

/// Items that each snippet is run for.
pub const ITEMS: u32 = 512;

/// How far two f32 results may be apart, relative to the larger of them and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Word for word: integers, comparisons, single f32 operations that IEEE 754 rounds correctly.
    Exact,
    /// The device may fuse a multiplication and an addition, and divide through a reciprocal: a few units in
    /// the last place, more after cancellation.
    Contracted,
    /// The device approximates transcendental functions; Vulkan's precision for sin and cos is 2^-11 absolute.
    Transcendental,
}

impl Tolerance {
    fn bound(self) -> f32 {
        match self {
            Tolerance::Exact => 0.0,
            Tolerance::Contracted => 1e-5,
            Tolerance::Transcendental => 1e-3,
        }
    }

    /// Whether two words agree.
    pub fn agrees(self, a: u32, b: u32) -> bool {
        if a == b || self == Tolerance::Exact {
            return a == b;
        }
        let (x, y) = (f32::from_bits(a), f32::from_bits(b));
        (x.is_nan() && y.is_nan()) || x == y || (x - y).abs() <= self.bound() * x.abs().max(y.abs()).max(1.0)
    }
}

/// One rule: `fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32>` with its helpers, `$` standing for its number.
#[derive(Clone, Debug)]
pub struct Snippet {
    pub name: String,
    pub wgsl: String,
    pub tolerance: Tolerance,
    /// Four words per item.
    pub input: fn(u32) -> [u32; 4],
}

/// A text with the kernels of all snippets.
pub struct Program {
    pub snippets: Vec<Snippet>,
    pub wgsl: String,
    module: naga::Module,
    info: naga::valid::ModuleInfo,
}

/// Snippets that one entry point runs on the device: compiling a pipeline has a cost of its own.
const GROUP: usize = 16;

impl Program {
    pub fn new(snippets: Vec<Snippet>) -> Program {
        let mut wgsl = String::from(
            "@group(0) @binding(0) var<storage, read> input: array<u32>;
             @group(0) @binding(1) var<storage, read_write> output: array<u32>;
             @group(0) @binding(2) var<storage, read_write> cells: array<atomic<u32>>;
             // The item's own place in `cells`: four words from here on.
             var<private> here: u32;\n",
        );
        for (number, snippet) in snippets.iter().enumerate() {
            let number_text = number.to_string();
            wgsl.push_str(&snippet.wgsl.replace('$', &number_text));
            wgsl.push_str(&format!(
                "\nfn kernel{number}(world: u32, item: u32) {{
                    here = ({number}u * {ITEMS}u + item) * 4u;
                    let r = rule{number}(input[here], input[here + 1u], input[here + 2u], input[here + 3u]);
                    output[here] = r.x; output[here + 1u] = r.y; output[here + 2u] = r.z; output[here + 3u] = r.w;
                }}\n"
            ));
        }
        for (group, first) in (0..snippets.len()).step_by(GROUP).enumerate() {
            wgsl.push_str(&format!(
                "@compute @workgroup_size(64) fn main{group}(@builtin(global_invocation_id) id: vec3<u32>) {{\n"
            ));
            for number in first..(first + GROUP).min(snippets.len()) {
                wgsl.push_str(&format!("kernel{number}(0u, id.x);\n"));
            }
            wgsl.push_str("}\n");
        }
        let (module, info) = parse(&wgsl);
        Program { snippets, wgsl, module, info }
    }

    fn words(&self) -> usize {
        self.snippets.len() * ITEMS as usize * 4
    }

    fn input(&self) -> Vec<u32> {
        self.snippets.iter().flat_map(|snippet| (0..ITEMS).flat_map(snippet.input)).collect()
    }

    pub fn on_device(&self, device: &Device) -> Vec<u32> {
        let entries: Vec<String> =
            (0..self.snippets.len().div_ceil(GROUP)).map(|group| format!("main{group}")).collect();
        device.run(&self.wgsl, &entries, ITEMS, &self.input(), self.words())
    }

    /// The output of the compiled kernels.
    pub fn compiled(&self, options: Options) -> Vec<u32> {
        let mut input = self.input();
        let mut output = vec![0; self.words()];
        let mut cells = vec![0; self.words()];
        let slots = [&mut input, &mut output, &mut cells].map(|words| slot(words));
        let mut random = RandomBatch::new([1, 2], 3, 4);
        for (number, snippet) in self.snippets.iter().enumerate() {
            let kernel: Kernel = compile(&self.module, &self.info, &format!("kernel{number}"), &options)
                .unwrap_or_else(|unsupported| {
                    panic!("{}: {}\n{}", snippet.name, unsupported.what, snippet.wgsl)
                });
            // SAFETY: the slots are vectors that live until the end of this function and nobody else uses.
            unsafe { kernel.run(&slots, &mut random, 0, 0, ITEMS) };
        }
        output
    }

    /// The snippets that differ, each with the first item where it does.
    pub fn differences(&self, left: &[u32], right: &[u32], exact: bool) -> Vec<String> {
        let mut differences = Vec::new();
        for (number, snippet) in self.snippets.iter().enumerate() {
            let tolerance = if exact { Tolerance::Exact } else { snippet.tolerance };
            let first = number * ITEMS as usize * 4;
            let differing: Vec<usize> = (first..first + ITEMS as usize * 4)
                .filter(|&word| !tolerance.agrees(left[word], right[word]))
                .collect();
            if let Some(&word) = differing.first() {
                let item = ((word - first) / 4) as u32;
                differences.push(format!(
                    "{}: {} words differ, first item {item} word {}: {:#x} ({}) and {:#x} ({}) for input {:x?} ({:?})\n{}",
                    snippet.name,
                    differing.len(),
                    word % 4,
                    left[word],
                    f32::from_bits(left[word]),
                    right[word],
                    f32::from_bits(right[word]),
                    (snippet.input)(item),
                    (snippet.input)(item).map(f32::from_bits),
                    snippet.wgsl
                ));
            }
        }
        differences
    }
}

/// Parses and validates.
pub fn parse(wgsl: &str) -> (naga::Module, naga::valid::ModuleInfo) {
    let module =
        naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|error| panic!("{}", error.emit_to_string(wgsl)));
    let mut validator =
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all());
    let info = validator.validate(&module).unwrap_or_else(|error| panic!("{}", error.emit_to_string(wgsl)));
    (module, info)
}

pub fn slot(words: &mut [u32]) -> Slot {
    Slot { data: words.as_mut_ptr(), words: words.len() as u64 }
}

/// Every way to compile.
pub const WAYS: [Options; 4] = [
    Options { single_threaded: false, optimise: true },
    Options { single_threaded: true, optimise: true },
    Options { single_threaded: false, optimise: false },
    Options { single_threaded: true, optimise: false },
];

/// The device, or none with one line that says so; an error where a device is required.
pub fn device() -> Option<&'static Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    DEVICE.get_or_init(find_device).as_ref()
}

fn find_device() -> Option<Device> {
    let device = Device::open();
    if device.is_none() {
        assert!(
            std::env::var_os("THRONG_REQUIRE_GPU").is_none_or(|value| value != "1"),
            "THRONG_REQUIRE_GPU is set and there is no GPU device; install the software Vulkan device"
        );
        eprintln!(
            "did not run: comparisons of compiled rules with a GPU device; there is none (install \
             mesa-vulkan-drivers for a software one)"
        );
    }
    device
}

/// Checks that all ways agree with each other and, within each snippet's tolerance, with the device.
pub fn check(program: &Program) {
    let first = program.compiled(WAYS[0]);
    for way in &WAYS[1..] {
        let other = program.compiled(*way);
        let differences = program.differences(&first, &other, true);
        assert!(differences.is_empty(), "optimised and {way:?}:\n{}", differences.join("\n"));
    }
    if let Some(device) = device() {
        let theirs = program.on_device(device);
        let differences = program.differences(&first, &theirs, false);
        assert!(differences.is_empty(), "compiled and device:\n{}", differences.join("\n"));
    }
}
