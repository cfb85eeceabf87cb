"""The metrics of memcached_exporter 0.16 for a memcached without extstore and proxy.

METRICS: (name, type, source of its value, key there, labels besides `slab`).  Sources: "stats",
"settings" and "slab_totals" are rows of `stats`, `stats settings` and `stats slabs`; "items" and
"slabs" are rows of each class, whose id is the label `slab`; "" is computed otherwise.
COMMANDS, SLAB_COMMANDS: (command, status) -> keys to add, keys to subtract.
"""

_TABLE = """
memcached_up gauge
memcached_version gauge
memcached_commands_total counter
memcached_slab_commands_total counter
memcached_uptime_seconds counter stats uptime
memcached_time_seconds gauge stats time
memcached_process_user_cpu_seconds_total counter stats rusage_user
memcached_process_system_cpu_seconds_total counter stats rusage_system
memcached_read_bytes_total counter stats bytes_read
memcached_written_bytes_total counter stats bytes_written
memcached_current_connections gauge stats curr_connections
memcached_max_connections gauge settings maxconns
memcached_connections_total counter stats total_connections
memcached_connections_rejected_total counter stats rejected_connections
memcached_connections_yielded_total counter stats conn_yields
memcached_connections_listener_disabled_total counter stats listen_disabled_num
memcached_accepting_connections gauge stats accepting_conns
memcached_current_bytes gauge stats bytes
memcached_limit_bytes gauge stats limit_maxbytes
memcached_current_items gauge stats curr_items
memcached_items_total counter stats total_items
memcached_items_evicted_total counter stats evictions
memcached_items_reclaimed_total counter stats reclaimed
memcached_item_too_large_total counter stats store_too_large
memcached_item_no_memory_total counter stats store_no_memory
memcached_direct_reclaims_total counter stats direct_reclaims
memcached_lru_crawler_enabled gauge settings lru_crawler
memcached_lru_crawler_sleep gauge settings lru_crawler_sleep
memcached_lru_crawler_to_crawl gauge settings lru_crawler_tocrawl
memcached_lru_crawler_maintainer_thread gauge settings lru_maintainer_thread
memcached_lru_crawler_hot_percent gauge settings hot_lru_pct
memcached_lru_crawler_warm_percent gauge settings warm_lru_pct
memcached_lru_crawler_hot_max_factor gauge settings hot_max_factor
memcached_lru_crawler_warm_max_factor gauge settings warm_max_factor
memcached_lru_crawler_starts_total counter stats lru_crawler_starts
memcached_lru_crawler_reclaimed_total counter stats crawler_reclaimed
memcached_lru_crawler_items_checked_total counter stats crawler_items_checked
memcached_lru_crawler_moves_to_cold_total counter stats moves_to_cold
memcached_lru_crawler_moves_to_warm_total counter stats moves_to_warm
memcached_lru_crawler_moves_within_lru_total counter stats moves_within_lru
memcached_malloced_bytes gauge slab_totals total_malloced
memcached_slab_current_items gauge items number
memcached_slab_items_age_seconds gauge items age
memcached_slab_items_crawler_reclaimed_total counter items crawler_reclaimed
memcached_slab_items_evicted_total counter items evicted
memcached_slab_items_evicted_nonzero_total counter items evicted_nonzero
memcached_slab_items_evicted_time_seconds counter items evicted_time
memcached_slab_items_evicted_unfetched_total counter items evicted_unfetched
memcached_slab_items_expired_unfetched_total counter items expired_unfetched
memcached_slab_items_outofmemory_total counter items outofmemory
memcached_slab_items_reclaimed_total counter items reclaimed
memcached_slab_items_tailrepairs_total counter items tailrepairs
memcached_slab_items_moves_to_cold counter items moves_to_cold
memcached_slab_items_moves_to_warm counter items moves_to_warm
memcached_slab_items_moves_within_lru counter items moves_within_lru
memcached_slab_hot_items gauge items number_hot
memcached_slab_warm_items gauge items number_warm
memcached_slab_cold_items gauge items number_cold
memcached_slab_temporary_items gauge items number_temp
memcached_slab_hot_age_seconds gauge items age_hot
memcached_slab_warm_age_seconds gauge items age_warm
memcached_slab_lru_hits_total counter items hits_to_hot lru=hot
memcached_slab_lru_hits_total counter items hits_to_warm lru=warm
memcached_slab_lru_hits_total counter items hits_to_cold lru=cold
memcached_slab_lru_hits_total counter items hits_to_temp lru=temporary
memcached_slab_chunk_size_bytes gauge slabs chunk_size
memcached_slab_chunks_per_page gauge slabs chunks_per_page
memcached_slab_current_pages gauge slabs total_pages
memcached_slab_current_chunks gauge slabs total_chunks
memcached_slab_chunks_used gauge slabs used_chunks
memcached_slab_chunks_free gauge slabs free_chunks
memcached_slab_chunks_free_end gauge slabs free_chunks_end
memcached_slab_mem_requested_bytes gauge items mem_requested
"""


def _row(line):
    words = line.split()
    name, kind, topic, key = (words + ["", ""])[:4]
    return name, kind, topic, key, [tuple(word.split("=")) for word in words[4:]]


METRICS = [_row(line) for line in _TABLE.strip().splitlines()]

_HITS = {
    (command, "hit"): ([f"{command}_hits"], [])
    for command in ("get", "delete", "incr", "decr", "cas", "touch")
}
_BAD = {("cas", "badval"): (["cas_badval"], [])}
COMMANDS = {
    **_HITS,
    **_BAD,
    **{(command, "miss"): ([f"{command}_misses"], []) for command, _ in _HITS},
    ("flush", "hit"): (["cmd_flush"], []),
    ("set", "hit"): (["cmd_set"], ["cas_misses", "cas_hits", "cas_badval"]),
}
SLAB_COMMANDS = {**_HITS, **_BAD, ("set", "hit"): (["cmd_set"], ["cas_hits", "cas_badval"])}

# promtool reports these for the exporter itself; compatibility requires them.
LINT_OF_THE_EXPORTER = {
    f'{name} counter metrics should have "_total" suffix'
    for name, kind, *_ in METRICS
    if kind == "counter" and not name.endswith("_total")
}
