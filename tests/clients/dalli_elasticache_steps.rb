# The gem dalli-elasticache, for discovery_test.py: ruby -I SOURCES/lib ... HOST:PORT
#
# For each line of its input it requests the list and prints the nodes and version as JSON.
require 'json'
require 'dalli-elasticache'

elasticache = Dalli::ElastiCache.new(ARGV[0], {}, timeout: 5)
$stdout.sync = true
$stdin.each_line do
  elasticache.refresh
  puts({ nodes: elasticache.servers, version: elasticache.version }.to_json)
rescue SystemCallError, EOFError
  puts({ nodes: [] }.to_json)
end
