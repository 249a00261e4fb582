//! Agents as a Rust type, checked against the model's layout.

use bytemuck::Pod;

use super::Simulation;
use crate::error::{Error, Result};
use crate::model::FieldKind;
use crate::plan::Agents;

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
    /// The agents of a world, of a model that has one kind of them.
    ///
    /// # Errors
    /// When the type's fields are not those of the model's `Agent`, there is no such world, or the device fails.
    pub fn agents<T: AgentType>(&mut self, world: u32) -> Result<Vec<T>> {
        let kind = self.only_kind()?;
        self.agents_of(&kind, world)
    }

    /// The agents of a kind in a world, in the order in which they were born.
    ///
    /// # Errors
    /// When there is no such kind, the type's fields are not the kind's, there is no such world, or the device fails.
    pub fn agents_of<T: AgentType>(&mut self, kind: &str, world: u32) -> Result<Vec<T>> {
        let kind = self.kind_index(kind)?;
        self.check_layout::<T>(kind)?;
        Ok(bytemuck::allocation::pod_collect_to_vec(&self.backend.agents(world, kind)?.words))
    }

    /// Replaces the agents of a world by as many.
    ///
    /// # Errors
    /// As [`Simulation::agents`], and when there are not as many.
    pub fn set_agents<T: AgentType>(&mut self, world: u32, agents: &[T]) -> Result<()> {
        let kind = self.only_kind()?;
        let kind = self.kind_index(&kind)?;
        self.check_layout::<T>(kind)?;
        let words = bytemuck::allocation::pod_collect_to_vec::<T, u32>(agents);
        self.backend.set_agents(world, kind, &Agents { words, ..Agents::first(agents.len() as u32) })
    }

    fn only_kind(&self) -> Result<String> {
        match self.model.kinds.as_slice() {
            [kind] => Ok(kind.name.clone()),
            kinds => Err(Error::argument(
                format!("model `{}` has {} kinds of agents", self.model.name, kinds.len()),
                "name the kind with `agents_of`",
            )),
        }
    }

    /// The place of a kind among the model's.
    pub(super) fn kind_index(&self, name: &str) -> Result<usize> {
        self.model.kind(name).ok_or_else(|| {
            let known: Vec<&str> = self.model.kinds.iter().map(|kind| kind.name.as_str()).collect();
            Error::argument(
                format!("model `{}` has no agents `{name}`", self.model.name),
                format!("its kinds of agents are {}", known.join(", ")),
            )
        })
    }

    fn check_layout<T: AgentType>(&self, kind: usize) -> Result<()> {
        let layout = &self.model.kinds[kind].layout;
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
