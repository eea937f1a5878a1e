//! api key
