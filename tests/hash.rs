//! The state hash: the shader against its native twin, and what a hash must notice.

mod device;

use device::{Buffer, Words, device};
use throng::reduce::hash::{batch_hash, combine, hash_records, hash_words, section, world_hash};

const HASH: &str = include_str!("../shaders/passes/hash.wgsl");

/// The definition, word by word, written apart from the library's code.
fn naive(words: &[u32], tag: u32, first: u32) -> [u32; 2] {
    fn scramble(mut x: u32, shifts: [u32; 3], factors: [u32; 2]) -> u32 {
        x ^= x >> shifts[0];
        x = x.wrapping_mul(factors[0]);
        x ^= x >> shifts[1];
        x = x.wrapping_mul(factors[1]);
        x ^ x >> shifts[2]
    }
    let low = |x| scramble(x, [16, 13, 16], [2_246_822_507, 3_266_489_909]);
    let high = |x| scramble(x, [16, 15, 16], [2_146_121_005, 2_221_713_035]);
    let mut sums = [0u64; 2];
    for (index, &word) in words.iter().enumerate() {
        let position = first.wrapping_add(index as u32);
        sums[0] += u64::from(low(word ^ low(tag).wrapping_add(position.wrapping_mul(2_654_435_761))));
        sums[1] += u64::from(high(
            word ^ high(tag ^ 3_266_489_917).wrapping_add(position.wrapping_mul(2_246_822_519)),
        ));
    }
    [sums[0] as u32, sums[1] as u32]
}

fn words(count: usize) -> Vec<u32> {
    Words(11).take(count).collect()
}

#[test]
fn sums_follow_the_definition() {
    for count in [0, 1, 2, 15, 16, 17, 1000, 4097] {
        let words = words(count);
        for (tag, first) in [(0, 0), (1, 5), (7, u32::MAX - 20)] {
            assert_eq!(hash_words(&words, tag, first), naive(&words, tag, first), "{count} words");
        }
    }
}

#[test]
fn records_count_only_the_words_in_use() {
    let words = words(3000);
    for (stride, used) in
        [(1, vec![0]), (3, vec![0, 1, 2]), (4, vec![0, 1, 3]), (5, vec![4]), (4, vec![2, 0])]
    {
        let kept: Vec<u32> =
            words.chunks_exact(stride).flat_map(|record| used.iter().map(|&k| record[k as usize])).collect();
        let expected = naive(&kept, 9, 100 * used.len() as u32);
        assert_eq!(hash_records(&words, stride, &used, 9, 100), expected, "{used:?} of {stride}");
    }
    assert_eq!(hash_records(&words, 0, &[], 1, 0), [0; 2]);
}

#[test]
fn parts_make_up_the_whole_in_any_order() {
    let words = words(10_000);
    let whole = hash_words(&words, 3, 0);
    let mut parts: Vec<[u32; 2]> =
        words.chunks(777).enumerate().map(|(k, part)| hash_words(part, 3, (k * 777) as u32)).collect();
    parts.reverse();
    assert_eq!(combine(parts), whole);
}

/// The sums of every world by the shader, `text` being the pass or a wrong variant of it.
fn on_device(
    text: &str,
    state: &[u32],
    (worlds, records): (u32, u32),
    (stride, used): (u32, &[u32]),
    tag: u32,
    lanes: u32,
) -> Option<Vec<[u32; 2]>> {
    let device = device()?;
    let offsets: Vec<String> = used.iter().map(|offset| format!("{offset}u")).collect();
    let head = format!(
        "const HASH_LANES: u32 = {lanes}u; const HASH_STRIDE: u32 = {stride}u; const HASH_USED: u32 = {}u; const HASH_OFFSETS = array<u32, HASH_USED>({});\n\
         fn hash_count(world: u32) -> u32 {{ return job.records; }}\n\
         fn hash_number(world: u32, record: u32) -> u32 {{ return record; }}\n",
        used.len(),
        offsets.join(", ")
    );
    let [low, high] = section(tag);
    let job = [worlds, records, 0, records * stride, 0, 0, low, high];
    let sums = vec![0; 2 * worlds as usize];
    let groups = (worlds * records.div_ceil(16 * lanes).max(1)).div_ceil(256 / lanes);
    let shader = wgpu::ShaderSource::Wgsl(format!("{head}{text}").into());
    let buffers = [Buffer::Uniform(&job), Buffer::Read(state), Buffer::Write(&sums)];
    // A plane with more workgroups than needed, as the host makes when one row is too short.
    let sums = device.run(shader, &buffers, [7, groups.div_ceil(7)]);
    Some(sums.chunks(2).map(|pair| [pair[0], pair[1]]).collect())
}

