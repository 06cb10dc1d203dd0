# Runs a server and ties its life to the pipe on standard input: when the other end is closed,
# which the kernel does even for a parent killed with -9, the server is stopped.
# usage: sh -c watchdog.sh watchdog SIGNAL SECONDS PROGRAM ARGUMENTS...
exec 3<&0 </dev/null
signal=$1
tenths=$(($2 * 10))
shift 2
"$@" 3<&- >&2 &
server=$!
echo "$server"
exec >&2
(
    while read -r _ <&3; do :; done
    # A stopped process hears nothing but KILL.
    kill -CONT "$server"
    kill -"$signal" "$server"
    while kill -0 "$server" && [ "$tenths" -gt 0 ]; do
        sleep 0.1
        tenths=$((tenths - 1))
    done
    kill -KILL "$server"
) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
