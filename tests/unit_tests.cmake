# The files of the unit tests, by floor and by wing of server/.  Part of CMakeLists.txt.

# ctest starts these first: otherwise they run alone at the end.
set(LONGEST_UNIT_TESTS
    slab/point_in_time_walk_test
    slab/store_balance_test
    slab/store_memory_test
    slab/store_model_test)

set(BASE_TESTS
    base/assertions_test.cc
    base/clock_test.cc
    base/base64_test.cc
    base/cluster_text_test.cc
    base/counter_stress_test.cc
    base/hash_test.cc
    base/log_buckets_test.cc
    base/result_test.cc
    base/spin_lock_stress_test.cc
    base/unique_fd_test.cc
    base/words_test.cc)

set(SLAB_TESTS
    slab/address_space_test.cc
    slab/balancer_test.cc
    slab/bounded_queue_stress_test.cc
    slab/due_pages_test.cc
    slab/flush_clock_test.cc
    slab/footprint_test.cc
    slab/index_test.cc
    slab/item_pin_test.cc
    slab/item_test.cc
    slab/item_writer_test.cc
    slab/memory_budget_stress_test.cc
    slab/observer_test.cc
    slab/overflow_buckets_test.cc
    slab/page_lists_test.cc
    slab/page_pool_test.cc
    slab/point_in_time_walk_stress_test.cc
    slab/point_in_time_walk_test.cc
    slab/shown_classes_test.cc
    slab/size_classes_test.cc
    slab/slab_class_test.cc
    slab/store_balance_test.cc
    slab/store_expiry_test.cc
    slab/store_maintenance_stress_test.cc
    slab/store_memory_stress_test.cc
    slab/store_memory_test.cc
    slab/store_meta_stress_test.cc
    slab/store_meta_test.cc
    slab/store_model_test.cc
    slab/store_modify_test.cc
    slab/store_remove_test.cc
    slab/store_stress_test.cc
    slab/store_test.cc
    slab/store_walk_stress_test.cc
    slab/store_walk_test.cc
    slab/store_write_test.cc
    slab/thread_cache_stress_test.cc)

# They check counts, so they need builds that count.
if(LARDER_COUNTS_LOCKS)
  list(APPEND BASE_TESTS base/counted_lock_test.cc)
  list(APPEND SLAB_TESTS slab/lock_count_test.cc)
endif()

set(SNAPSHOT_TESTS
    snapshot/format_test.cc
    snapshot/key_ring_test.cc
    snapshot/load_test.cc
    snapshot/new_file_test.cc
    snapshot/pace_test.cc
    snapshot/reader_test.cc)

set(PROTOCOL_TESTS
    protocol/binary_encoder_test.cc
    protocol/binary_parser_test.cc
    protocol/decimal_test.cc
    protocol/dump_encoder_test.cc
    protocol/http_encoder_test.cc
    protocol/http_parser_test.cc
    protocol/meta_encoder_test.cc
    protocol/meta_flags_test.cc
    protocol/meta_parser_test.cc
    protocol/reply_buffer_test.cc
    protocol/text_administration_test.cc
    protocol/text_config_test.cc
    protocol/text_encoder_test.cc
    protocol/text_framing_test.cc
    protocol/text_login_test.cc
    protocol/text_parser_test.cc
    protocol/text_verbs_test.cc)

set(CLIENT_TESTS
    client/address_test.cc
    client/background_poller_test.cc
    client/client_compute_test.cc
    client/client_stress_test.cc
    client/client_test.cc
    client/cluster_test.cc
    client/connection_test.cc
    client/deadline_test.cc
    client/dial_test.cc
    client/discovery_test.cc
    client/error_test.cc
    client/exchange_test.cc
    client/key_hashes_test.cc
    client/login_test.cc
    client/meta_reply_test.cc
    client/meta_request_test.cc
    client/node_health_test.cc
    client/node_test.cc
    client/reply_reader_test.cc
    client/ring_node_test.cc
    client/ring_shares_test.cc
    client/ring_test.cc
    client/round_trip_test.cc
    client/stream_test.cc
    client/tls_test.cc)

set(LARDERCTL_TESTS
    larderctl/nodes_table_test.cc
    larderctl/options_test.cc
    larderctl/ring_options_test.cc
    larderctl/ring_plot_test.cc
    larderctl/ring_table_test.cc
    larderctl/snapshot_files_test.cc
    larderctl/transfer/amounts_test.cc
    larderctl/transfer/copy_state_test.cc
    larderctl/transfer/dump_line_test.cc
    larderctl/transfer/file_format_test.cc
    larderctl/transfer/input_buffer_test.cc
    larderctl/transfer/item_key_test.cc
    larderctl/transfer/json_items_test.cc
    larderctl/transfer/json_text_test.cc
    larderctl/transfer/key_queue_test.cc
    larderctl/transfer/progress_text_test.cc
    larderctl/transfer/rate_limiter_test.cc
    larderctl/transfer/tally_test.cc
    larderctl/transfer/tool_dump_test.cc
    larderctl/transfer/value_line_test.cc)

