"""The client-level scenarios of ``core/scenarios``, through the public API; the contract is that folder's README."""
