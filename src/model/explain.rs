//! `throng check`: a model explained.
