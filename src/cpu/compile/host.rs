//! Functions of this program that compiled code calls: what processors have no instruction for.

use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature};
use naga::MathFunction as Math;

use super::RandomBatch;
use super::lowering::Lowering;
use super::random_batch::late_random_word;
use super::types::Kind;
use super::values::Leaf;

type OfOne = extern "C" fn(f32) -> f32;
type OfTwo = extern "C" fn(f32, f32) -> f32;
type OfThree = extern "C" fn(f32, f32, f32) -> f32;
type OfDraw = unsafe extern "C" fn(*mut RandomBatch, u32, u32) -> u32;

macro_rules! host {
    ($($name:ident($($argument:ident),+) = $method:ident;)+) => {
        $(extern "C" fn $name($($argument: f32),+) -> f32 { f32::$method($($argument),+) })+
    };
}

host! {
    sin(x) = sin; cos(x) = cos; tan(x) = tan;
    asin(x) = asin; acos(x) = acos; atan(x) = atan; atan2(y, x) = atan2;
    sinh(x) = sinh; cosh(x) = cosh; tanh(x) = tanh;
    asinh(x) = asinh; acosh(x) = acosh; atanh(x) = atanh;
    exp(x) = exp; exp2(x) = exp2; log(x) = ln; log2(x) = log2; pow(x, y) = powf;
    fused(x, y, z) = mul_add;
}

/// The function of one argument that computes it.
fn of_one(function: Math) -> Option<OfOne> {
    Some(match function {
        Math::Sin => sin,
        Math::Cos => cos,
        Math::Tan => tan,
        Math::Asin => asin,
        Math::Acos => acos,
        Math::Atan => atan,
        Math::Sinh => sinh,
        Math::Cosh => cosh,
        Math::Tanh => tanh,
        Math::Asinh => asinh,
        Math::Acosh => acosh,
        Math::Atanh => atanh,
        Math::Exp => exp,
        Math::Exp2 => exp2,
        Math::Log => log,
        Math::Log2 => log2,
        _ => return None,
    })
}

impl Lowering<'_, '_> {
    /// Calls the function that computes it, if there is one.
    pub(super) fn host_math(&mut self, function: Math, arguments: &[Leaf]) -> Option<Leaf> {
        let address = match function {
            Math::Pow => pow as OfTwo as usize,
            Math::Atan2 => atan2 as OfTwo as usize,
            Math::Fma => fused as OfThree as usize,
            _ => of_one(function)? as usize,
        };
        let values: Vec<ir::Value> = arguments.iter().map(|&leaf| self.machine(leaf)).collect();
        Some(Leaf::Value(Kind::Float, self.call_host(address, &values, ir::types::F32)))
    }

    /// Computes a random word that was not computed ahead.
    pub(super) fn host_random_word(&mut self, draw: Leaf) -> ir::Value {
        let draw = self.machine(draw);
        let address = late_random_word as OfDraw as usize;
        self.call_host(address, &[self.random, self.item, draw], ir::types::I32)
    }

    fn call_host(&mut self, address: usize, arguments: &[ir::Value], result: ir::Type) -> ir::Value {
        let mut signature = Signature::new(self.target.default_call_conv);
        for &argument in arguments {
            signature.params.push(AbiParam::new(self.builder.func.dfg.value_type(argument)));
        }
        signature.returns.push(AbiParam::new(result));
        let signature = self.builder.import_signature(signature);
        let callee = self.builder.ins().iconst(ir::types::I64, address as i64);
        let call = self.builder.ins().call_indirect(signature, callee, arguments);
        self.builder.inst_results(call)[0]
    }
}
