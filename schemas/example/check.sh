#!/bin/sh
# Computes the hashes of the two records of records.json with nothing but printf and sha256sum.
# Run it anywhere: sh check.sh
LC_ALL=C

# One item of what is hashed: its length as four bytes, big-endian, then its bytes.
item() {
  length=${#1}
  for shift in 24 16 8 0; do
    printf "\\$(printf '%03o' $((length >> shift & 255)))"
  done
  printf '%s' "$1"
}

# The log id and the partition come first in every record.
place() {
  item '5f0c1d2e-8a37-4b6f-9c54-0d1e2f3a4b5c'
  item '7'
}

# Then the key, every header that starts with ce_ except ce_hash (sorted by name; name and value
# are an item each), and the data.
genesis() {
  place
  item 'log'
  item ce_id; item '0b9d5a6e-1f2c-4d3b-8e4f-5a6b7c8d9e0f'
  item ce_previous; item '0000000000000000000000000000000000000000000000000000000000000000'
  item ce_sequence; item '00000000000000000000'
  item ce_source; item 'urn:uuid:5f0c1d2e-8a37-4b6f-9c54-0d1e2f3a4b5c'
  item ce_specversion; item '1.0'
  item ce_time; item '2026-11-20T08:00:00Z'
  item ce_type; item 'docket.log.genesis.v1'
  item '{"log_id":"5f0c1d2e-8a37-4b6f-9c54-0d1e2f3a4b5c","partition":7,"partitions":8,"format_version":1}'
}

# The second record extends the first: its ce_previous is the first one's hash. Its traceparent
# and content-type are not hashed.
assigned() {
  place
  item 'ticket-9b2f7c10-4d5e-4f6a-8b7c-1a2b3c4d5e6f'
  item ce_actor; item '3c1d9a70-5b2e-5f4a-9d8c-7e6f5a4b3c2d/manager'
  item ce_commanddigest; item '8d3f0a1b2c4e5f60'
  item ce_commandid; item '4e1b7a2c9d0f3e5a6b8c7d1e2f405162'
  item ce_id; item 'c7a8b9d0-e1f2-4a3b-9c4d-5e6f7a8b9c0d'
  item ce_occurredat; item '2026-11-20T08:15:30.25Z'
  item ce_origin; item 'live'
  item ce_previous; item "$1"
  item ce_sequence; item '00000000000000000001'
  item ce_source; item 'urn:uuid:5f0c1d2e-8a37-4b6f-9c54-0d1e2f3a4b5c'
  item ce_specversion; item '1.0'
  item ce_time; item '2026-11-20T08:15:30.25Z'
  item ce_type; item 'docket.ticket.assigned.v1'
  item '{"consultant":"6d7e8f90-a1b2-5c3d-8e4f-5a6b7c8d9e0f"}'
}

hash() {
  sha256sum | cut -d ' ' -f 1
}

first=$(genesis | hash)
echo "$first"
assigned "$first" | hash
