//! The methods of search by name.

use serde::{Deserialize, Serialize};

use super::cma_es::CmaEs;
use super::genetic::GeneticAlgorithm;
use super::halving::SuccessiveHalving;
use super::map_elites::{Descriptor, MapElites};
use super::openai_es::OpenAiEs;
use super::optimiser::{Candidate, Optimiser, Told};
use super::random_search::RandomSearch;
use super::space::Space;
use crate::error::Result;

/// Any of the methods that there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Method {
    /// Random search.
    Random(RandomSearch),
    /// Successive halving.
    Halving(SuccessiveHalving),
    /// The genetic algorithm.
    Genetic(GeneticAlgorithm),
    /// CMA-ES.
    CmaEs(CmaEs),
    /// OpenAI-ES.
    #[serde(rename = "openai-es")]
    OpenAiEs(OpenAiEs),
    /// MAP-Elites.
    MapElites(MapElites),
}

/// Which method, before it has anything to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodName {
    /// Random search.
    Random,
    /// Successive halving.
    Halving,
    /// The genetic algorithm.
    Genetic,
    /// CMA-ES.
    CmaEs,
    /// OpenAI-ES.
    #[serde(rename = "openai-es")]
    OpenAiEs,
    /// MAP-Elites.
    MapElites,
}

impl Method {
    /// A method that is about to begin. `sigma` is how far it looks around, as a share of a dimension's length, the
    /// method's own unless given; `descriptors` are for MAP-Elites.
    ///
    /// # Errors
    /// As [`MapElites::new`].
    pub fn new(
        name: MethodName,
        space: Space,
        seed: u64,
        sigma: Option<f64>,
        descriptors: Vec<Descriptor>,
    ) -> Result<Method> {
        Ok(match name {
            MethodName::Random => Method::Random(RandomSearch::new(space, seed)),
            MethodName::Halving => Method::Halving(SuccessiveHalving::new(space, seed)),
            MethodName::Genetic => Method::Genetic(GeneticAlgorithm::new(space, seed, sigma.unwrap_or(0.1))),
            MethodName::CmaEs => Method::CmaEs(CmaEs::new(space, seed, sigma.unwrap_or(0.3))),
            MethodName::OpenAiEs => {
                let sigma = sigma.unwrap_or(0.05);
                Method::OpenAiEs(OpenAiEs::new(space, seed, sigma, sigma / 4.0))
            }
            MethodName::MapElites => {
                Method::MapElites(MapElites::new(space, seed, descriptors, sigma.unwrap_or(0.05))?)
            }
        })
    }

    fn inner(&mut self) -> &mut dyn Optimiser {
        match self {
            Method::Random(method) => method,
            Method::Halving(method) => method,
            Method::Genetic(method) => method,
            Method::CmaEs(method) => method,
            Method::OpenAiEs(method) => method,
            Method::MapElites(method) => method,
        }
    }
}

impl Optimiser for Method {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        self.inner().ask(count)
    }

    fn tell(&mut self, told: &[Told]) {
        self.inner().tell(told);
    }

    fn recommended(&self) -> Option<Candidate> {
        match self {
            Method::CmaEs(method) => method.recommended(),
            Method::OpenAiEs(method) => method.recommended(),
            _ => None,
        }
    }
}
