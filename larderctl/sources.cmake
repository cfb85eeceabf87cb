# The sources of larderctl; the root's CMakeLists.txt includes this.
set(LARDER_LARDERCTL_SOURCES
    larderctl/command.cc
    larderctl/drain_command.cc
    larderctl/endpoints.cc
    larderctl/node_status.cc
    larderctl/nodes_command.cc
    larderctl/nodes_json.cc
    larderctl/nodes_table.cc
    larderctl/options.cc
    larderctl/ring_command.cc
    larderctl/ring_options.cc
    larderctl/ring_plot.cc
    larderctl/ring_table.cc)