set(SERVER_OPTIONS_TESTS
    server/options/extended_options_test.cc
    server/options/interval_test.cc
    server/options/listen_addresses_test.cc
    server/options/live_options_test.cc
    server/options/number_test.cc
    server/options/options_cluster_test.cc
    server/options/options_keep_test.cc
    server/options/options_number_test.cc
    server/options/options_test.cc
    server/options/usage_test.cc)

set(SERVER_SUPPORT_TESTS
    server/support/backoff_test.cc
    server/support/clock_driver_test.cc
    server/support/exptime_test.cc
    server/support/command_kind_test.cc
    server/support/latency_test.cc
    server/support/line_buffer_test.cc
    server/support/token_bucket_test.cc)

set(SERVER_AUTH_TESTS
    server/auth/credentials_test.cc
    server/auth/sasl_session_test.cc)

set(SERVER_NET_TESTS
    server/net/accept_gate_test.cc
    server/net/dispatcher_test.cc
    server/net/event_loop_test.cc
    server/net/inbox_test.cc
    server/net/listener_test.cc
    server/net/outbox_test.cc
    server/net/tls_context_test.cc
    server/net/tls_session_test.cc)

set(SERVER_LOG_TESTS
    server/log/log_line_test.cc
    server/log/log_test.cc
    server/log/log_queue_test.cc
    server/log/log_tally_test.cc
    server/log/requester_test.cc
    server/log/watch_line_test.cc
    server/log/watch_ring_stress_test.cc
    server/log/watch_ring_test.cc
    server/log/watchers_stress_test.cc
    server/log/watchers_test.cc)

set(SERVER_KEEP_TESTS
    server/keep/snapshot_folder_test.cc
    server/keep/snapshot_schedule_test.cc)

set(SERVER_CLUSTER_TESTS
    server/cluster/advertised_node_test.cc
    server/cluster/cluster_files_test.cc
    server/cluster/cluster_map_test.cc
    server/cluster/discovery_test.cc
    server/cluster/etcd_availability_test.cc
    server/cluster/etcd_client_test.cc
    server/cluster/etcd_json_test.cc
    server/cluster/etcd_map_test.cc
    server/cluster/etcd_registry_test.cc)

set(SERVER_INSIGHT_TESTS
    server/insight/curve_tally_test.cc
    server/insight/hot_keys_test.cc
    server/insight/miniature_cache_test.cc
    server/insight/miniature_ghosts_test.cc
    server/insight/miss_ratio_curve_test.cc
    server/insight/sample_table_test.cc
    server/insight/space_saving_test.cc)

set(SERVER_ADMIN_TESTS
    server/admin/admin_test.cc
    server/admin/admin_tuning_test.cc
    server/admin/crawler_test.cc
    server/admin/prefix_stats_test.cc
    server/admin/process_usage_test.cc
    server/admin/settings_report_test.cc
    server/admin/stats_connections_test.cc
    server/admin/stats_general_test.cc
    server/admin/stats_insight_test.cc
    server/admin/stats_items_test.cc
    server/admin/stats_json_test.cc
    server/admin/stats_latency_test.cc
    server/admin/stats_slabs_test.cc
    server/admin/stats_snapshot_test.cc)

set(SERVER_COMMAND_TESTS
    server/command/binary_commands_test.cc
    server/command/executor_test.cc
    server/command/insight_notes_test.cc
    server/command/watch_teller_test.cc)

set(SERVER_WORKER_TESTS
    server/worker/acceptor_test.cc
    server/worker/connection_test.cc
    server/worker/datagrams_test.cc
    server/worker/turn_dump_test.cc
    server/worker/turn_input_test.cc
    server/worker/turn_latency_test.cc
    server/worker/turn_login_test.cc
    server/worker/turn_odd_keys_test.cc
    server/worker/turn_slow_client_test.cc
    server/worker/turn_slow_test.cc
    server/worker/turn_test.cc
    server/worker/turn_watch_test.cc
    server/worker/worker_stress_test.cc
    server/worker/worker_test.cc)

set(SERVER_HTTP_TESTS
    server/http/http_host_test.cc
    server/http/http_pages_test.cc
    server/http/http_server_test.cc
    server/http/metrics_test.cc)

set(SERVER_TESTS
    server/control_test.cc
    server/process_test.cc
    server/server_test.cc
    server/transcripts_test.cc)
