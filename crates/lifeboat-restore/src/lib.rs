//! Plans the steps from the live tenant to the wanted one, and applies a plan.
