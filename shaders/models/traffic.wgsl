//! # Cars on a ring road speed up, keep their distance and sometimes dawdle: jams out of nothing.
//! #
//! # K. Nagel, M. Schreckenberg, "A cellular automaton model for freeway traffic", Journal de Physique I 2, 1992. All cars
//! # choose their speeds at once, then all drive. The top row is the road, on which cars go to the right and come in again on
//! # the left; the rows below it are the road as it was in the steps before, so that the picture is that of their figure: space
//! # across, time upward. The flow is a mean over all rows, and so over as many steps.
//! [grid]
//! wrap = true
//! size = [256, 256]
//! [params]
//! density = { default = 0.19, type = "probability", help = "cars for each cell of the road, evenly spaced at first" }
//! limit = { default = 5, range = [1, 30], help = "the highest speed, in cells a step" }
//! dawdle = { default = 0.3, type = "probability", help = "chance to go one cell less than one could" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where the road is blocked" }
//! road = { bits = 8, from = "park", help = "0 free, otherwise a car: its speed and 1" }
//! [step]
//! stages = ["choose", "drive"]
//! [metrics]
//! density = { mean = "is_car" }
//! flow = { mean = "speed" }

fn is_car(at: vec2<i32>) -> bool { return road(at) > 0u; }
fn speed(at: vec2<i32>) -> u32 { return max(road(at), 1u) - 1u; }

fn can_go(at: vec2<i32>) -> bool { return is_free(at) && !is_car(at); }

fn on_ring(x: i32) -> vec2<i32> {
    return vec2<i32>((x % grid_size.x + grid_size.x) % grid_size.x, 0);
}

fn park(at: vec2<i32>) -> u32 {
    let before = part_of(u32(at.x), params.density);
    return select(0u, part_of(u32(at.x) + 1u, params.density) - before, is_free(at));
}

fn choose(at: vec2<i32>) {
    if at.y > 0 || !is_car(at) {
        return;
    }
    let wish = min(i32(speed(at)) + 1, params.limit);
    var go = 0;
    while go < wish && can_go(on_ring(at.x + go + 1)) {
        go += 1;
    }
    if go > 0 && random_chance(params.dawdle) {
        go -= 1;
    }
    set_road(u32(go) + 1u);
}

// Whoever comes here was as far behind as it is fast.
fn drive(at: vec2<i32>) {
    if at.y > 0 {
        set_road(road(at - vec2<i32>(0, 1)));
        return;
    }
    var arrived = 0u;
    for (var behind = 0; behind <= params.limit; behind += 1) {
        let car = road(on_ring(at.x - behind));
        arrived = select(arrived, car, car == u32(behind) + 1u);
    }
    set_road(arrived);
}
