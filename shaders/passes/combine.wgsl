// The totals of a world from those of its blocks, which the kernels that measure wrote: one workgroup a world.
// Behind wide_portable.wgsl and reduce.wgsl. Driven by src/gpu/record.rs.

struct CombineJob {
    worlds: u32,    // how many worlds
    blocks: u32,    // blocks of each world
    floats: u32,    // 1 when the values are f32
    reserved: u32,
}

@group(0) @binding(0) var<uniform> job: CombineJob;
@group(0) @binding(1) var<storage, read> parts: array<u32>;
@group(0) @binding(2) var<storage, read_write> throng_values: array<u32>;

// Words from one block's or world's totals to the next.
const TOTALS_WORDS: u32 = 12u;

var<workgroup> shared_totals: array<ThrongTotals, 256>;

fn read_totals(at: u32) -> ThrongTotals {
    return ThrongTotals(
        parts[at], parts[at + 1u], parts[at + 2u], parts[at + 3u], parts[at + 4u], parts[at + 5u], parts[at + 6u],
        parts[at + 7u], parts[at + 8u], parts[at + 9u], parts[at + 10u],
    );
}

fn merged(a: ThrongTotals, b: ThrongTotals) -> ThrongTotals {
    if job.floats == 1u { return throng_merge_floats(a, b); }
    return throng_merge(a, b);
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let world = group.y * groups.x + group.x;
    if world >= job.worlds { return; }
    var totals = ThrongTotals();
    for (var block = thread; block < job.blocks; block += 256u) {
        totals = merged(totals, read_totals((world * job.blocks + block) * TOTALS_WORDS));
    }
    shared_totals[thread] = totals;
    for (var half = 128u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if thread < half { shared_totals[thread] = merged(shared_totals[thread], shared_totals[thread + half]); }
    }
    if thread == 0u { throng_write_totals(world * TOTALS_WORDS, shared_totals[0]); }
}
