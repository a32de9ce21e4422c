"""The numbers of the machine's behaviour, as a type checker knows them."""

from __future__ import annotations

from typing import TypedDict


class Policy(TypedDict, total=False):
    """The numbers that differ from the default, by the names of the policy's page; times are in milliseconds.

    ``TokenSource(policy=..)`` refuses what is out of range, naming the field.
    """

    window_divisor: int
    window_max_ms: int
    window_spread_divisor: int
    leeway_max_ms: int
    leeway_divisor: int
    leeway_window_percent: int
    hard_wait_max_ms: int
    hard_wait_divisor: int
    min_valid_divisor: int
    min_valid_wait_divisor: int
    refresh_pause_ms: int
    refresh_pause_divisor: int
    refresh_pause_life_divisor: int
    refresh_pause_cap_divisor: int
    refresh_pause_floor_ms: int
    last_try_ms: int
    fetch_attempts: int
    fetch_budget_ms: int
    fetch_delay_ms: int
    fetch_pause_ms: int
    fetch_pause_cap_ms: int
    terminal_pause_ms: int
    terminal_pause_cap_ms: int
    retry_after_cap_ms: int
    paused_wait_margin_ms: int
    abandoned_pause_ms: int
    abandoned_pause_cap_ms: int
    retry_min_ms: int
    invalidate_min_ms: int
    attempt_deadline_ms: int
    attempt_abort_ms: int
    patience_ms: int
    body_limit_bytes: int
    grace_max_ms: int
    grace_divisor: int
    grace_delay_max_ms: int
    grace_delay_divisor: int
    rejected_pause_ms: int
    hold_ms: int
    hold_cap_ms: int
    hold_cap_divisor: int
    withhold_floor_ms: int
    rejected_memory: int
    same_token_divisor: int
    same_token_floor_ms: int
    same_token_floor_divisor: int
    single_use_interval_ms: int
    default_lifetime_ms: int
    lifetime_max_ms: int
    wake_max_ms: int
    clock_step_ms: int
