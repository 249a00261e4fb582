//! Agents as a Rust type, checked against the model's layout.

use bytemuck::Pod;

use super::Simulation;
use crate::error::{Error, Result};
use crate::model::FieldKind;

/// A Rust type that holds an agent; implement it with [`agent_type!`](crate::agent_type).
pub trait AgentType: Pod {
    /// Each field's name, type, and first byte.
    fn fields() -> Vec<FieldLayout>;
}

/// A field of a Rust type that holds an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLayout {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: FieldKind,
    /// Whether it is a pair.
    pub pair: bool,
    /// Its first byte.
    pub offset: usize,
}

/// What a field of an agent can be in Rust.
pub trait Component {
    /// The WGSL type, of each half for pairs.
    const KIND: FieldKind;
    /// Whether it is a pair.
    const PAIR: bool;
}

macro_rules! components {
    ($($rust:ty: $kind:ident $pair:literal),*) => {
        $(impl Component for $rust {
            const KIND: FieldKind = FieldKind::$kind;
            const PAIR: bool = $pair;
        })*
    };
}

components!(
    i32: I32 false, u32: U32 false, f32: F32 false,
    glam::IVec2: I32 true, glam::UVec2: U32 true, glam::Vec2: F32 true,
    [i32; 2]: I32 true, [u32; 2]: U32 true, [f32; 2]: F32 true
);

/// The kind of the field that a function picks; [`agent_type!`](crate::agent_type) calls it.
pub fn component<T, F: Component>(_: fn(&T) -> &F) -> (FieldKind, bool) {
    (F::KIND, F::PAIR)
}

/// Says which fields of a `#[repr(C)]` type are the agent's, so that it is checked against the model's layout.
///
/// ```
/// use glam::IVec2;
///
/// #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
/// #[repr(C)]
/// struct Explorer {
///     pos: IVec2,
///     heading: u32,
///     found: u32,
/// }
/// throng::agent_type!(Explorer { pos, heading, found });
/// ```
#[macro_export]
macro_rules! agent_type {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::AgentType for $type {
            fn fields() -> ::std::vec::Vec<$crate::FieldLayout> {
                ::std::vec![$({
                    let (kind, pair) = $crate::component(|agent: &$type| &agent.$field);
                    let offset = ::std::mem::offset_of!($type, $field);
                    $crate::FieldLayout { name: stringify!($field), kind, pair, offset }
                }),+]
            }
        }
    };
}

impl Simulation {
    /// The agents of a world.
    ///
    /// # Errors
    /// When the type's fields are not those of the model's `Agent`, there is no such world, or the device fails.
    pub fn agents<T: AgentType>(&mut self, world: u32) -> Result<Vec<T>> {
        self.check_layout::<T>()?;
        Ok(bytemuck::allocation::pod_collect_to_vec(&self.backend.agents(world)?))
    }

    /// Replaces the agents of a world by as many.
    ///
    /// # Errors
    /// As [`Simulation::agents`], and when there are not as many.
    pub fn set_agents<T: AgentType>(&mut self, world: u32, agents: &[T]) -> Result<()> {
        self.check_layout::<T>()?;
        self.backend.set_agents(world, &bytemuck::allocation::pod_collect_to_vec::<T, u32>(agents))
    }

    fn check_layout<T: AgentType>(&self) -> Result<()> {
        let layout = &self.model.agent;
        let describe = |name: &str, kind: FieldKind, pair: bool, offset: usize| match pair {
            true => format!("{name}: vec2<{}> at byte {offset}", kind.wgsl()),
            false => format!("{name}: {} at byte {offset}", kind.wgsl()),
        };
        let model: Vec<String> = layout
            .fields
            .iter()
            .map(|field| describe(&field.name, field.kind, field.pair, field.offset as usize))
            .collect();
        let rust: Vec<String> = T::fields()
            .iter()
            .map(|field| describe(field.name, field.kind, field.pair, field.offset))
            .collect();
        if model == rust && size_of::<T>() == layout.stride as usize {
            return Ok(());
        }
        Err(Error::argument(
            format!(
                "`{}` ({}; {} bytes) is not the agent of model `{}` ({}; {} bytes)",
                std::any::type_name::<T>(),
                rust.join(", "),
                size_of::<T>(),
                self.model.name,
                model.join(", "),
                layout.stride
            ),
            "give the type #[repr(C)] and the same fields, with padding where the model's layout has it",
        ))
    }
}
