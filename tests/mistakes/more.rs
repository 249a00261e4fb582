//! More than one mistake, and those that are found while a model runs.
