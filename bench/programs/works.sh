# An agent that does one task: takes its prompt, works, ends its turn and stands still.
# usage: works.sh SECONDS PAYLOAD_OF_PROMPT HOOK_FOR_PROMPT HOOK_FOR_END
stty -echo
rule=$(printf '%80s' '' | sed 's/ /─/g')
printf '%s' "$2" | sh -c "$3"
printf '⠋ Working… (9s · esc to interrupt)\r\n'
sleep "$1"
printf '%s\r\n❯ \r\n%s\r\n  ? for help · bench' "$rule" "$rule"
echo '{}' | sh -c "$4"
exec sleep 1000000
