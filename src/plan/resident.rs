//! The WGSL of the resident kernel: a workgroup keeps a world in its own memory and takes it through many steps.

use std::fmt::Write;

use super::kernels::{WORKGROUP, stage_function};
use crate::model::{Model, Own, Setting};

/// The kernel's entry point.
pub(crate) const ENTRY: &str = "throng_entry_resident";

/// Bytes of a workgroup's memory that a world takes: the layers that stages change, and their second copies.
pub(crate) fn bytes(model: &Model, setting: &Setting) -> u64 {
    let changed =
        (0..model.layers.len()).filter(|&layer| model.changes(layer) && !setting.absent(model, layer));
    changed.map(|layer| 4 * model.layers[layer].words(setting.cells()) * u64::from(model.copies(layer))).sum()
}

/// Writes the kernel. Its call is the first step, nothing, the number of worlds, and the number of steps.
///
/// Between stages the two copies of a layer are the same. Effects go to the one that is written; when all items are
/// done, what the stage changed is copied to the one that is read.
pub(super) fn kernel(text: &mut String, model: &Model, setting: &Setting) {
    let near: Vec<usize> = (0..model.layers.len()).filter(|&layer| setting.near(model, layer)).collect();
    let name = |layer: &usize| &model.layers[*layer].name;
    let words = |layer: &usize| model.layers[*layer].words(setting.cells());
    let each_word = |layer: &usize, statements: &str| {
        format!(
            "    for (var word = lane; word < {}u; word += {WORKGROUP}u) {{ {statements} }}\n",
            words(layer)
        )
    };
    let (mut load, mut save) = (String::new(), String::new());
    for layer in &near {
        let (name, home) =
            (name(layer), format!("throng_home_{}[world * {}u + word]", name(layer), words(layer)));
        let second = match model.copies(*layer) {
            2 => format!("throng_read_{name}_0[word] = held;"),
            _ => String::new(),
        };
        load += &each_word(
            layer,
            &format!("let held = {home}; atomicStore(&throng_write_{name}_0[word], held); {second}"),
        );
        save += &each_word(layer, &format!("{home} = atomicLoad(&throng_write_{name}_0[word]);"));
    }
    let mut stages = String::new();
    for stage in &model.stages {
        let items = match stage.kind {
            Some(kind) => setting.agents[kind].into(),
            None => Own::places(stage.own, setting.cells()),
        };
        // Barriers are for all steps: only what lies between them depends on the step's number.
        let due = match stage.every {
            1 => String::new(),
            every => format!("if (throng_call.step + turn - throng_worlds[world].behind) % {every}u == 0u "),
        };
        let _ = writeln!(
            stages,
            "    {due}{{ for (var item = lane; item < {items}u; item += {WORKGROUP}u) {{ {}(world, item); }} }}\n    workgroupBarrier();",
            stage_function(&stage.name),
        );
        let changed = |layer: &&usize| stage.layers[**layer].changes.is_some() && model.copies(**layer) == 2;
        let mut copied = false;
        for layer in near.iter().filter(changed) {
            let name = name(layer);
            let copy = each_word(
                layer,
                &format!("throng_read_{name}_0[word] = atomicLoad(&throng_write_{name}_0[word]);"),
            );
            let _ = writeln!(stages, "    {due}{{\n{copy}    }}");
            copied = true;
        }
        if copied {
            stages += "    workgroupBarrier();\n";
        }
    }
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\n\
         fn {ENTRY}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{\n\
         \x20   let world = group.y * groups.x + group.x;\n\
         \x20   if world >= throng_call.count {{ return; }}\n\
         \x20   if throng_worlds[world].running == 0u {{ return; }}\n\
         {load}    workgroupBarrier();\n\
         \x20   for (var turn = 0u; turn < throng_call.base; turn += 1u) {{\n\
         \x20   throng_turn = turn;\n\
         {stages}    }}\n\
         {save}}}"
    );
}
