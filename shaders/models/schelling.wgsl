//! # Neighbours who mildly prefer their own kind drift apart into districts.
//! #
//! # T. Schelling, "Dynamic models of segregation", Journal of Mathematical Sociology 1, 1971. All decide on the grid as it
//! # stood: whoever has fewer than `wanted` alike within `radius` (a square of cells) asks for an empty cell drawn at random;
//! # of those who ask for the same one, one moves in. Defined as model 4 of the benchmarks.
//! [grid]
//! size = [100, 100]
//! [agents]
//! number = 8000
//! place = "apart"
//! start = "settle"
//! [params]
//! radius = { default = 2, range = [1, 16], help = "how many cells away neighbours live" }
//! wanted = { default = 8, range = [0, 1089], help = "neighbours alike with whom one stays" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody lives" }
//! home = { bits = 8, help = "the group of who lives there, 0 for nobody" }
//! offer = { claim = true, help = "who moves in" }
//! [step]
//! stages = ["look", "move_in"]
//! [metrics]
//! content = { mean = "is_content" }
//! moved = { sum = "moved" }
//! alike = { mean = "share_alike", fixed = true }
//! [picture]
//! home = { values = ["nobody", "first group", "second group"] }
//! agent = { draw = false }

struct Agent { pos: vec2<i32>, group: u32, content: u32, target_cell: vec2<i32>, moved: u32, alike: u32 }

fn settle(me: Agent) -> Agent {
    var next = me;
    next.group = 1u + u32(agent_id() >= population() / 2u);
    add_home(me.pos, next.group);
    return next;
}

fn look(me: Agent) -> Agent {
    var next = me;
    next.alike = count_home(me.pos, params.radius, me.group) - 1u;
    next.content = u32(next.alike >= u32(params.wanted));
    next.target_cell = me.pos;
    if next.content == 0u {
        for (var tries = 0; tries < 64; tries += 1) {
            let to = vec2<i32>(random_range(0, grid_size.x - 1), random_range(0, grid_size.y - 1));
            if is_free(to) && home(to) == 0u {
                next.target_cell = to;
                claim_offer(to);
                break;
            }
        }
    }
    return next;
}

fn move_in(me: Agent) -> Agent {
    var next = me;
    next.moved = 0u;
    if me.content == 0u && any(me.target_cell != me.pos) && won_offer(me.target_cell) {
        xor_home(me.pos, me.group);
        xor_home(me.target_cell, me.group);
        next.pos = me.target_cell;
        next.moved = 1u;
    }
    return next;
}

fn is_content(me: Agent) -> bool { return me.content == 1u; }
fn share_alike(me: Agent) -> i32 {
    let first = count_home(me.pos, params.radius, 1u);
    let second = count_home(me.pos, params.radius, 2u);
    let alike = select(first, second, me.group == 2u) - 1u;
    return fixed_divide(fixed(i32(alike)), fixed(i32(max(first + second - 1u, 1u))));
}
