// The state hash of every world: two sums, modulo 2^32, over the words of one section (the agents, or a layer), each
// mixed with its place. Native twin: src/reduce/hash.rs, which says why.
//
// HASH_LANES threads reduce a block of up to 16 records each, all of one world, and add its two sums to the world's. A
// workgroup of 256 takes 256 / HASH_LANES blocks, so that small worlds do not have one each. Workgroups stand in a plane
// of any shape that holds worlds * blocks blocks, blocks = the records of a world / (16 * HASH_LANES), rounded up.
//
// To be put in front:
//   const HASH_LANES: u32 = ...;                      a power of two up to 256
//   const HASH_STRIDE: u32 = ...;                     words from one record to the next
//   const HASH_USED: u32 = ...;                       how many words of a record count, at least one
//   const HASH_OFFSETS = array<u32, HASH_USED>(...);  which ones, in order
//   fn hash_count(world: u32) -> u32                  how many records of a world count
//   fn hash_number(world: u32, record: u32) -> u32    by which number a record is known

struct HashJob {
    worlds: u32,        // how many worlds
    records: u32,       // records of each world
    first_word: u32,    // where the first world's first record starts in `words`
    world_words: u32,   // words from one world's first record to the next world's
    first_record: u32,  // number of that first record within its section, when `words` holds only a part of it
    first_world: u32,   // number of that first world, when `words` holds only some of them
    low_section: u32,   // the section's place in each lane: `section` of the twin
    high_section: u32,
}

@group(0) @binding(0) var<uniform> job: HashJob;
@group(0) @binding(1) var<storage, read> words: array<u32>;
// Two per world: low, high. Zero before the first pass over a world.
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;

const HASH_THREADS: u32 = 256u;
const HASH_RECORDS: u32 = 16u;

var<workgroup> partials: array<vec2<u32>, HASH_THREADS>;

// The finaliser of MurmurHash3 (Austin Appleby, 2011).
fn murmur3(word: u32) -> u32 {
    var x = word;
    x = (x ^ (x >> 16u)) * 0x85ebca6bu;
    x = (x ^ (x >> 13u)) * 0xc2b2ae35u;
    return x ^ (x >> 16u);
}

// lowbias32 (Christopher Wellons, hash-prospector, 2018).
fn lowbias32(word: u32) -> u32 {
    var x = word;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) * 0x846ca68bu;
    return x ^ (x >> 16u);
}

fn mix(position: u32, word: u32) -> vec2<u32> {
    return vec2<u32>(
        murmur3(word ^ (job.low_section + position * 0x9e3779b1u)),
        lowbias32(word ^ (job.high_section + position * 0x85ebca77u)),
    );
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let block_records = HASH_LANES * HASH_RECORDS;
    let blocks = max((job.records + block_records - 1u) / block_records, 1u);
    let number = (group.y * groups.x + group.x) * (HASH_THREADS / HASH_LANES) + thread / HASH_LANES;
    let lane = thread % HASH_LANES;
    let world = number / blocks;

    var offsets = HASH_OFFSETS;
    var sum = vec2<u32>(0u, 0u);
    if world < job.worlds {
        let first = (number - world * blocks) * block_records + lane;
        for (var round = 0u; round < HASH_RECORDS; round++) {
            let record = first + round * HASH_LANES;
            if record < hash_count(world) {
                let start = job.first_word + world * job.world_words + record * HASH_STRIDE;
                let position = (job.first_record + hash_number(world, record)) * HASH_USED;
                for (var k = 0u; k < HASH_USED; k++) {
                    sum += mix(position + k, words[start + offsets[k]]);
                }
            }
        }
    }

    if HASH_LANES > 1u {
        partials[thread] = sum;
        for (var half = HASH_LANES / 2u; half > 0u; half >>= 1u) {
            workgroupBarrier();
            if lane < half { partials[thread] += partials[thread + half]; }
        }
        sum = partials[thread];
    }
    if lane == 0u && world < job.worlds {
        atomicAdd(&sums[2u * (job.first_world + world)], sum.x);
        atomicAdd(&sums[2u * (job.first_world + world) + 1u], sum.y);
    }
}
