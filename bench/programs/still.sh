# An agent that stands still: usage: still.sh idle|working [hook for the prompt, hook for the end]
stty -echo
rule=$(printf '%200s' '' | sed 's/ /─/g')
i=0
while [ $i -lt 40 ]; do
  printf '  line %d of what this agent said before, to fill its screen as real ones do\r\n' $i
  i=$((i + 1))
done
if [ "$1" = working ]; then printf '⠋ Working… (9s · esc to interrupt)\r\n'; fi
printf '%s\r\n❯ \r\n%s\r\n  ? for help · bench' "$rule" "$rule"
if [ -n "$2" ]; then
  echo '{"prompt":"stand still"}' | sh -c "$2"
  if [ "$1" = idle ]; then echo '{}' | sh -c "$3"; fi
fi
exec sleep 1000000
