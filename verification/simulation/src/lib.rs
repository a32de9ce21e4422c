//! Seeded lives of the driver among faults in virtual time, held against the oracle and the truth of a simulated server.
