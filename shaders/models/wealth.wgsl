//! # Everybody who has money gives a unit of it to somebody: all begin equal, and most end poor.
//! #
//! # A. Dragulescu, V. Yakovenko, "Statistical mechanics of money", European Physical Journal B 17, 2000: however money changes
//! # hands by chance, it ends up distributed exponentially, with a Gini coefficient of one half. All give at once. Cell k,
//! # counted row by row, is what agent k has; agents for whom there is no cell have nothing and give nothing.
//! [grid]
//! size = [100, 100]
//! [agents]
//! number = 10000
//! start = "open"
//! [params]
//! endowment = { default = 10, range = [0, 100000], help = "what everybody has at first" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "cells that are nobody's, so that no gift goes there" }
//! money = { bits = 32, from = "endow", help = "what the agent of this cell has" }
//! [step]
//! stages = ["give"]
//! [metrics]
//! money = { sum = "money" }
//! richest = { max = "money" }
//! poor = { sum = "is_poor" }

struct Agent { account: vec2<i32> }

fn account(agent: u32) -> vec2<i32> {
    return vec2<i32>(i32(agent % u32(grid_size.x)), i32(agent / u32(grid_size.x)));
}

fn accounts() -> u32 {
    return min(population(), u32(grid_size.x) * u32(grid_size.y));
}

fn has_account(at: vec2<i32>) -> bool {
    return is_free(at) && u32(at.y) * u32(grid_size.x) + u32(at.x) < accounts();
}

fn is_poor(at: vec2<i32>) -> bool {
    return has_account(at) && money(at) == 0u;
}

fn endow(at: vec2<i32>) -> u32 {
    return select(0u, u32(params.endowment), has_account(at));
}

fn open(me: Agent) -> Agent {
    return Agent(account(agent_id()));
}

// Adding the greatest number of 32 bits takes one away.
fn give(me: Agent) -> Agent {
    let to = account(random_below(accounts()));
    if agent_id() < accounts() && money(me.account) > 0u && is_free(to) {
        add_money(me.account, 0xffffffffu);
        add_money(to, 1u);
    }
    return me;
}
