"""``spirou completion``: the completion script of a shell."""

from typing import Annotated

import typer

from spirou_cli.cli.completing import VARIABLE
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark

_BASH = """\
_spirou() {
    local line IFS=$'\\n'
    local -a found=()
    while read -r line; do found+=("$line"); done < <(
        %(variable)s=1 "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null
    )
    COMPREPLY=()
    for line in "${found[@]}"; do
        # Beside several candidates their titles are shown; what is inserted is the word alone.
        if [ ${#found[@]} -gt 1 ] && [ "${COMP_TYPE:-9}" != 37 ] && [ "${line#*$'\\t'}" != "" ]; then
            COMPREPLY+=("${line/$'\\t'/  }")
        else
            COMPREPLY+=("${line%%%%$'\\t'*}")
        fi
    done
}
complete -o default -F _spirou spirou
"""

_ZSH = """\
#compdef spirou
_spirou() {
    local line value
    local -a found
    while IFS= read -r line; do
        value="${line%%%%$'\\t'*}"
        found+=("${value//:/\\\\:}:${line#*$'\\t'}")
    done < <(%(variable)s=1 "${words[1]}" "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then _describe -V spirou found; else _files; fi
}
compdef _spirou spirou
"""

_FISH = """\
function __spirou_complete
    set -lx %(variable)s 1
    set -l typed (commandline -opc)
    set -l found ($typed[1] $typed[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c spirou -f -k -a '(__spirou_complete)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(help=mark("bash, zsh or fish"), metavar="SHELL")],
) -> None:
    """Print the completion script of a shell.

    bash: eval "$(spirou completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit;
    fish: spirou completion fish > ~/.config/fish/completions/spirou.fish
    """
    session: Session = context.obj
    if shell not in _SCRIPTS:
        raise InvalidInput(
            mark("There is no completion for {shell}. There is: {known}."),
            mark("spirou completion bash"),
            shell=shell,
            known=", ".join(_SCRIPTS),
        )
    script = _SCRIPTS[shell] % {"variable": VARIABLE}
    if session.format == "json":
        session.screen.json("spirou.completion/1", {"shell": shell, "script": script})
    else:
        session.screen.lines(script.splitlines())
