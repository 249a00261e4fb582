use std::time::Instant;
use throng::cpu::compile::*;
const WGSL: &str = r#"
struct Agent { pos: vec2<i32>, heading: u32, found: u32 }
struct Params { width: u32, height: u32, persistence: i32, sensor_range: i32 }
@group(0) @binding(0) var<storage, read_write> agents: array<Agent>;
@group(0) @binding(1) var<storage, read> params: array<Params>;
@group(0) @binding(2) var<storage, read> wall_bits: array<u32>;
@group(0) @binding(3) var<storage, read> seen_bits: array<u32>;
@group(0) @binding(4) var<storage, read_write> seen_next: array<atomic<u32>>;
var<private> current_world: u32;
var<private> draws: u32;
fn throng_random_word(draw: u32) -> u32 { return draw * 747796405u; }
fn throng_multiply_wide(a: u32, b: u32) -> vec2<u32> { return vec2(a * b, 0u); }
fn random_u32() -> u32 { let w = throng_random_word(draws); draws += 1u; return w; }
fn random_below(n: u32) -> u32 { return throng_multiply_wide(random_u32(), n).y; }
const DX = array<vec2<i32>, 8>(vec2(1, 0), vec2(1, 1), vec2(0, 1), vec2(-1, 1), vec2(-1, 0), vec2(-1, -1), vec2(0, -1), vec2(1, -1));
fn inside(at: vec2<i32>) -> bool { let p = params[current_world]; return u32(at.x) < p.width && u32(at.y) < p.height; }
fn wall(at: vec2<i32>) -> bool {
    if !inside(at) { return true; }
    let i = u32(at.y) * params[current_world].width + u32(at.x);
    return ((wall_bits[i >> 5u] >> (i & 31u)) & 1u) == 1u;
}
fn seen(at: vec2<i32>) -> bool {
    if !inside(at) { return true; }
    let i = u32(at.y) * params[current_world].width + u32(at.x);
    return ((seen_bits[i >> 5u] >> (i & 31u)) & 1u) == 1u;
}
fn mark_seen(at: vec2<i32>) {
    if !inside(at) { return; }
    let i = u32(at.y) * params[current_world].width + u32(at.x);
    atomicOr(&seen_next[i >> 5u], 1u << (i & 31u));
}
fn explore(me: Agent) -> Agent {
    var next = me;
    var best = -1000; var choice = 8u; var ties = 0u;
    for (var k = 0u; k < 8u; k++) {
        let at = me.pos + DX[k];
        if wall(at) { continue; }
        var score = 0;
        if !seen(at) { score += 8; }
        if !seen(at + DX[k]) { score += 4; }
        let turn = (k - me.heading) & 7u;
        score += params[current_world].persistence - i32(min(turn, 8u - turn));
        score = score * 16 + i32(random_u32() >> 28u);
        if score > best { best = score; choice = k; }
    }
    if choice < 8u { next.pos = me.pos + DX[choice]; next.heading = choice; if !seen(next.pos) { next.found += 1u; } }
    mark_seen(next.pos);
    return next;
}
fn kernel(world: u32, item: u32) {
    current_world = world; draws = 0u;
    agents[item] = explore(agents[item]);
}
"#;
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug)]
struct Agent {
    x: i32,
    y: i32,
    heading: u32,
    found: u32,
}
const DX: [(i32, i32); 8] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];
const W: u32 = 2048;
#[derive(Clone, Copy)]
struct P {
    w: u32,
    h: u32,
    persistence: i32,
}
#[inline(always)]
fn bit(bits: &[u32], x: i32, y: i32, p: P) -> bool {
    if x as u32 >= p.w || y as u32 >= p.h {
        return true;
    }
    let i = y as u32 * p.w + x as u32;
    (bits[(i >> 5) as usize] >> (i & 31)) & 1 == 1
}
#[inline(never)]
fn reference(
    agents: &mut [Agent],
    first: usize,
    random: &mut RandomBatch,
    wall: &[u32],
    seen: &[u32],
    next: &mut [u32],
    p: P,
) {
    for (lane, me) in agents.iter_mut().enumerate() {
        let mut best = -1000;
        let mut choice = 8;
        let mut draws = 0usize;
        for k in 0..8u32 {
            let (dx, dy) = DX[k as usize];
            let (x, y) = (me.x + dx, me.y + dy);
            if bit(wall, x, y, p) {
                continue;
            }
            let mut score = 0i32;
            if !bit(seen, x, y, p) {
                score += 8;
            }
            if !bit(seen, x + dx, y + dy, p) {
                score += 4;
            }
            let turn = k.wrapping_sub(me.heading) & 7;
            score += p.persistence - turn.min(8 - turn) as i32;
            let word = if draws < 4 {
                random.words[draws][lane & 255]
            } else {
                let item = (first + lane) as u32;
                let block = draws as u32 / 4;
                if random.cached_block != block || random.cached_item != item {
                    random.cached = philox([item, random.step, random.stage, block], random.key);
                    random.cached_block = block;
                    random.cached_item = item;
                }
                random.cached[draws % 4]
            };
            draws += 1;
            score = score * 16 + (word >> 28) as i32;
            if score > best {
                best = score;
                choice = k;
            }
        }
        if choice < 8 {
            me.x += DX[choice as usize].0;
            me.y += DX[choice as usize].1;
            me.heading = choice;
            if !bit(seen, me.x, me.y, p) {
                me.found += 1;
            }
        }
        if (me.x as u32) < p.w && (me.y as u32) < p.h {
            let i = me.y as u32 * p.w + me.x as u32;
            next[(i >> 5) as usize] |= 1 << (i & 31);
        }
    }
}
fn main() {
    let module = naga::front::wgsl::parse_str(WGSL).unwrap();
    let info =
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all())
            .validate(&module)
            .unwrap();
    let n = 1usize << 20;
    let words = (W * W / 32) as usize;
    let mut s = 1u32;
    let mut rnd = || {
        s = s.wrapping_mul(1664525).wrapping_add(1013904223);
        s >> 7
    };
    let start: Vec<Agent> = (0..n)
        .map(|_| Agent { x: (rnd() % W) as i32, y: (rnd() % W) as i32, heading: rnd() % 8, found: 0 })
        .collect();
    let wall: Vec<u32> = (0..words).map(|_| rnd() & rnd() & rnd()).collect();
    let seen0: Vec<u32> = vec![0; words];
    struct Way {
        agents: Vec<Agent>,
        seen: Vec<u32>,
        next: Vec<u32>,
        kernel: Kernel,
        best: f64,
    }
    let only: Option<usize> = std::env::args().nth(1).map(|a| a.parse().unwrap());
    let n = if only.is_some() { 1 << 16 } else { n };
    let mut ways: Vec<Way> = (0..5)
        .map(|way| {
            let t = Instant::now();
            let kernel =
                compile(&module, &info, "kernel", &Options { single_threaded: way == 1, optimise: way != 2 })
                    .unwrap();
            print!("{:?} ", t.elapsed());
            Way { agents: start.clone(), seen: seen0.clone(), next: seen0.clone(), kernel, best: 1e9 }
        })
        .collect();
    println!();
    let mut walls = wall.clone();
    let mut params = vec![W, W, 3, 1];
    let mut random = RandomBatch::new([5, 6], 0, 0);
    for step in 0..std::env::var("STEPS").map_or(10, |v| v.parse().unwrap()) {
        for (number, way) in ways.iter_mut().enumerate() {
            if only.is_some_and(|o| o != number) {
                continue;
            }
            let mut total = std::time::Duration::ZERO;
            let cpu = || {
                std::fs::read_to_string("/proc/thread-self/schedstat")
                    .unwrap()
                    .split(' ')
                    .next()
                    .unwrap()
                    .parse::<u64>()
                    .unwrap()
            };
            let c0 = cpu();
            random.step = step;
            random.cached_block = 0;
            for batch in 0..n / 256 {
                let first = batch * 256;
                random.first = first as u32;
                for lane in 0..256 {
                    let w = philox([(first + lane) as u32, step, 0, 0], random.key);
                    for d in 0..4 {
                        random.words[d][lane] = w[d];
                    }
                }
                let t = Instant::now();
                if number == 4 {
                    continue;
                }
                if number == 3 {
                    reference(
                        &mut way.agents[first..first + 256],
                        first,
                        &mut random,
                        &walls,
                        &way.seen,
                        &mut way.next,
                        std::hint::black_box(P { w: W, h: W, persistence: 3 }),
                    );
                } else {
                    let slots = [
                        Slot { data: way.agents.as_mut_ptr().cast(), words: n as u64 * 4 },
                        Slot { data: params.as_mut_ptr(), words: 4 },
                        Slot { data: walls.as_mut_ptr(), words: words as u64 },
                        Slot { data: way.seen.as_mut_ptr(), words: words as u64 },
                        Slot { data: way.next.as_mut_ptr(), words: words as u64 },
                    ];
                    unsafe { way.kernel.run(&slots, &mut random, 0, first as u32, first as u32 + 256) };
                }
                total += t.elapsed();
            }
            let total = std::time::Duration::from_nanos(cpu() - c0);
            way.seen.copy_from_slice(&way.next);
            way.best = way.best.min(total.as_nanos() as f64 / n as f64);
        }
    }
    println!(
        "{:?}",
        ways.iter().map(|w| ((w.best - ways[4].best) * 10.0).round() / 10.0).collect::<Vec<_>>()
    );
    if only.is_none() {
        assert!(ways[..4].iter().all(|w| w.agents == ways[0].agents && w.next == ways[0].next));
    }
}
