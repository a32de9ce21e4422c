//! What the token machine promises, written a second time: named invariants over its inputs and outputs.
