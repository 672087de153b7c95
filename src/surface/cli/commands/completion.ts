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
  local words line value
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    if [ "$value" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${words[\${#words[@]}-1]}")
    elif [ -n "$value" ]; then
      COMPREPLY+=("$value")
    fi
  done < <(agentpool __complete -- "\${words[@]}" 2>/dev/null)
  # what stands before a colon is a word of its own to bash, and is there already
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "\${COMP_WORDS[COMP_CWORD]}"
  fi
}
complete -F _agentpool agentpool
`,
  zsh: `#compdef agentpool
_agentpool() {
  local -a found
  local line value
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    if [[ $value == ":files" ]]; then
      _files
    elif [[ $line == *$'\\t'* ]]; then
      found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    elif [[ -n $value ]]; then
      found+=("\${value//:/\\\\:}")
    fi
  done < <(agentpool __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe agentpool found
}
compdef _agentpool agentpool
`,
  fish: `# fish completion for agentpool
function __agentpool_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (agentpool __complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c agentpool -f -a '(__agentpool_complete)'
`,
  pwsh: `# PowerShell completion for agentpool
Register-ArgumentCompleter -Native -CommandName agentpool -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '""' }
    agentpool __complete -- @words 2>$null | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        if ($value -eq ':files') { return }
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
`,
};