#[test]
fn shader_and_native_twin_agree() {
    let state = words(3 * 20_000);
    for (worlds, records, stride, used, lanes) in [
        (1, 60_000, 1, vec![0], 256),
        (3, 5000, 4, vec![0, 1, 3], 256),
        (60, 333, 3, vec![0, 1, 2], 32),
        (60, 333, 3, vec![0, 1, 2], 1),
        (700, 7, 2, vec![1], 1),
        (2, 4096, 5, vec![1], 256),
        (2, 4097, 7, vec![6, 0], 256),
    ] {
        let Some(found) = on_device(HASH, &state, (worlds, records), (stride, &used), 4, lanes) else {
            return;
        };
        let native: Vec<[u32; 2]> = state
            .chunks((records * stride) as usize)
            .take(worlds as usize)
            .map(|world| hash_records(world, stride as usize, &used, 4, 0))
            .collect();
        assert_eq!(found, native, "{worlds} worlds of {records} records of {stride}");
        let wrong = HASH.replace("x >> 15u", "x >> 14u");
        assert_ne!(on_device(&wrong, &state, (worlds, records), (stride, &used), 4, lanes).unwrap(), native);
    }
}

/// What a hash has to notice, counted: how many of the changes below leave `hash` as it was.
fn unnoticed(hash: impl Fn(&[u32], &[u32]) -> u64) -> usize {
    let agents: Vec<u32> = (0..40).map(|k| k % 5).collect();
    let layer = vec![0u32; 40];
    let before = hash(&agents, &layer);
    let mut unnoticed = 0;
    let mut check = |agents: &[u32], layer: &[u32]| unnoticed += usize::from(hash(agents, layer) == before);
    for at in 0..agents.len() {
        for bit in 0..32 {
            let (mut other_agents, mut other_layer) = (agents.clone(), layer.clone());
            other_agents[at] ^= 1 << bit;
            other_layer[at] ^= 1 << bit;
            check(&other_agents, &layer);
            check(&agents, &other_layer);
            check(&other_agents, &other_layer);
        }
        for other in 0..at {
            let mut swapped = agents.clone();
            swapped.swap(at, other);
            if swapped != agents {
                check(&swapped, &layer);
            }
        }
        if agents[at] != 0 {
            let (mut other_agents, mut other_layer) = (agents.clone(), layer.clone());
            std::mem::swap(&mut other_agents[at], &mut other_layer[at]);
            check(&other_agents, &other_layer);
        }
    }
    unnoticed
}

#[test]
fn every_small_change_is_noticed() {
    let both = |agents: &[u32], layer: &[u32]| combine([hash_words(agents, 1, 0), hash_words(layer, 2, 0)]);
    assert_eq!(unnoticed(|agents, layer| world_hash(both(agents, layer))), 0);
    // Each lane alone notices them too.
    assert_eq!(unnoticed(|agents, layer| both(agents, layer)[0].into()), 0);
    assert_eq!(unnoticed(|agents, layer| both(agents, layer)[1].into()), 0);
    // A plain sum does not see words that change places, nor do equal tags see a value that changes sections.
    assert!(unnoticed(|agents, layer| agents.iter().chain(layer).map(|word| u64::from(*word)).sum()) > 0);
    assert!(
        unnoticed(|agents, layer| world_hash(combine([hash_words(agents, 1, 0), hash_words(layer, 1, 0)])))
            > 0
    );
}

/// The smallest and largest share of changes in which a bit of the hash flips, over bits of the word and of the hash.
fn avalanche(hash: impl Fn(u32, u32) -> u64) -> (f64, f64) {
    const TRIALS: u32 = 4000;
    let (mut least, mut most) = (1.0f64, 0.0f64);
    for bit in 0..32 {
        let mut flips = [0u32; 64];
        for trial in 0..TRIALS {
            let word = trial.wrapping_mul(0x0100_0193);
            let change = hash(word, trial) ^ hash(word ^ 1 << bit, trial);
            for (k, flips) in flips.iter_mut().enumerate() {
                *flips += (change >> k & 1) as u32;
            }
        }
        for flips in flips {
            least = least.min(f64::from(flips) / f64::from(TRIALS));
            most = most.max(f64::from(flips) / f64::from(TRIALS));
        }
    }
    (least, most)
}

#[test]
fn one_bit_of_state_flips_about_half_of_the_hash() {
    let (least, most) = avalanche(|word, place| world_hash(hash_words(&[word], 5, place)));
    assert!(least > 0.4 && most < 0.6, "{least} to {most}");
    let (least, most) =
        avalanche(|word, place| u64::from(word.wrapping_add(place).wrapping_mul(0x9e37_79b1)) << 32);
    assert!(least < 0.4 || most > 0.6, "a product alone would pass");
}

#[test]
fn batches_depend_on_the_order_of_their_worlds() {
    assert_eq!(batch_hash(&[0x1234_5678_9abc_def0]), 0x1234_5678_9abc_def0);
    assert_ne!(batch_hash(&[1, 2]), batch_hash(&[2, 1]));
    assert_ne!(batch_hash(&[1, 2, 3]), batch_hash(&[1, 2, 4]));
    assert_eq!(world_hash([1, 2]), 0x0000_0002_0000_0001);
}
