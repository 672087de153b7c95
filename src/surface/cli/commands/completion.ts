import type { shells } from "../completion-command.ts";
import { writeOut } from "../io.ts";

/**
 * The script of a shell. It knows nothing itself: at each Tab it asks `agentpool __complete`, whose
 * answer is a candidate a line, with its description behind a tab.
 */
export function printScript(shell: (typeof shells)[number]): number {
  writeOut(scripts[shell]);
  return 0;
}

const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `# bash completion for agentpool
_agentpool() {
  local line value word typed="" before path is_break="" joined="" i
  local -a words=()
  COMPREPLY=()
  # bash makes words of their own of = and :, which stand inside of ours
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    is_break=""
    [[ -n $word && $word != *[!=:]* ]] && is_break=1
    if [[ \${#words[@]} -gt 0 && -n $joined$is_break ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    joined=$is_break
  done
  typed=\${words[\${#words[@]}-1]}
  word=\${COMP_WORDS[COMP_CWORD]}
  # what stands there already, and is not to be typed again
  before=\${typed%"$word"}
  [[ -n $is_break ]] && before=$typed
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    if [ "$value" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      path=\${typed#--*=}
      while IFS= read -r line; do
        value=\${typed%"$path"}$line
        COMPREPLY+=("\${value#"$before"}")
      done < <(compgen -f -- "$path")
    elif [ -n "$value" ]; then
      COMPREPLY+=("\${value#"$before"}")
    fi
  done < <(agentpool __complete -- "\${words[@]#[\\"\\']}" 2>/dev/null)
  compopt -o nosort 2>/dev/null
}
complete -F _agentpool agentpool
`,
  zsh: `#compdef agentpool
_agentpool() {
  local -a found
  local line value
  local -i wants_files=0
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    if [[ $value == ":files" ]]; then
      wants_files=1
    elif [[ $line == *$'\\t'* ]]; then
      found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    elif [[ -n $value ]]; then
      found+=("\${value//:/\\\\:}")
    fi
  done < <(agentpool __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  # in the order given: the newest session first
  (( \${#found} )) && _describe -V agentpool found
  if (( wants_files )); then
    compset -P '--*='
    _files
  fi
}
compdef _agentpool agentpool
`,
  fish: `# fish completion for agentpool
function __agentpool_complete
    set -l token (commandline -ct)
    set -l words (commandline -opc) $token
    for line in (agentpool __complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            set -l flag (string match -r -- '^--[a-z-]+=' $token)
            for path in (__fish_complete_path (string replace -- "$flag" "" $token))
                printf '%s\\n' "$flag$path"
            end
        else
            printf '%s\\n' $line
        end
    end
end
complete -c agentpool -f -k -a '(__agentpool_complete)'
`,
  // an empty last word is told apart: versions differ in whether they hand one to a program
  pwsh: `# PowerShell completion for agentpool
Register-ArgumentCompleter -Native -CommandName agentpool -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text.Trim("'", '"') })
    $new = @(if ($wordToComplete -eq '') { '--new-word' })
    agentpool __complete @new -- @words 2>$null | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        if ($value -eq ':files') { return }
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
`,
};
